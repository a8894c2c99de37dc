import "server-only";
import { and, desc, eq, inArray, ne, type SQL, sql } from "drizzle-orm";
import type { RunId } from "@/lib/schemas/run";
import { arrayLiteral } from "../arrays";
import { ledger } from "../db";
import { intent, run } from "../schema";

export type RunRow = typeof run.$inferSelect;
type RunKey = Pick<RunId, "environment" | "pipeline" | "runId">;

export async function selectRun(id: RunKey): Promise<RunRow | null> {
  const rows = await ledger()
    .select()
    .from(run)
    .where(and(eq(run.environment, id.environment), eq(run.pipeline, id.pipeline), eq(run.runId, id.runId)));
  return rows[0] ?? null;
}

/** Airflow's notes on these runs of a pipeline. */
export async function selectAirflowNotes(of: { environment: string; pipeline: string }, runIds: string[]): Promise<Map<string, string>> {
  const rows = await ledger()
    .select({ runId: run.runId, note: run.note })
    .from(run)
    .where(and(eq(run.environment, of.environment), eq(run.pipeline, of.pipeline), inArray(run.runId, runIds)));
  return new Map(rows.flatMap(({ runId, note }) => (note ? [[runId, note]] : [])));
}

export interface RunTotals {
  total: number;
  done: number;
  failed: number;
  costUsd: string | null;
  hasOpenCost: boolean;
  unknownCosts: number;
}

const keyText = (key: RunKey) => JSON.stringify([key.environment, key.pipeline, key.runId]);

/** The keys as rows to join: one look-up in an index each. */
export function keyRows(keys: RunKey[]): SQL {
  const column = (name: keyof RunKey) => sql`${arrayLiteral(keys.map((key) => key[name]))}::text[]`;
  return sql`unnest(${column("environment")}, ${column("pipeline")}, ${column("runId")}) as k(environment, pipeline, run_id)`;
}

/** Task counts and cost of each run; every try costs, only the latest counts as a task. What ended and was joined to nothing costs nobody knows what. */
export async function selectRunTotals(keys: RunKey[]): Promise<(key: RunKey) => RunTotals> {
  const none: RunTotals = { total: 0, done: 0, failed: 0, costUsd: null, hasOpenCost: false, unknownCosts: 0 };
  if (keys.length === 0) return () => none;
  const result = await ledger().execute<RunKey & { run_id: string } & Record<string, unknown>>(sql`
    select a.environment, a.pipeline, a.run_id,
      (count(*) filter (where a.is_latest and a.state <> 'removed'))::int as total,
      (count(*) filter (where a.is_latest and a.state in ('success', 'skipped')))::int as done,
      (count(*) filter (where a.is_latest and a.state in ('failed', 'upstream_failed')))::int as failed,
      (sum(a.cost_usd) filter (where a.cost->>'basis' <> 'none'))::text as cost_usd,
      coalesce(bool_or(a.cost->>'basis' <> 'none' and (a.cost->>'isFinal')::boolean is false), false) as has_open_cost,
      (count(*) filter (where a.cost_usd is null and (a.cost->>'basis' <> 'none' or (a.cost is null and a.ended_at is not null))))::int as unknown_costs
    from ${keyRows(keys)} join attempt a on a.environment = k.environment and a.pipeline = k.pipeline and a.run_id = k.run_id
    group by 1, 2, 3`);
  const byKey = new Map(
    result.rows.map((row) => [
      keyText({ environment: row.environment, pipeline: row.pipeline, runId: row.run_id }),
      {
        total: Number(row.total),
        done: Number(row.done),
        failed: Number(row.failed),
        costUsd: row.cost_usd === null ? null : String(row.cost_usd),
        hasOpenCost: row.has_open_cost === true,
        unknownCosts: Number(row.unknown_costs),
      },
    ]),
  );
  return (key) => byKey.get(keyText(key)) ?? none;
}

/** Tables that the loads of each run wrote. */
export async function selectRunTables(keys: RunKey[]): Promise<(key: RunKey) => string[]> {
  if (keys.length === 0) return () => [];
  const result = await ledger().execute<{ environment: string; pipeline: string; run_id: string; tables: string[] }>(sql`
    select a.environment, a.pipeline, a.run_id, array_agg(distinct l.table_name order by l.table_name) as tables
    from ${keyRows(keys)} join attempt a on a.environment = k.environment and a.pipeline = k.pipeline and a.run_id = k.run_id
    join table_load l on l.attempt_id = a.id group by 1, 2, 3`);
  const byKey = new Map(result.rows.map((row) => [keyText({ ...row, runId: row.run_id }), row.tables]));
  return (key) => byKey.get(keyText(key)) ?? [];
}

/** Who asked for each run through Penstock, and why; null for a run that came another way. */
export async function selectAskers(keys: RunKey[]): Promise<(key: RunKey) => { userName: string; reason: string | null } | null> {
  if (keys.length === 0) return () => null;
  const rows = await ledger()
    .select({ intent })
    .from(intent)
    .innerJoin(keyRows(keys), sql`${intent.environment} = k.environment and ${intent.pipeline} = k.pipeline and ${intent.runId} = k.run_id`)
    .where(ne(intent.outcome, "failed"));
  const byKey = new Map(rows.map((row) => [keyText(row.intent), row.intent]));
  return (key) => byKey.get(keyText(key)) ?? null;
}

export interface RunCounts {
  running: number;
  queued: number;
  succeededToday: number;
}

/** Names the state of all that is read from AWS: another one after each ingest that changed something, whichever commits first. */
export async function selectStateName(): Promise<string> {
  const { rows } = await ledger().execute<{ name: string }>(sql`select max(id) || '/' || count(*) as name from change`);
  return String(rows[0]?.name);
}

/** What runs and waits now, and what went well since `dayStart`. */
export async function selectRunCounts(environments: string[], dayStart: Date): Promise<RunCounts> {
  const chosen = sql`${arrayLiteral(environments)}::text[]`;
  const result = await ledger().execute<{ running: number; queued: number; succeeded: number }>(sql`
    select
      (select count(*) from run where state = 'running' and not is_gone and environment = any(${chosen}))::int as running,
      (select count(*) from run where state = 'queued' and not is_gone and environment = any(${chosen}))::int as queued,
      (select count(*) from run where state = 'success' and not is_gone and ended_at >= ${dayStart.toISOString()}::timestamptz
        and environment = any(${chosen}))::int as succeeded`);
  const row = result.rows[0];
  return { running: row?.running ?? 0, queued: row?.queued ?? 0, succeededToday: row?.succeeded ?? 0 };
}

/** Run ids of a pipeline that resemble an unknown one. */
export async function selectNearRuns(environment: string, pipeline: string): Promise<string[]> {
  const rows = await ledger()
    .select({ runId: run.runId })
    .from(run)
    .where(and(eq(run.environment, environment), eq(run.pipeline, pipeline), eq(run.isGone, false)))
    .orderBy(desc(run.sortAt))
    .limit(200);
  return rows.map((row) => row.runId);
}
