import "server-only";
import { sql } from "drizzle-orm";
import { ledger } from "../db";
import type { AttemptRow } from "./attempts";

/** Beyond it nobody counts. */
const mostCounted = 500;

const cut = (found: number) => ({ count: Math.min(found, mostCounted), isMore: found > mostCounted });

/** Earlier runs in which the same task failed in the same way, the newest `most` of them first. */
export async function selectFailedBefore(
  { environment, pipeline, runId, taskId }: AttemptRow,
  failureClass: string,
  since: Date,
  before: Date,
  most: number,
): Promise<{ rows: { runId: string; tryNumber: number; mapIndex: number; endedAt: Date }[]; count: number; isMore: boolean }> {
  const { rows } = await ledger().execute<{ run_id: string; try_number: number; map_index: number; ended_at: string; found: number }>(sql`
    with found as (
      select distinct on (a.run_id) a.run_id, a.try_number, a.map_index, a.ended_at from (
        select * from attempt where environment = ${environment} and pipeline = ${pipeline} and task_id = ${taskId}
          and state in ('failed', 'up_for_retry') and ended_at >= ${since.toISOString()}::timestamptz and ended_at < ${before.toISOString()}::timestamptz
          and run_id <> ${runId}
        order by ended_at desc limit ${mostCounted * 4}) a
      join failure f on f.attempt_id = a.id and f.class = ${failureClass} order by a.run_id, a.ended_at desc)
    select run_id, try_number, map_index, ended_at::text, (count(*) over ())::int as found from found order by ended_at desc limit ${most}`);
  return {
    rows: rows.map((row) => ({ runId: row.run_id, tryNumber: row.try_number, mapIndex: row.map_index, endedAt: new Date(row.ended_at) })),
    ...cut(rows[0]?.found ?? 0),
  };
}

/** In how many other runs of the environment anything failed in that way. */
export async function countFailures(
  { environment, pipeline, runId }: AttemptRow,
  failureClass: string,
  since: Date,
  before: Date,
): Promise<{ count: number; isMore: boolean }> {
  const { rows } = await ledger().execute<{ found: number }>(sql`
    select count(*)::int as found from (
      select distinct a.pipeline, a.run_id from (
        select attempt_id from failure where class = ${failureClass} and classified_at >= ${since.toISOString()}::timestamptz
        order by classified_at desc limit ${mostCounted * 4}) f
      join attempt a on a.id = f.attempt_id
      where a.environment = ${environment} and a.ended_at >= ${since.toISOString()}::timestamptz and a.ended_at < ${before.toISOString()}::timestamptz
        and (a.pipeline, a.run_id) <> (${pipeline}, ${runId})
      limit ${mostCounted + 1}) runs`);
  return cut(rows[0]?.found ?? 0);
}
