import "server-only";
import { and, asc, eq, gt, inArray, lt } from "drizzle-orm";
import { z } from "zod";
import type { PipelineFact } from "@/lib/schemas/facts";
import type { EnvironmentConfig } from "@/server/env";
import { findAppError } from "@/server/errors";
import { ledger } from "@/server/ledger/db";
import { run } from "@/server/ledger/schema";
import { readCursor } from "@/server/ledger/source-health";
import { log } from "@/server/log";
import * as airflow from "@/server/sources/airflow";
import { takeCalls } from "@/server/sources/call";
import type { Activity } from "./activity";
import { withoutHistory, withoutJoin } from "./airflow-gaps";
import { ingestEnvironment, ingestGoneRun, ingestPipelineDetails, ingestPipelines, ingestRuns } from "./ingest";
import { ingestAttempts } from "./ingest-attempts";
import { ingestHints } from "./join";
import { type Pace, staleAfterMs } from "./loop";
import { ingest, type Look, type Scope } from "./scope";

export const airflowPace: Pace = { activeMs: 2_000, idleMs: 15_000 };

/** Airflow's answers carry no time of change: each look reaches back over clock differences and transactions that committed late. */
const overlapMs = 120_000;
/** The first look begins here; what is older comes after it, newest first, a span at a time. */
const recentMs = 3_600_000;
const backfillMs = 14 * 86_400_000;
const shortestSpanMs = 600_000;
const longestSpanMs = 2 * 86_400_000;
/** A span with more answers than this was too long, with fewer than a tenth too short. */
const spanAnswers = 400;
const catalogueEveryMs = 30_000;
const detailsEveryMs = 600_000;
/** Details, tries, XComs and re-reads are extra requests: so many a look, the rest next time. */
const extrasPerLook = 3;
const sweepEveryMs = 86_400_000;
const sweepReachMs = 7 * 86_400_000;
/** An open run that has said nothing for so long is read by its id: it may have been deleted. */
const silentMs = 60_000;

const Cursor = z.object({ since: z.iso.datetime(), sweptAt: z.iso.datetime(), backfilledTo: z.iso.datetime() });
interface Cursor {
  since: Date;
  sweptAt: Date;
  /** Changes from here on are in the ledger. */
  backfilledTo: Date;
}

type RunName = { pipeline: string; runId: string };
const nameOf = ({ pipeline, runId }: RunName) => JSON.stringify([pipeline, runId]);

/** What the next look asks from: the start of this one, less the overlap. */
export function nextCursor(startedAt: Date): Date {
  return new Date(startedAt.getTime() - overlapMs);
}

/** The next backfill span's length, by how much the last one held. */
export function nextSpanMs(lastMs: number, answers: number): number {
  if (answers > spanAnswers) return Math.max(shortestSpanMs, lastMs / 2);
  return answers < spanAnswers / 10 ? Math.min(longestSpanMs, lastMs * 2) : lastMs;
}

/** Reads what changed in one environment's Airflow. */
export class AirflowLook {
  #catalogueAt = Number.NEGATIVE_INFINITY;
  #detailsDue: string[] = [];
  #detailsAt = new Map<string, number>();
  #rereadAt = new Map<string, number>();
  #asked = new Map<string, number>();
  #unlisted: RunName[] = [];
  #spanMs = recentMs;
  #turn = 0;

  constructor(
    readonly environment: EnvironmentConfig,
    readonly scope: Scope,
    readonly activity: Activity,
  ) {}

