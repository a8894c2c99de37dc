import "server-only";
import { and, asc, eq, gt, inArray, isNull, lt, or, sql } from "drizzle-orm";
import { z } from "zod";
import type { RunFact } from "@/lib/schemas/facts";
import type { EnvironmentConfig } from "@/server/env";
import { findAppError } from "@/server/errors";
import { ledger } from "@/server/ledger/db";
import { attempt, ecsTask, glueRun, run } from "@/server/ledger/schema";
import { readCursor } from "@/server/ledger/source-health";
import * as airflow from "@/server/sources/airflow";
import { takeCallCount } from "@/server/sources/call";
import type { Activity } from "./activity";
import { ingestEnvironment, ingestGoneRun, ingestPipelineDetails, ingestPipelines, ingestRuns } from "./ingest";
import { ingestAttempts, type TaskRef } from "./ingest-attempts";
import { ingestHints } from "./join";
import { type Pace, staleAfterMs } from "./loop";
import { ingest, type Look, type Scope } from "./scope";

export const airflowPace: Pace = { activeMs: 2_000, idleMs: 15_000 };

/** Airflow's answers carry no time of change: each look reaches back over clock differences and transactions that committed late. */
const overlapMs = 120_000;
/** How far back the first look at an environment goes. */
const backfillMs = 14 * 86_400_000;
const catalogueEveryMs = 30_000;
const detailsEveryMs = 600_000;
/** Details, tries and XComs are extra requests: so many a look, the rest next time. */
const detailsPerLook = 3;
const xcomsPerLook = 3;
const sweepEveryMs = 86_400_000;
const sweepReachMs = 7 * 86_400_000;
/** An open run that has said nothing for so long is read by its id: it may have been deleted. */
const silentMs = 60_000;

const Cursor = z.object({ since: z.iso.datetime(), sweptAt: z.iso.datetime().optional() });

/** Operators that start nothing outside Airflow: their XComs name no container. */
const startsNothing = /Empty|Branch|ShortCircuit|Sensor|LatestOnly/;

/** What the next look asks from: the start of this one, less the overlap. */
export function nextCursor(startedAt: Date): Date {
  return new Date(startedAt.getTime() - overlapMs);
}

/** Reads what changed in one environment's Airflow. */
export class AirflowLook {
  #catalogueAt = 0;
  #detailsAt = new Map<string, number>();
  #rereadAt = new Map<string, number>();

  constructor(
    readonly environment: EnvironmentConfig,
    readonly scope: Scope,
    readonly activity: Activity,
  ) {}

  async look(): Promise<{ isActive: boolean }> {
    const startedAt = new Date();
    const cursor = await this.#cursor();
    const { runs, attempts } = await this.#changed(cursor.since);
    const fact = await airflow.readEnvironment(this.environment);
    const isSweep = startedAt.getTime() - cursor.sweptAt.getTime() > sweepEveryMs;
    const next = { since: nextCursor(startedAt).toISOString(), sweptAt: (isSweep ? startedAt : cursor.sweptAt).toISOString() };
    const older = await ingest(this.scope, this.#lookOf(next), async (tx, changes) => {
      await ingestEnvironment(tx, this.scope, changes, fact);
      await ingestRuns(tx, this.scope, changes, runs);
      return ingestAttempts(tx, this.scope, changes, attempts);
    });
    await this.#readTries(older);
    await this.#readHints();
    await this.#readSilentRuns(runs);
    if (performance.now() - this.#catalogueAt > catalogueEveryMs || this.#catalogueAt === 0) await this.#readCatalogue();
    if (isSweep) await this.#sweep();
    return { isActive: await this.activity.isActive() };
  }

