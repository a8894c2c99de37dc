import "server-only";
import { and, desc, eq, inArray, sql } from "drizzle-orm";
import type { RunId } from "@/lib/schemas/run";
import { arrayLiteral } from "../arrays";
import { ledger } from "../db";
import { run } from "../schema";
import type { RunRow } from "./runs";

type Key = Pick<RunId, "environment" | "pipeline" | "runId">;

/** More failures than these are not judged, and more open runs neither. */
const most = { failures: 5_000, open: 1_000 };

/**
 * Failures of the last days that no later run has made good, newest first: the rule of lib/attention, asked of indexes. A failure with data of its
 * own is searched among the few runs that no schedule started; one without against the newest success of its pipeline, looked up once.
 */
export async function selectUnfixed(environments: string[], days: number, limit: number): Promise<Key[]> {
  const since = sql`now() - ${`${days} days`}::interval`;
  const { rows } = await ledger().execute<{ environment: string; pipeline: string; run_id: string }>(sql`
    with failed as materialized (
      select environment, pipeline, run_id, type, sort_at, ended_at, data_interval_start, data_interval_end from run
      where state = 'failed' and not is_gone and environment = any(${arrayLiteral(environments)}::text[]) and sort_at > ${since}
      order by sort_at desc limit ${most.failures}),
    good as materialized (
      select p.environment, p.pipeline, newest.sort_at
      from (select distinct environment, pipeline from failed) p cross join lateral (
        select r.sort_at from run r where r.environment = p.environment and r.pipeline = p.pipeline and r.state = 'success' and r.sort_at > ${since}
        order by r.sort_at desc limit 1) newest)
    select f.environment, f.pipeline, f.run_id from failed f
    left join good g on g.environment = f.environment and g.pipeline = f.pipeline
    left join pipeline p on p.environment = f.environment and p.pipeline = f.pipeline
    where p.is_gone is not true and not (case
      when f.type in ('scheduled', 'backfill') and f.data_interval_start < f.data_interval_end then exists (
        select from run r where r.environment = f.environment and r.pipeline = f.pipeline and r.type <> 'scheduled' and r.state = 'success'
          and r.sort_at >= f.sort_at and (r.ended_at <= f.ended_at) is not true
          and r.data_interval_start <= f.data_interval_start and r.data_interval_end >= f.data_interval_end)
      else coalesce(g.sort_at > f.sort_at, false) end)
    order by f.sort_at desc limit ${limit}`);
  return rows.map((row) => ({ environment: row.environment, pipeline: row.pipeline, runId: row.run_id }));
}

/** What runs or waits, the newest. */
export function selectOpenRuns(environments: string[]): Promise<RunRow[]> {
  return ledger()
    .select()
    .from(run)
    .where(
      and(
        sql`${run.state} <> 'success'`,
        inArray(run.state, ["running", "queued"]),
        eq(run.isGone, false),
        inArray(run.environment, environments),
      ),
    )
    .orderBy(desc(run.sortAt))
    .limit(most.open);
}