  async look(): Promise<{ isActive: boolean }> {
    const startedAt = new Date();
    const cursor = await this.#cursor(startedAt);
    const fact = await airflow.readEnvironment(this.environment);
    const told = await this.#read({ from: cursor.since, to: null });
    await ingest(this.scope, this.#lookOf({ ...cursor, since: nextCursor(startedAt) }), (tx, changes) =>
      ingestEnvironment(tx, this.scope, changes, fact),
    );
    let isWhole = cursor.backfilledTo.getTime() <= startedAt.getTime() - backfillMs;
    const extras = [
      () => this.#readCatalogue(),
      () => this.#readHints(),
      () => this.#readTries(),
      () => this.#rereadSilentRuns(told.runs),
      async () => {
        isWhole = isWhole || (await this.#backfill({ ...cursor, since: nextCursor(startedAt) }, startedAt));
      },
      () => this.#sweep(cursor, startedAt),
      () => this.#rereadUnlisted(),
    ];
    await this.#inTurn(extras, startedAt);
    return { isActive: !isWhole || (await this.activity.isActive()) };
  }

  /** What changed comes first: the rest has what is left of the period, each look beginning with what the last one did not come to. */
  async #inTurn(extras: (() => Promise<void>)[], startedAt: Date): Promise<void> {
    for (let count = 0; count < extras.length; count++) {
      if (count > 0 && Date.now() - startedAt.getTime() > airflowPace.activeMs) return;
      await extras[this.#turn % extras.length]?.();
      this.#turn += 1;
    }
  }

  #lookOf(cursor?: Cursor): Look {
    return { source: "airflow", calls: takeCalls(this.environment.name, "airflow"), staleAfterMs: staleAfterMs(airflowPace), cursor };
  }

