import "server-only";
import { z } from "zod";
import { AppError } from "@/server/errors";
import { ledger, type Transaction } from "@/server/ledger/db";
import type { Lease } from "@/server/ledger/lease";
import { pruneChanges } from "@/server/ledger/notify";
import { failure } from "@/server/ledger/schema";
import { readCursor, recordSuccess } from "@/server/ledger/source-health";
import { upsertChanged } from "@/server/ledger/upsert";
import { definitionFacts, detailFact, environmentFact, heartbeatFacts, pipelineFacts, priceBook } from "@/server/sample/catalogue";
import { LatestLoads } from "@/server/sample/checks";
import { company } from "@/server/sample/company";
import { addFacts, noFacts, type RunFacts } from "@/server/sample/facts";
import { OpenRuns, runsInTurn } from "@/server/sample/live";
import { poolFacts } from "@/server/sample/pools";
import { schemaFacts } from "@/server/sample/schemas";
import { dagSettingFacts, dagVersionFacts } from "@/server/sample/structures";
import type { SimulatedRun } from "@/server/sample/timeline";
import { dayMs, World } from "@/server/sample/world";
import { type Clock, wallClock } from "./clock";
import { ingestEnvironment, ingestPipelineDetails, ingestPipelines, ingestRuns, ingestTableChecks, ingestTableLoads } from "./ingest";
import { ingestAirflowState, ingestDagSettings, ingestDagTroubles, ingestDagVersions } from "./ingest-airflow";
import { ingestAttempts } from "./ingest-attempts";
import { ingestEcsTasks, ingestGlueRuns, ingestTaskDefinitions } from "./ingest-aws";
import { ingestTableSchemas } from "./ingest-schemas";
import { type Looked, type Pace, staleAfterMs } from "./loop";
import { sampleFailures } from "./sample-failures";
import { type Changes, ingest, type Scope } from "./scope";

/** Between parts of the history, so that real environments are never kept waiting; then as often as a person would look. */
export const samplePace: Pace = { activeMs: 250, idleMs: 5_000 };

/** Nearly 3,000 rows, whose transaction ends well within a period of the lease that it holds. */
const partMs = dayMs;
/** What stands still between runs: tables as they are checked, pipelines with their next run. */
const catalogueEveryMs = 60_000;
const sources = ["ecs", "glue", "logs", "warehouse"];

const Cursor = z.object({
  seed: z.string(),
  /** Date of day 0. */
  anchor: z.iso.date(),
  /** Until when everything that happened is told. */
  liveTo: z.number(),
  /** From when on runs are told: history is filled backwards. */
  backTo: z.number(),
});
type Cursor = z.infer<typeof Cursor>;

export interface SampleEnvironment {
  name: string;
  seed: string;
  days: number;
}

/** Where a sample environment stands in the ledger; null before its first look. */
export async function readSampleCursor(environment: string): Promise<Cursor | null> {
  return Cursor.safeParse(await readCursor(ledger(), { environment, source: "airflow" })).data ?? null;
}

/** What of a fact happened last stands for the time at which it was written. */
function stamp(world: World): Scope["stamp"] {
  const first = world.instant(0);
  return (fact) => {
    const instants = Object.values(fact).filter((value) => value instanceof Date);
    return new Date(instants.length === 0 ? first : Math.max(...instants.map((instant) => instant.getTime())));
  };
}

/** Tells the sample company's history, the newest days first, and what goes on in it. */
export class SampleLook {
  #world: World | null = null;
  #open: OpenRuns | null = null;
  #latest: LatestLoads | null = null;
  #cataloguedAt = Number.NEGATIVE_INFINITY;
  #gone: number | null = null;

  constructor(
    readonly environment: SampleEnvironment,
    readonly lease: Lease | null,
    readonly clock: Clock = wallClock,
  ) {}

  async look(): Promise<Looked> {
    const now = this.clock.now().getTime();
    const cursor = (await readSampleCursor(this.environment.name)) ?? this.#begin(now);
    if (cursor.seed !== this.environment.seed)
      throw new AppError("conflict", `the ledger holds a sample of the seed ${cursor.seed}, not ${this.environment.seed}`, {
        system: "configuration",
        remedy: "set sample.seed back, or begin with an empty ledger",
      });
    this.#world ??= new World(cursor.seed, cursor.anchor);
    const lived = await this.#goOn(this.#world, cursor, now);
    const filled = await this.#fill(this.#world, lived);
    return { isActive: filled.liveTo < now || filled.backTo > this.#world.instant(-1) };
  }

  #begin(now: number): Cursor {
    const today = new Date(now).toISOString().slice(0, 10);
    const anchor = new Date(Date.parse(today) - this.environment.days * dayMs).toISOString().slice(0, 10);
    return { seed: this.environment.seed, anchor, liveTo: now, backTo: Math.ceil((now + 1) / dayMs) * dayMs };
  }

