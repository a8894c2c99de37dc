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
import { getJobRun, glueNow, listJobRuns } from "@/server/sources/glue";
import { isRefused } from "@/server/sources/translate";
import { Absences } from "./absences";
import type { Activity } from "./activity";
import { GlueJobs } from "./glue-jobs";
import { endedGlueStates, ingestGlueRuns } from "./ingest-aws";
import { type Looked, type Pace, staleAfterMs } from "./loop";
import { Refusals, remarkOf } from "./refusals";
import { ingest, type Look, type Scope } from "./scope";
import { Turns } from "./turns";

export const gluePace: Pace = { activeMs: 2_000, idleMs: 20_000 };

const backfillMs = 14 * 86_400_000;
/** GetJobRuns has no filter by time: pages are read back to here. */
const overlapMs = 3_600_000;
/** Runs that are read by their id at a look; the others at the next ones. */
const runsPerLook = 4;

type OpenRun = Pick<GlueRunFact, "jobName" | "jobRunId">;

const partOf = (job: string) => `Glue job ${job}`;

/** Reads the runs of one environment's Glue jobs. */
export class GlueLook {
  #jobs: GlueJobs;
  #refusals = new Refusals();
  /** Runs of jobs that the configuration does not list, and that cannot be read. */
  #absences = new Absences();
  #runTurns = new Turns();
  /** By Glue's clock; only what is in the ledger. */
  #readAt = new Map<string, number>();
  #periodMs = gluePace.activeMs;

  constructor(
    readonly environment: EnvironmentConfig,
    readonly scope: Scope,
    readonly activity: Activity,
  ) {
    this.#jobs = new GlueJobs(environment);
  }

  async look(): Promise<Looked> {
    await this.#jobs.refresh();
    const open = await this.#openRuns();
    const jobs = this.#jobs.next(new Set(open.map((run) => run.jobName)), this.#periodMs);
    const isFirst = (await readCursor(ledger(), { environment: this.environment.name, source: "glue" })) === null;
    const facts: GlueRunFact[] = [];
    const readAt = new Map<string, number>();
    for (const job of jobs) {
      const now = this.#now();
      const runs = await this.#readJob(job, isFirst);
      if (runs) readAt.set(job, now);
      facts.push(...(runs ?? []));
    }
    const missing = await this.#readRuns(open, new Set(jobs), facts);
    this.#refusals.keep((part) => this.#jobs.names.some((job) => partOf(job) === part));
    const refusal = this.#refusals.ofAll(this.#jobs.names.map(partOf));
    await ingest(this.scope, refusal ? null : this.#seen(), (tx, changes) => ingestGlueRuns(tx, this.scope, changes, facts, missing));
    for (const [job, at] of readAt) this.#readAt.set(job, at);
    if (refusal) throw refusal;
    const isActive = facts.some((fact) => !endedGlueStates.includes(fact.state)) || (await this.activity.isActive());
    this.#periodMs = isActive ? gluePace.activeMs : gluePace.idleMs;
    return { isActive, periodMs: this.#periodMs };
  }

  #seen(): Look {
    return {
      source: "glue",
      calls: takeCalls(this.environment.name, "glue"),
      staleAfterMs: staleAfterMs(gluePace),
      cursor: { at: new Date().toISOString() },
      remark: remarkOf([...this.#refusals.remarks(), ...this.#jobs.remarks()]),
    };
  }

  #now(): number {
    return (glueNow(this.environment) ?? new Date()).getTime();
  }

  /** Null when it cannot be read: the others are. */
  async #readJob(job: string, isFirst: boolean): Promise<GlueRunFact[] | null> {
    const readAt = isFirst ? undefined : this.#readAt.get(job);
    // Since it was last read, however long that is ago: an outage must not hide what began and ended in it.
    const since = readAt === undefined ? this.#now() - backfillMs : readAt - overlapMs;
    const runs = await this.#refusals.unlessRefused(partOf(job), () => listJobRuns(this.environment, job, new Date(since)));
    // A job of the list may have been deleted since; one that the configuration names should be there.
    const isGone = runs === null && this.#refusals.of(partOf(job))?.code === "not_found";
    if (isGone && !this.#jobs.isNamed(job)) this.#jobs.lost(job);
    return runs;
  }

  /** Adds the runs that their jobs' answers have not: those that an XCom named, and those that Glue may have deleted. @returns these */
  async #readRuns(open: OpenRun[], jobs: Set<string>, facts: GlueRunFact[]): Promise<OpenRun[]> {
    const isRead = new Set(facts.map((fact) => fact.jobRunId));
    // An open run of a job whose turn is not now waits for it.
    const waits = ({ jobName }: OpenRun) => this.#jobs.names.includes(jobName) && !jobs.has(jobName);
    const wanted = [...open.filter((run) => !waits(run)), ...(await this.#hinted())].filter(({ jobRunId }) => !isRead.has(jobRunId));
    const due = new Map(wanted.filter(({ jobRunId }) => this.#absences.isDue(jobRunId)).map((run) => [run.jobRunId, run]));
    const missing: OpenRun[] = [];
    for (const id of this.#runTurns.take([...due.keys()], runsPerLook)) {
      const run = due.get(id) as OpenRun;
      const fact = await this.#readRun(run);
      if (fact === "missing") missing.push(run);
      if (fact === "missing" || fact === null) this.#absences.note(id);
      else facts.push(fact);
    }
    return missing;
  }

  /** A job that only an XCom named may be closed to us: the configured ones are read all the same. */
  async #readRun({ jobName, jobRunId }: OpenRun): Promise<GlueRunFact | "missing" | null> {
    try {
      return await getJobRun(this.environment, jobName, jobRunId);
    } catch (error) {
      const own = findAppError(error);
      if (own?.code === "not_found") return "missing";
      if (!own || !isRefused(own)) throw error;
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
