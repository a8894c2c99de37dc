import "server-only";
import { and, asc, eq, getTableColumns, inArray, type SQL, sql } from "drizzle-orm";
import type { PipelineFilter } from "@/lib/schemas/pipeline";
import { arrayLiteral } from "../arrays";
import { ledger } from "../db";
import { pipeline } from "../schema";
import { dagSetting } from "../schema-airflow";
import { cutPage, decodeCursor } from "./cursor";

/** `zone`: of its schedule, where Airflow has told it. */
export type PipelineRow = typeof pipeline.$inferSelect & { zone: string | null };
export type PipelineKey = Pick<PipelineRow, "environment" | "pipeline">;

const selectRows = () =>
  ledger()
    .select({ ...getTableColumns(pipeline), zone: dagSetting.zone })
    .from(pipeline)
    .leftJoin(dagSetting, and(eq(dagSetting.environment, pipeline.environment), eq(dagSetting.pipeline, pipeline.pipeline)));

/** By (environment, name); deleted ones are left out. */
export async function selectPipelines(
  filter: Omit<PipelineFilter, "environment"> & { environments: string[] },
): Promise<{ rows: PipelineRow[]; nextCursor: string | null }> {
  const where: (SQL | undefined)[] = [eq(pipeline.isGone, false), inArray(pipeline.environment, filter.environments)];
  if (filter.cursor) {
    const [environment, name] = decodeCursor(filter.cursor, 2);
    where.push(sql`(${pipeline.environment}, ${pipeline.pipeline}) > (${environment}, ${name})`);
  }
  const rows = await selectRows()
    .where(and(...where))
    .orderBy(asc(pipeline.environment), asc(pipeline.pipeline))
    .limit(filter.limit + 1);
  return cutPage(rows, filter.limit, (row) => [row.environment, row.pipeline]);
}

export async function selectPipeline(environment: string, name: string): Promise<PipelineRow | null> {
  const rows = await selectRows().where(and(eq(pipeline.environment, environment), eq(pipeline.pipeline, name)));
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

type Named = Record<string, unknown> & PipelineKey;

export interface RecentRun {
  runId: string;
  state: string;
  startedAt: Date | null;
  endedAt: Date | null;
  /** When a scheduled one was due. */
  dueAt: Date | null;
}

export interface PipelineHistory {
  /** Newest first, at most 30. */
  runs: RecentRun[];
  tables: string[];
  costUsd: string | null;
  unknownCosts: number;
}

/** Of how many of its last runs a pipeline's tables are told. */
const tablesOfRuns = 10;

/** The last 30 runs, the tables that the newest of them wrote, and the cost of 30 days of each pipeline: as much work however long history is. */
export async function selectPipelineHistory(keys: PipelineKey[]): Promise<(key: PipelineKey) => PipelineHistory> {
  const none: PipelineHistory = { runs: [], tables: [], costUsd: null, unknownCosts: 0 };
  if (keys.length === 0) return () => none;
  const wanted = sql`unnest(${arrayLiteral(keys.map((key) => key.environment))}::text[], ${arrayLiteral(keys.map((key) => key.pipeline))}::text[]) as p(environment, pipeline)`;
  const [runs, sums, tables] = await Promise.all([
    ledger().execute<
      Named & { run_id: string; state: string; started_at: string | null; ended_at: string | null; due_at: string | null }
    >(sql`
      select p.environment, p.pipeline, r.run_id, r.state, r.started_at, r.ended_at, r.due_at from ${wanted}
      cross join lateral (
        select run_id, state, started_at, ended_at, case when type = 'scheduled' then run_after end as due_at from run
        where run.environment = p.environment and run.pipeline = p.pipeline and not run.is_gone
        order by sort_at desc, run_id desc limit 30) r`),
    ledger().execute<Named & { cost_usd: string | null; unknown: number }>(sql`
      select p.environment, p.pipeline, case when s.priced > 0 then s.cost_usd::text end as cost_usd, coalesce(s.unknown, 0)::int as unknown
      from ${wanted}
      cross join lateral (
        select sum(cost_usd) as cost_usd, sum(priced) as priced, sum(unknown) as unknown from cost_day c
        where c.environment = p.environment and c.pipeline = p.pipeline and c.day > (now() at time zone 'UTC')::date - 30) s`),
    ledger().execute<Named & { table_name: string }>(sql`
      select distinct p.environment, p.pipeline, l.table_name from ${wanted}
      cross join lateral (
        select run_id from run where run.environment = p.environment and run.pipeline = p.pipeline and not run.is_gone
        order by sort_at desc, run_id desc limit ${tablesOfRuns}) r
      cross join lateral (
        select id from attempt a where a.environment = p.environment and a.pipeline = p.pipeline and a.run_id = r.run_id offset 0) a
      join table_load l on l.attempt_id = a.id`),
  ]);
  const text = (row: Named) => JSON.stringify([row.environment, row.pipeline]);
  const found = new Map<string, PipelineHistory>();
  for (const row of sums.rows) found.set(text(row), { runs: [], tables: [], costUsd: row.cost_usd, unknownCosts: row.unknown });
  for (const row of runs.rows) {
    const [startedAt, endedAt, dueAt] = [toDate(row.started_at), toDate(row.ended_at), toDate(row.due_at)];
    found.get(text(row))?.runs.push({ runId: row.run_id, state: row.state, startedAt, endedAt, dueAt });
  }
  for (const row of tables.rows) found.get(text(row))?.tables.push(row.table_name);
  return (key) => found.get(text(key)) ?? none;
}

const toDate = (value: string | Date | null) => (value === null ? null : new Date(value));
