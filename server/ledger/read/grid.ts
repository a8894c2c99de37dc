import "server-only";
import { sql } from "drizzle-orm";
import type { RunId } from "@/lib/schemas/run";
import { worstFirst } from "@/lib/schemas/worst-first";
import { arrayLiteral } from "../arrays";
import { ledger } from "../db";

/** One row of a grid: a task, or an instance of a mapped one. */
export interface GridRow {
  name: string;
  isMapped: boolean;
  /** `ordinal:state:tries:instances:failed` of each run that has it, one after the other; the last three only where they say something. */
  cells: string;
  /** Since its run began, on average; null where it never started. */
  startMs: number | null;
  medianMs: number | null;
  costUsd: number | null;
}

type Answer = Record<string, unknown> & {
  name: string;
  is_mapped: boolean;
  cells: string;
  start_ms: number | null;
  median_ms: number | null;
  cost_usd: number | null;
};

/** Of so many instances of a mapped task at most is told. */
export const mostInstances = 5_000;

/** What became of each task in these runs: one range of `attempt_by_run` for each. With `task` the rows are its instances. */
export async function selectGridRows(environment: string, pipeline: string, runIds: string[], task?: string): Promise<GridRow[]> {
  if (runIds.length === 0) return [];
  const name = task === undefined ? sql`a.task_id` : sql`a.map_index::text`;
  const only = task === undefined ? sql`` : sql`and task_id = ${task} and map_index between 0 and ${mostInstances - 1}`;
  const states = sql`${arrayLiteral(worstFirst)}::text[]`;
  const unknown = worstFirst.indexOf("unknown") + 1;
  const { rows } = await ledger().execute<Answer>(sql`
    with cell as (
      select ${name} as name, k.ordinal,
        min(coalesce(array_position(${states}, a.state), ${unknown})) filter (where a.is_latest) as state,
        max(a.try_number) as tries,
        count(*) filter (where a.is_latest and a.map_index >= 0) as instances,
        count(*) filter (where a.is_latest and a.map_index >= 0 and a.state = 'failed') as failed,
        min(extract(epoch from a.started_at)) as started,
        avg(extract(epoch from a.ended_at - a.started_at)) filter (where a.state = 'success') as seconds,
        sum(a.cost_usd) as cost_usd
      from unnest(${arrayLiteral(runIds)}::text[]) with ordinality as k(run_id, ordinal)
      cross join lateral (
        select task_id, map_index, is_latest, state, try_number, started_at, ended_at, cost_usd from attempt
        where environment = ${environment} and pipeline = ${pipeline} and run_id = k.run_id ${only}
        offset 0) a
      group by 1, 2
      having bool_or(a.is_latest))
    select name, bool_or(instances > 0) as is_mapped,
      string_agg((ordinal - 1) || ':' || (state - 1)
        || case when tries > 1 or instances > 0 then ':' || tries else '' end
        || case when instances > 0 then ':' || instances || ':' || failed else '' end, ' ' order by ordinal) as cells,
      (avg(started - first) * 1000)::float8 as start_ms,
      (percentile_cont(0.5) within group (order by seconds) * 1000)::float8 as median_ms,
      avg(cost_usd)::float8 as cost_usd
    from (select cell.*, min(started) over (partition by ordinal) as first from cell) c
    group by name`);
  return rows.map((row) => ({
    name: row.name,
    isMapped: task === undefined && row.is_mapped,
    cells: row.cells,
    startMs: row.start_ms,
    medianMs: row.median_ms,
    costUsd: row.cost_usd,
  }));
}

/** The highest map index + 1 of a task among these runs: how many instances it has had. */
export async function countInstances(environment: string, pipeline: string, runIds: string[], task: string): Promise<number> {
  const { rows } = await ledger().execute<{ most: number }>(sql`
    select coalesce(max(a.map_index) + 1, 0)::int as most from unnest(${arrayLiteral(runIds)}::text[]) as k(run_id)
    cross join lateral (
      select map_index from attempt
      where environment = ${environment} and pipeline = ${pipeline} and run_id = k.run_id and task_id = ${task}
      order by map_index desc limit 1) a`);
  return Number(rows[0]?.most ?? 0);
}

export interface CellRow extends Record<string, unknown> {
  id: string;
  state: string;
  map_index: number;
  try_number: number;
  started_at: string | null;
  ended_at: string | null;
  class: string | null;
}

/** The newest try of a task in a run; of a mapped one that of the instance which matters most, unless one is asked for. */
export async function selectGridCell({ environment, pipeline, runId }: RunId, task: string, map?: number): Promise<CellRow | null> {
  const { rows } = await ledger().execute<CellRow>(sql`
    select a.id, a.state, a.map_index, a.try_number, a.started_at, a.ended_at, f.class
    from attempt a left join failure f on f.attempt_id = a.id
    where a.environment = ${environment} and a.pipeline = ${pipeline} and a.run_id = ${runId} and a.task_id = ${task} and a.is_latest
      ${map === undefined ? sql`` : sql`and a.map_index = ${map}`}
    order by array_position(${arrayLiteral(worstFirst)}::text[], a.state) nulls last, a.map_index limit 1`);
  return rows[0] ?? null;
}