  async #cursor(now: Date): Promise<Cursor> {
    const stored = Cursor.safeParse(await readCursor(ledger(), { environment: this.environment.name, source: "airflow" }));
    if (!stored.success) {
      const recent = new Date(now.getTime() - recentMs);
      return { since: recent, sweptAt: now, backfilledTo: recent };
    }
    return { since: new Date(stored.data.since), sweptAt: new Date(stored.data.sweptAt), backfilledTo: new Date(stored.data.backfilledTo) };
  }

  /** Reads a span and ingests it page by page; the cursor moves only after the last. */
  async #read(span: airflow.Span): Promise<{ runs: Set<string>; count: number }> {
    const runs = new Set<string>();
    let count = 0;
    for await (const { items } of airflow.runsChanged(this.environment, span)) {
      await ingest(this.scope, null, (tx, changes) => ingestRuns(tx, this.scope, changes, items));
      for (const each of items) runs.add(nameOf(each));
      count += items.length;
    }
    for await (const { items } of airflow.attemptsChanged(this.environment, span)) {
      await ingest(this.scope, null, (tx, changes) => ingestAttempts(tx, this.scope, changes, items));
      count += items.length;
    }
    return { runs, count };
  }

  /** One span further back, until history is whole. */
  async #backfill(cursor: Cursor, now: Date): Promise<boolean> {
    const target = now.getTime() - backfillMs;
    if (cursor.backfilledTo.getTime() <= target) return true;
    const from = new Date(Math.max(target, cursor.backfilledTo.getTime() - this.#spanMs));
    const { count } = await this.#read({ from, to: cursor.backfilledTo });
    this.#spanMs = nextSpanMs(this.#spanMs, count);
    await ingest(this.scope, this.#lookOf({ ...cursor, backfilledTo: from }), async () => undefined);
    return false;
  }

  /** What Airflow has deleted since, or refuses to tell (a path that MWAA finds too long), must not keep the rest from being read. */
  async #unlessRefused<T>(ask: () => Promise<T>): Promise<T | null> {
    try {
      return await ask();
    } catch (error) {
      const own = findAppError(error);
      if (own?.code !== "not_found" && own?.code !== "invalid") throw error;
      log.warn({ environment: this.environment.name, source: "airflow" }, own.message);
      return null;
    }
  }

  /** Earlier tries are in Airflow's history only. A task is asked about once for each of its changes. */
  async #readTries(): Promise<void> {
    const gaps = await withoutHistory(this.environment.name);
    const due = gaps.filter((gap) => this.#asked.get(gap.id) !== gap.changedAt.getTime()).slice(0, extrasPerLook);
    for (const task of due) {
      const tries = await this.#unlessRefused(() => airflow.listTries(this.environment, task));
      if (tries) await ingest(this.scope, null, (tx, changes) => ingestAttempts(tx, this.scope, changes, tries.items));
      this.#asked.set(task.id, task.changedAt.getTime());
    }
    const open = new Set(gaps.map((gap) => gap.id));
    for (const id of this.#asked.keys()) if (!open.has(id)) this.#asked.delete(id);
  }

  async #readHints(): Promise<void> {
    for (const task of await withoutJoin(this.environment.name, extrasPerLook)) {
      const hints = await this.#unlessRefused(() => airflow.listJoinHints(this.environment, task));
      await ingest(this.scope, null, (tx, changes) => ingestHints(tx, this.scope, changes, task.id, hints ?? []));
    }
  }

  async #rereadSilentRuns(told: Set<string>): Promise<void> {
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
      .limit(100);
    const now = performance.now();
    const isDue = (key: RunName) => now - (this.#rereadAt.get(nameOf(key)) ?? Number.NEGATIVE_INFINITY) > silentMs;
    for (const key of silent.filter((each) => !told.has(nameOf(each)) && isDue(each)).slice(0, extrasPerLook)) {
      this.#rereadAt.set(nameOf(key), now);
      await this.#reread(key);
    }
    const open = new Set(silent.map(nameOf));
    for (const name of this.#rereadAt.keys()) if (!open.has(name)) this.#rereadAt.delete(name);
  }

  async #reread(key: RunName): Promise<void> {
    try {
      const fact = await airflow.readRun(this.environment, key.pipeline, key.runId);
      await ingest(this.scope, null, (tx, changes) => ingestRuns(tx, this.scope, changes, [fact]));
    } catch (error) {
      const own = findAppError(error);
      if (own?.code === "invalid") return log.warn({ environment: this.environment.name, source: "airflow" }, own.message);
      if (own?.code !== "not_found") throw error;
      // Not among the newest, by a way round: that proves nothing.
      if (findAppError(own.cause)) return;
      await ingest(this.scope, null, (tx, changes) => ingestGoneRun(tx, this.scope, changes, key));
    }
  }

  /** All DAGs now and then; their details a few at a time, those never read first. */
  async #readCatalogue(): Promise<void> {
    if (performance.now() - this.#catalogueAt > catalogueEveryMs) {
      const { items, rejected } = await airflow.listDags(this.environment);
      await ingest(this.scope, null, (tx, changes) => ingestPipelines(tx, this.scope, changes, items, rejected));
      this.#catalogueAt = performance.now();
      this.#detailsDue = this.#dueDetails(items);
    }
    for (const pipeline of this.#detailsDue.splice(0, extrasPerLook)) {
      const details = await this.#unlessRefused(() => airflow.getDag(this.environment, pipeline));
      if (details) await ingest(this.scope, null, (tx, changes) => ingestPipelineDetails(tx, this.scope, changes, details));
      this.#detailsAt.set(pipeline, performance.now());
    }
  }

  #dueDetails(facts: PipelineFact[]): string[] {
    const readAt = (fact: PipelineFact) => this.#detailsAt.get(fact.pipeline) ?? Number.NEGATIVE_INFINITY;
    return facts
      .filter((fact) => performance.now() - readAt(fact) > detailsEveryMs)
      .sort((a, b) => readAt(a) - readAt(b) || a.pipeline.localeCompare(b.pipeline))
      .map((fact) => fact.pipeline);
  }

  /** Once a day: recent runs that Airflow no longer lists are noted, to be read by id and marked when they are gone. */
  async #sweep(cursor: Cursor, now: Date): Promise<void> {
    if (now.getTime() - cursor.sweptAt.getTime() <= sweepEveryMs) return;
    const since = new Date(now.getTime() - sweepReachMs);
    const present = new Set<string>();
    for await (const page of airflow.runsChanged(this.environment, { from: since, to: null }))
      for (const each of page.items) present.add(nameOf(each));
    const kept = await ledger()
      .select({ pipeline: run.pipeline, runId: run.runId })
      .from(run)
      .where(and(eq(run.environment, this.environment.name), eq(run.isGone, false), gt(run.startedAt, since)));
    this.#unlisted = kept.filter((each) => !present.has(nameOf(each)));
    await ingest(this.scope, this.#lookOf({ ...(await this.#cursor(now)), sweptAt: now }), async () => undefined);
  }

  /** A clean-up of Airflow's database may have taken thousands at once: a few are read at each look. */
  async #rereadUnlisted(): Promise<void> {
    for (const key of this.#unlisted.splice(0, extrasPerLook)) await this.#reread(key);
  }
}