  /** What happened since; after a long absence a day at a time. */
  async #goOn(world: World, cursor: Cursor, now: number): Promise<Cursor> {
    const to = Math.min(now, cursor.liveTo + dayMs);
    this.#open ??= new OpenRuns(world, cursor.liveTo);
    const runs = await this.#open.changed(cursor.liveTo, to);
    const isDue = to - this.#cataloguedAt >= catalogueEveryMs || to < now;
    const latest = isDue ? await this.#latestAt(world, to) : this.#latest;
    for (const run of runs) latest?.add(run, to);
    const lived = { ...cursor, liveTo: to };
    await this.#write(world, lived, runs, async (tx, scope, changes) => {
      if (isDue && latest) await this.#tellCatalogue(tx, scope, changes, world, latest, to);
    });
    if (isDue) this.#cataloguedAt = to;
    return lived;
  }

  async #latestAt(world: World, to: number): Promise<LatestLoads> {
    if (this.#latest) return this.#latest;
    const latest = new LatestLoads();
    for (const pipeline of company.pipelines) {
      latest.find(world, pipeline, to);
      await new Promise((done) => setImmediate(done));
    }
    this.#latest = latest;
    return latest;
  }

  /** The newest part of the history that is not told yet. */
  async #fill(world: World, cursor: Cursor): Promise<Cursor> {
    if (cursor.backTo <= world.instant(-1)) return cursor;
    const from = Math.max(world.instant(-1), cursor.backTo - partMs);
    const runs: SimulatedRun[] = [];
    for await (const run of runsInTurn(world, from, cursor.backTo)) runs.push(run);
    const filled = { ...cursor, backTo: from };
    await this.#write(world, filled, runs, async () => undefined);
    return filled;
  }

  /** Runs as they are when the cursor stands. */
  async #write(
    world: World,
    cursor: Cursor,
    runs: SimulatedRun[],
    also: (tx: Transaction, scope: Scope, changes: Changes) => Promise<void>,
  ): Promise<void> {
    const { name } = this.environment;
    const facts = noFacts();
    const failures: (typeof failure.$inferInsert)[] = [];
    for (const run of runs) {
      const own = noFacts();
      addFacts(world, own, run, cursor.liveTo);
      failures.push(...sampleFailures(world, name, run, own, cursor.liveTo));
      for (const key of Object.keys(facts) as (keyof RunFacts)[]) (facts[key] as unknown[]).push(...own[key]);
    }
    const scope = this.#scope(world);
    const remark = cursor.backTo > world.instant(-1) ? `Its history is being written, so far back to ${isoDate(cursor.backTo)}.` : null;
    const staleMs = staleAfterMs(samplePace);
    await ingest(scope, { source: "airflow", calls: [], staleAfterMs: staleMs, cursor, remark }, async (tx, changes) => {
      await also(tx, scope, changes);
      await ingestRuns(tx, scope, changes, facts.runs);
      await ingestAttempts(tx, scope, changes, facts.attempts);
      await ingestEcsTasks(tx, scope, changes, facts.containers);
      await ingestGlueRuns(tx, scope, changes, facts.glueRuns);
      await ingestTableLoads(tx, scope, changes, facts.loads);
      await upsertChanged(tx, failures, { table: failure, key: ["attemptId"] });
      for (const source of sources) await recordSuccess(tx, { environment: name, source }, [], staleMs);
    });
  }

  async #tellCatalogue(tx: Transaction, scope: Scope, changes: Changes, world: World, latest: LatestLoads, at: number): Promise<void> {
    const { ever, present } = pipelineFacts(world, at);
    await pruneChanges(tx);
    await ingestEnvironment(tx, scope, changes, environmentFact(world, at));
    const gone = ever.length - present.length;
    // What is gone was there once.
    if (gone !== this.#gone) await ingestPipelines(tx, scope, changes, ever);
    this.#gone = gone;
    await ingestPipelines(tx, scope, changes, present);
    for (const pipeline of company.pipelines) await ingestPipelineDetails(tx, scope, changes, detailFact(world, pipeline, at));
    await ingestDagVersions(tx, scope, changes, dagVersionFacts(world, at));
    await ingestDagSettings(tx, scope, changes, dagSettingFacts(world, at));
    await ingestDagTroubles(tx, scope, changes, new Date(at), { errors: [], warnings: [] });
    await ingestAirflowState(tx, scope, new Date(at), {
      pools: poolFacts(this.#open?.runs ?? [], at),
      heartbeats: heartbeatFacts(world, at),
    });
    await ingestTaskDefinitions(tx, scope, definitionFacts(world, at));
    await ingestTableChecks(tx, scope, changes, latest.checks(world, at));
    await ingestTableSchemas(tx, scope, changes, schemaFacts(world, at));
  }

  #scope(world: World): Scope {
    const { name } = this.environment;
    const { region, airflow } = company;
    return { environment: name, region, mwaaName: airflow.mwaaName, lease: this.lease, stamp: stamp(world), prices: priceBook(world) };
  }
}

const isoDate = (at: number) => new Date(at).toISOString().slice(0, 10);
