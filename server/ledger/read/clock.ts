import "server-only";
import { sql } from "drizzle-orm";
import { arrayLiteral } from "../arrays";
import { ledger } from "../db";
import type { PipelineKey } from "./pipelines";

export interface ClockRun extends Record<string, unknown> {
  environment: string;
  pipeline: string;
  run_id: string;
  state: string;
  type: string;
  is_gone: boolean;
  sort_at: string;
  started_at: string | null;
  ended_at: string | null;
}

/** How long before a window a run may have begun that still runs in it. */
const longestRun = "36 hours";
/** Of one pipeline in one window. */
const mostRuns = 2_000;

const wanted = (keys: PipelineKey[]) =>
  sql`unnest(${arrayLiteral(keys.map((key) => key.environment))}::text[], ${arrayLiteral(keys.map((key) => key.pipeline))}::text[]) as p(environment, pipeline)`;
const columns = sql.raw("p.environment, p.pipeline, r.run_id, r.state, r.type, r.is_gone, r.sort_at, r.started_at, r.ended_at");

/** Runs of each pipeline that had some of their time in the window, newest first: one range of its index each. */
export async function selectClockRuns(keys: PipelineKey[], from: Date, until: Date): Promise<ClockRun[]> {
  if (keys.length === 0) return [];
  const { rows } = await ledger().execute<ClockRun>(sql`
    select ${columns} from ${wanted(keys)}
    cross join lateral (
      select * from run where run.environment = p.environment and run.pipeline = p.pipeline
        and run.sort_at > ${from.toISOString()}::timestamptz - interval '${sql.raw(longestRun)}' and run.sort_at <= ${until.toISOString()}::timestamptz
        and coalesce(run.ended_at, 'infinity') > ${from.toISOString()}::timestamptz
        and not (run.is_gone and run.started_at is null)
      order by run.sort_at desc, run.run_id desc limit ${mostRuns}) r`);
  return rows;
}

export interface NewestRuns extends Record<string, unknown> {
  environment: string;
  pipeline: string;
  /** When its newest scheduled runs were due. */
  times: number[] | null;
  run_id: string | null;
  state: string | null;
  at: string | null;
}

/** The newest run of each pipeline, and when its newest scheduled ones have come. */
export async function selectNewestRuns(keys: PipelineKey[]): Promise<NewestRuns[]> {
  if (keys.length === 0) return [];
  const { rows } = await ledger().execute<NewestRuns>(sql`
    select p.environment, p.pipeline, r.times, r.run_id, r.state, r.at from ${wanted(keys)}
    cross join lateral (
      select array_agg(extract(epoch from run_after)::float8 * 1000 order by run_after desc) filter (where type = 'scheduled' and run_after is not null) as times,
        (array_agg(run_id order by sort_at desc, run_id desc))[1] as run_id,
        (array_agg(state order by sort_at desc, run_id desc))[1] as state,
        (array_agg(coalesce(ended_at, started_at) order by sort_at desc, run_id desc))[1] as at
      from (
        select run_id, state, run_after, type, sort_at, started_at, ended_at from run
        where run.environment = p.environment and run.pipeline = p.pipeline and not is_gone
        order by sort_at desc, run_id desc limit 40) newest) r`);
  return rows;
}

export interface DayRow extends Record<string, unknown> {
  date: string;
  succeeded: number;
  failed: number;
  fixed: number;
  open: number;
}

/**
 * What became of the runs of each day by the clock of `zone`. A failed run is fixed by a later good one of the same data interval; one that was
 * started by hand or by an asset, by any later good one.
 */
export async function selectDays({ environment, pipeline }: PipelineKey, zone: string, from: Date, until: Date): Promise<DayRow[]> {
  const { rows } = await ledger().execute<DayRow>(sql`
    select to_char(r.sort_at at time zone ${zone}::text, 'YYYY-MM-DD') as date,
      (count(*) filter (where r.state = 'success'))::int as succeeded,
      (count(*) filter (where r.state = 'failed'))::int as failed,
      (count(*) filter (where r.state = 'failed' and exists (
        select 1 from run l where l.environment = r.environment and l.pipeline = r.pipeline and l.sort_at > r.sort_at
          and l.state = 'success' and not l.is_gone
          and (r.type in ('manual', 'asset_triggered') or r.data_interval_start is null
            or (l.data_interval_start <= r.data_interval_start and l.data_interval_end >= r.data_interval_end)
            or l.logical_date = r.logical_date))))::int as fixed,
      (count(*) filter (where r.state in ('running', 'queued') and not r.is_gone))::int as open
    from run r
    where r.environment = ${environment} and r.pipeline = ${pipeline}
      and r.sort_at >= ${from.toISOString()}::timestamptz and r.sort_at < ${until.toISOString()}::timestamptz
    group by 1 order by 1`);
  return rows;
}
