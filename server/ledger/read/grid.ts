import "server-only";
import { sql } from "drizzle-orm";
import type { RunId } from "@/lib/schemas/run";
import { worstFirst } from "@/lib/schemas/worst-first";
import { arrayLiteral } from "../arrays";
import { ledger } from "../db";

/** What became of a task, or of an instance of a mapped one, in one run. */
export interface GridFact {
  name: string;
  /** Place in `worstFirst`. */
  state: number;
  tries: number;
  /** 0: the task is not mapped. */
  instances: number;
  failed: number;
  startedMs: number | null;
  /** Of its good tries, on average. */
  lengthMs: number | null;
  costNanoUsd: number | null;
}

export type GridColumn = GridFact[];

/** Of so many instances of a mapped task at most is told. */
export const mostInstances = 5_000;

/** What became of each task in each of these runs: one range of `attempt_by_run` for each. With `task` its instances are told instead. */
export async function selectGridColumns(environment: string, pipeline: string, runIds: string[], task?: string): Promise<GridColumn[]> {
  if (runIds.length === 0) return [];
  const name = task === undefined ? sql`a.task_id` : sql`a.map_index::text`;
  const only = task === undefined ? sql`` : sql`and task_id = ${task} and map_index between 0 and ${mostInstances - 1}`;
  const states = sql`${arrayLiteral(worstFirst)}::text[]`;
  const unknown = worstFirst.indexOf("unknown") + 1;
  const { rows } = await ledger().execute<{ facts: (string | number | null)[][] | null }>(sql`
    select c.facts from unnest(${arrayLiteral(runIds)}::text[]) with ordinality as k(run_id, ordinal)
    cross join lateral (
      select json_agg(json_build_array(name, state - 1, tries, instances, failed, started_ms, length_ms, cost_nano_usd)) as facts
      from (
        select ${name} as name,
          min(coalesce(array_position(${states}, a.state), ${unknown})) filter (where a.is_latest) as state,
          max(a.try_number) as tries,
          count(*) filter (where a.is_latest and a.map_index >= 0) as instances,
          count(*) filter (where a.is_latest and a.map_index >= 0 and a.state = 'failed') as failed,
          round(extract(epoch from min(a.started_at)) * 1000) as started_ms,
          round(avg(extract(epoch from a.ended_at - a.started_at)) filter (where a.state = 'success') * 1000) as length_ms,
          round(sum(a.cost_usd) * 1e9) as cost_nano_usd
        from (
          select task_id, map_index, is_latest, state, try_number, started_at, ended_at, cost_usd from attempt
          where environment = ${environment} and pipeline = ${pipeline} and run_id = k.run_id ${only}
          offset 0) a
        group by 1
        having bool_or(a.is_latest)) t) c
    order by k.ordinal`);
  return rows.map(({ facts }) => (facts ?? []).map(toFact));
}

function toFact([name, state, tries, instances, failed, startedMs, lengthMs, costNanoUsd]: (string | number | null)[]): GridFact {
  const numberOr = <T>(value: string | number | null | undefined, none: T) => (typeof value === "number" ? value : none);
  return {
    name: String(name),
    state: numberOr(state, 0),
    tries: numberOr(tries, 1),
    instances: numberOr(instances, 0),
    failed: numberOr(failed, 0),
    startedMs: numberOr(startedMs, null),
    lengthMs: numberOr(lengthMs, null),
    costNanoUsd: numberOr(costNanoUsd, null),
  };
}

/** A text for each run that is another one once any of its attempts is: how many there are, and the sum of the transactions that wrote them. */
export async function selectColumnVersions(environment: string, pipeline: string, runIds: string[]): Promise<string[]> {
  if (runIds.length === 0) return [];
  const { rows } = await ledger().execute<{ version: string }>(sql`
    select v.version from unnest(${arrayLiteral(runIds)}::text[]) with ordinality as k(run_id, ordinal)
    cross join lateral (
      select count(*) || '.' || coalesce(sum(xmin::text::bigint), 0) as version from attempt
      where environment = ${environment} and pipeline = ${pipeline} and run_id = k.run_id
      offset 0) v
    order by k.ordinal`);
  return rows.map(({ version }) => version);
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