  #lookOf(cursor?: unknown): Look {
    return { source: "airflow", calls: takeCallCount(this.environment.name, "airflow"), staleAfterMs: staleAfterMs(airflowPace), cursor };
  }

  async #cursor(): Promise<{ since: Date; sweptAt: Date }> {
    const stored = Cursor.safeParse(await readCursor(ledger(), { environment: this.environment.name, source: "airflow" }));
    const backfill = new Date(Date.now() - backfillMs);
    return { since: stored.success ? new Date(stored.data.since) : backfill, sweptAt: new Date(stored.data?.sweptAt ?? Date.now()) };
  }

  async #changed(since: Date) {
    const [runs, attempts] = await Promise.all([
      airflow.listRunsChangedSince(this.environment, since),
      airflow.listAttemptsChangedSince(this.environment, since),
    ]);
    return { runs, attempts };
  }

  /** Earlier tries are in Airflow's history only. */
  async #readTries(tasks: TaskRef[]): Promise<void> {
    for (const task of tasks) {
      const tries = await airflow.listTries(this.environment, task);
      await ingest(this.scope, null, (tx, changes) => ingestAttempts(tx, this.scope, changes, tries));
    }
  }

  /** Attempts that may have started a container or a Glue run that no join key claims. */
  async #readHints(): Promise<void> {
    const unread = await ledger()
      .select({
        id: attempt.id,
        pipeline: attempt.pipeline,
        runId: attempt.runId,
        taskId: attempt.taskId,
        mapIndex: attempt.mapIndex,
        operator: attempt.operator,
      })
      .from(attempt)
      .where(
        and(
          eq(attempt.environment, this.environment.name),
          eq(attempt.isLatest, true),
          gt(attempt.startedAt, sql`now() - interval '2 days'`),
          or(
            and(inArray(attempt.state, ["success", "failed"]), or(isNull(attempt.xcomReadAt), lt(attempt.xcomReadAt, attempt.endedAt))),
            and(
              inArray(attempt.state, ["running", "deferred"]),
              sql`${attempt.operator} ~ '^(Ecs|Glue)'`,
              or(isNull(attempt.xcomReadAt), lt(attempt.xcomReadAt, sql`now() - interval '10 seconds'`)),
            ),
          ),
          sql`not exists (select 1 from ${ecsTask} where ${ecsTask.attemptId} = ${attempt.id})`,
          sql`not exists (select 1 from ${glueRun} where ${glueRun.attemptId} = ${attempt.id})`,
          sql`${attempt.operator} !~ ${startsNothing.source}`,
        ),
      )
      .orderBy(asc(attempt.startedAt))
      .limit(xcomsPerLook);
    for (const task of unread) {
      const hints = await airflow.listJoinHints(this.environment, task);
      await ingest(this.scope, null, (tx, changes) => ingestHints(tx, this.scope, changes, task.id, hints));
    }
  }

  async #readSilentRuns(told: RunFact[]): Promise<void> {
    const silent = await ledger()
      .select({ pipeline: run.pipeline, runId: run.runId })
      .from(run)
      .where(
        and(
          eq(run.environment, this.environment.name),
          inArray(run.state, ["queued", "running"]),
          eq(run.isGone, false),
          lt(run.changedAt, new Date(Date.now() - silentMs)),
        ),
      )
      .orderBy(asc(run.changedAt))
      .limit(20);
    const nameOf = (key: { pipeline: string; runId: string }) => JSON.stringify([key.pipeline, key.runId]);
    const seen = new Set(told.map(nameOf));
    const now = performance.now();
    const isDue = (key: { pipeline: string; runId: string }) =>
      now - (this.#rereadAt.get(nameOf(key)) ?? Number.NEGATIVE_INFINITY) > silentMs;
    for (const key of silent.filter((each) => !seen.has(nameOf(each)) && isDue(each)).slice(0, 2)) {
      this.#rereadAt.set(nameOf(key), now);
      await this.#reread(key);
    }
  }

  async #reread(key: { pipeline: string; runId: string }): Promise<void> {
    try {
      const fact = await airflow.readRun(this.environment, key.pipeline, key.runId);
      await ingest(this.scope, null, (tx, changes) => ingestRuns(tx, this.scope, changes, [fact]));
    } catch (error) {
      if (findAppError(error)?.code !== "not_found") throw error;
      await ingest(this.scope, null, (tx, changes) => ingestGoneRun(tx, this.scope, changes, key));
    }
  }

  /** DAGs, and a few DAGs' details: those never read first, then those read longest ago. */
  async #readCatalogue(): Promise<void> {
    const facts = await airflow.listDags(this.environment);
    await ingest(this.scope, null, (tx, changes) => ingestPipelines(tx, this.scope, changes, facts));
    this.#catalogueAt = performance.now();
    const due = facts
      .map((fact) => ({ pipeline: fact.pipeline, readAt: this.#detailsAt.get(fact.pipeline) ?? Number.NEGATIVE_INFINITY }))
      .filter((each) => performance.now() - each.readAt > detailsEveryMs)
      .sort((a, b) => a.readAt - b.readAt)
      .slice(0, detailsPerLook);
    for (const { pipeline } of due) {
      const details = await airflow.getDag(this.environment, pipeline);
      await ingest(this.scope, null, (tx, changes) => ingestPipelineDetails(tx, this.scope, changes, details));
      this.#detailsAt.set(pipeline, performance.now());
    }
    if (due.length === detailsPerLook) this.#catalogueAt = 0;
  }

  /** Once a day: recent runs that Airflow no longer lists are read by id, and marked when they are gone. */
  async #sweep(): Promise<void> {
    const since = new Date(Date.now() - sweepReachMs);
    const listed = await airflow.listRunsChangedSince(this.environment, since);
    const present = new Set(listed.map((each) => JSON.stringify([each.pipeline, each.runId])));
    const kept = await ledger()
      .select({ pipeline: run.pipeline, runId: run.runId })
      .from(run)
      .where(and(eq(run.environment, this.environment.name), eq(run.isGone, false), gt(run.startedAt, since)));
    for (const key of kept.filter((each) => !present.has(JSON.stringify([each.pipeline, each.runId])))) await this.#reread(key);
  }
}
