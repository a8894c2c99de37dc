import "server-only";
import { and, asc, eq, type SQL, sql } from "drizzle-orm";
import type { PipelineFilter } from "@/lib/schemas/pipeline";
import { ledger } from "../db";
import { pipeline } from "../schema";
import { cutPage, decodeCursor } from "./cursor";

export type PipelineRow = typeof pipeline.$inferSelect;
export type PipelineKey = Pick<PipelineRow, "environment" | "pipeline">;

/** By (environment, name); deleted ones are left out. */
export async function selectPipelines(filter: PipelineFilter): Promise<{ rows: PipelineRow[]; nextCursor: string | null }> {
  const where: (SQL | undefined)[] = [eq(pipeline.isGone, false)];
  if (filter.environment) where.push(eq(pipeline.environment, filter.environment));
  if (filter.cursor) {
    const [environment, name] = decodeCursor(filter.cursor, 2);
    where.push(sql`(${pipeline.environment}, ${pipeline.pipeline}) > (${environment}, ${name})`);
  }
  const rows = await ledger()
    .select()
    .from(pipeline)
    .where(and(...where))
    .orderBy(asc(pipeline.environment), asc(pipeline.pipeline))
    .limit(filter.limit + 1);
  return cutPage(rows, filter.limit, (row) => [row.environment, row.pipeline]);
}

export async function selectPipeline(environment: string, name: string): Promise<PipelineRow | null> {
  const rows = await ledger()
    .select()
    .from(pipeline)
    .where(and(eq(pipeline.environment, environment), eq(pipeline.pipeline, name)));
  return rows[0] ?? null;
}

export async function selectPipelineNames(environment: string): Promise<string[]> {
  const rows = await ledger()
    .select({ name: pipeline.pipeline })
    .from(pipeline)
    .where(and(eq(pipeline.environment, environment), eq(pipeline.isGone, false)))
    .limit(5_000);
  return rows.map((row) => row.name);
}

export interface RecentRun {
  runId: string;
  state: string;
  startedAt: Date | null;
  endedAt: Date | null;
}

export interface PipelineHistory {
  /** Newest first, at most 30. */
  runs: RecentRun[];
  tables: string[];
  costUsd: string | null;
  unknownCosts: number;
}

/** The last 30 runs, the tables written and the cost of 30 days of each pipeline. */
export async function selectPipelineHistory(keys: PipelineKey[]): Promise<(key: PipelineKey) => PipelineHistory> {
  const none: PipelineHistory = { runs: [], tables: [], costUsd: null, unknownCosts: 0 };
  if (keys.length === 0) return () => none;
  const wanted = sql`(values ${sql.join(
    keys.map((key) => sql`(${key.environment}::text, ${key.pipeline}::text)`),
    sql`, `,
  )}) as p(environment, pipeline)`;
  const [runs, sums] = await Promise.all([
    ledger().execute<{
      environment: string;
      pipeline: string;
      run_id: string;
      state: string;
      started_at: string | null;
      ended_at: string | null;
    }>(sql`
      select p.environment, p.pipeline, r.run_id, r.state, r.started_at, r.ended_at from ${wanted}
      cross join lateral (
        select * from run where run.environment = p.environment and run.pipeline = p.pipeline and not run.is_gone
        order by sort_at desc, run_id desc limit 30) r
      order by p.environment, p.pipeline, r.sort_at desc, r.run_id desc`),
    ledger().execute<{ environment: string; pipeline: string; cost_usd: string | null; unknown: number }>(sql`
      select p.environment, p.pipeline, s.cost_usd, s.unknown from ${wanted}
      cross join lateral (
        select (sum(a.cost_usd) filter (where a.cost->>'basis' <> 'none'))::text as cost_usd,
          (count(*) filter (where a.cost_usd is null and (a.cost->>'basis' <> 'none' or (a.cost is null and a.ended_at is not null))))::int as unknown
        from run r join attempt a on a.environment = r.environment and a.pipeline = r.pipeline and a.run_id = r.run_id
        where r.environment = p.environment and r.pipeline = p.pipeline and r.sort_at >= now() - interval '30 days') s`),
  ]);
  const text = (key: PipelineKey) => JSON.stringify([key.environment, key.pipeline]);
  const tables = await selectWrittenTables(keys);
  const found = new Map<string, PipelineHistory>();
  for (const row of sums.rows) {
    found.set(text(row), { runs: [], tables: tables(row), costUsd: row.cost_usd, unknownCosts: row.unknown });
  }
  for (const row of runs.rows) {
    found
      .get(text(row))
      ?.runs.push({ runId: row.run_id, state: row.state, startedAt: toDate(row.started_at), endedAt: toDate(row.ended_at) });
  }
  return (key) => found.get(text(key)) ?? none;
}

async function selectWrittenTables(keys: PipelineKey[]): Promise<(key: PipelineKey) => string[]> {
  const result = await ledger().execute<{ environment: string; pipeline: string; tables: string[] }>(sql`
    select a.environment, a.pipeline, array_agg(distinct l.table_name order by l.table_name) as tables
    from table_load l join attempt a on a.id = l.attempt_id
    where l.finished_at >= now() - interval '30 days' and (a.environment, a.pipeline) in (${sql.join(
      keys.map((key) => sql`(${key.environment}, ${key.pipeline})`),
      sql`, `,
    )})
    group by 1, 2`);
  const found = new Map(result.rows.map((row) => [JSON.stringify([row.environment, row.pipeline]), row.tables]));
  return (key) => found.get(JSON.stringify([key.environment, key.pipeline])) ?? [];
}

const toDate = (value: string | Date | null) => (value === null ? null : new Date(value));
