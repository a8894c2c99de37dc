import "server-only";
import { and, eq, gt, sql } from "drizzle-orm";
import type { GlueRunFact } from "@/lib/schemas/facts";
import type { EnvironmentConfig } from "@/server/env";
import { findAppError } from "@/server/errors";
import { ledger } from "@/server/ledger/db";
import { glueRun, joinHint } from "@/server/ledger/schema";
import { readCursor } from "@/server/ledger/source-health";
import { log } from "@/server/log";
import { takeCalls } from "@/server/sources/call";
import { getJobRun, listJobRuns, listJobs } from "@/server/sources/glue";
import type { Activity } from "./activity";
import { endedGlueStates, ingestGlueRuns } from "./ingest-aws";
import { type Pace, staleAfterMs } from "./loop";
import { ingest, type Scope } from "./scope";

export const gluePace: Pace = { activeMs: 2_000, idleMs: 20_000 };

const jobsEveryMs = 300_000;
const backfillMs = 14 * 86_400_000;
/** GetJobRuns has no filter by time: pages are read back to here. */
const overlapMs = 3_600_000;
/** One job a call: with many jobs, so many are asked per look and the rest in the next ones. */
const jobsPerLook = 4;

type OpenRun = Pick<GlueRunFact, "jobName" | "jobRunId">;

/** Reads the runs of one environment's Glue jobs. */
export class GlueLook {
  #jobs: string[] = [];
  #jobsAt = Number.NEGATIVE_INFINITY;
  #turn = 0;
  #readAt = new Map<string, number>();

  constructor(
    readonly environment: EnvironmentConfig,
    readonly scope: Scope,
    readonly activity: Activity,
  ) {}

  async look(): Promise<{ isActive: boolean }> {
    if (performance.now() - this.#jobsAt > jobsEveryMs) {
      this.#jobs = await listJobs(this.environment);
      this.#jobsAt = performance.now();
    }
    const open = await this.#openRuns();
    const jobs = this.#nextJobs(open.map((run) => run.jobName));
    const isFirst = (await readCursor(ledger(), { environment: this.environment.name, source: "glue" })) === null;
    const facts: GlueRunFact[] = [];
    for (const job of jobs) facts.push(...(await this.#readJob(job, isFirst)));
    const read = new Set(facts.map((fact) => fact.jobRunId));
    const missing: OpenRun[] = [];
    for (const run of [...open, ...(await this.#hinted())]) {
      if (read.has(run.jobRunId)) continue;
      const fact = await this.#readRun(run);
      if (fact === "missing") missing.push(run);
      else if (fact) facts.push(fact);
    }
    const look = {
      source: "glue",
      calls: takeCalls(this.environment.name, "glue"),
      staleAfterMs: staleAfterMs(gluePace),
      cursor: { at: new Date().toISOString() },
    };
    await ingest(this.scope, look, (tx, changes) => ingestGlueRuns(tx, this.scope, changes, facts, missing));
    const isRunning = facts.some((fact) => !endedGlueStates.includes(fact.state));
    return { isActive: isRunning || (await this.activity.isActive()) };
  }

  /** Jobs with open runs always, the others in turn. */
  #nextJobs(busy: string[]): string[] {
    const others = this.#jobs.filter((job) => !busy.includes(job));
    const chosen = Array.from(
      { length: Math.min(jobsPerLook, others.length) },
      (_, index) => others[(this.#turn + index) % others.length] as string,
    );
    this.#turn += chosen.length;
    return [...new Set([...busy.filter((job) => this.#jobs.includes(job)), ...chosen])];
  }

  async #readJob(job: string, isFirst: boolean): Promise<GlueRunFact[]> {
    const now = Date.now();
    const readAt = isFirst ? undefined : this.#readAt.get(job);
    // Since it was last read, however long that is ago: an outage must not hide what began and ended in it.
    const reachMs = readAt === undefined ? backfillMs : now - readAt + overlapMs;
    try {
      const runs = await listJobRuns(this.environment, job, new Date(now - reachMs));
      this.#readAt.set(job, now);
      return runs;
    } catch (error) {
      // A job of the list may have been deleted since; the list is read again.
      if (findAppError(error)?.code !== "not_found") throw error;
      this.#jobsAt = Number.NEGATIVE_INFINITY;
      return [];
    }
  }

  /** A job that only an XCom named may be closed to us: the configured ones are read all the same. */
  async #readRun({ jobName, jobRunId }: OpenRun): Promise<GlueRunFact | "missing" | null> {
    try {
      return await getJobRun(this.environment, jobName, jobRunId);
    } catch (error) {
      const own = findAppError(error);
      if (own?.code === "not_found") return "missing";
      if (!own || this.#jobs.includes(jobName)) throw error;
      log.warn({ environment: this.environment.name, source: "glue", job: jobName }, own.message);
      return null;
    }
  }

  /** Runs that have not ended as far as is known, save those that were deleted from Glue with their job. */
  #openRuns(): Promise<OpenRun[]> {
    return ledger()
      .select({ jobName: glueRun.jobName, jobRunId: glueRun.jobRunId })
      .from(glueRun)
      .where(
        and(
          eq(glueRun.environment, this.environment.name),
          sql`${glueRun.missingSince} is null and ${glueRun.state} not in ('SUCCEEDED', 'FAILED', 'STOPPED', 'TIMEOUT', 'ERROR', 'EXPIRED')`,
        ),
      );
  }

  /** Runs of jobs that the configuration does not list, named by an XCom together with their job. */
  async #hinted(): Promise<OpenRun[]> {
    const hints = await ledger()
      .select({ jobRunId: joinHint.ref, jobName: joinHint.owner })
      .from(joinHint)
      .where(
        and(
          eq(joinHint.environment, this.environment.name),
          sql`${joinHint.ref} like 'jr\\_%' and ${joinHint.owner} is not null`,
          gt(joinHint.seenAt, sql`now() - interval '10 minutes'`),
          sql`not exists (select 1 from ${glueRun} where ${glueRun.environment} = ${joinHint.environment} and ${glueRun.jobRunId} = ${joinHint.ref})`,
        ),
      )
      .limit(20);
    return hints.flatMap(({ jobName, jobRunId }) => (jobName === null ? [] : [{ jobName, jobRunId }]));
  }
}
