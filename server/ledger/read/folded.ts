import "server-only";
import { and, asc, eq, getTableColumns, inArray, sql } from "drizzle-orm";
import type { RunId } from "@/lib/schemas/run";
import { ledger } from "../db";
import { attempt, failure } from "../schema";
import { type FailedAttempt, inRun, type JoinedAttempt, joinAttempts } from "./attempts";
import { decodeCursor, encodeCursor, wholePart } from "./cursor";

/** With more instances a mapped task is folded: so many are sent of all folded tasks together, and at least some of each. */
const mostWhole = 50;
const mostSent = 120;
const leastSent = 8;
const mostFailed = 1_000;

export interface Fold {
  taskId: string;
  instances: number;
  states: Record<string, number>;
  startedAt: Date | null;
  endedAt: Date | null;
  cost: { usd: string | null; lostUsd: string | null; metered: number; unknown: number; open: number };
}

const isMetered = sql`case when cost is null then operator in ('EcsRunTaskOperator', 'GlueJobOperator') else cost->>'basis' <> 'none' end`;

/** The mapped tasks of a run that have too many instances to be sent whole. */
export async function selectFolds(id: RunId): Promise<Fold[]> {
  const result = await ledger().execute<{ task_id: string } & Record<string, unknown>>(sql`
    with tried as (
      select *, coalesce(${isMetered}, false) as is_metered, not is_latest or state = 'failed' as is_lost
      from ${attempt} where ${inRun(id)} and map_index >= 0
    ), counted as (
      select task_id, state, count(*) as times from tried where is_latest group by 1, 2
    ), states as (
      select task_id, jsonb_object_agg(state, times) as states, sum(times)::int as instances from counted group by 1
    )
    select task_id, states, instances,
      min(started_at) as started_at, max(ended_at) as ended_at,
      (sum(cost_usd) filter (where is_metered))::text as usd,
      (sum(cost_usd) filter (where is_metered and is_lost))::text as lost_usd,
      (count(*) filter (where is_metered))::int as metered,
      (count(*) filter (where is_metered and cost_usd is null and ended_at is not null))::int as unknown,
      (count(*) filter (where is_metered and (ended_at is null or (cost->>'isFinal')::boolean is false)))::int as open
    from states join tried using (task_id) where instances > ${mostWhole} group by 1, 2, 3 order by 1`);
  const date = (value: unknown) => (value === null ? null : new Date(String(value)));
  const text = (value: unknown) => (value === null ? null : String(value));
  return result.rows.map((row) => ({
    taskId: row.task_id,
    instances: Number(row.instances),
    states: row.states as Record<string, number>,
    startedAt: date(row.started_at),
    endedAt: date(row.ended_at),
    cost: {
      usd: text(row.usd),
      lostUsd: text(row.lost_usd),
      metered: Number(row.metered),
      unknown: Number(row.unknown),
      open: Number(row.open),
    },
  }));
}

const byStart = [
  sql`coalesce(${attempt.startedAt}, ${attempt.queuedAt}) asc nulls last`,
  asc(attempt.taskId),
  asc(attempt.mapIndex),
  asc(attempt.tryNumber),
];

/** Every try of the tasks that are not folded; of those that are, the instances that tell most: first failed, going on, first begun, last ended, first. */
export async function selectTellingAttempts(id: RunId, folds: Fold[]): Promise<JoinedAttempt[]> {
  const taskIds = folds.map(({ taskId }) => taskId);
  const share = Math.max(leastSent, Math.floor(mostSent / folds.length));
  const rows = await ledger()
    .select()
    .from(attempt)
    .where(
      and(
        inRun(id),
        sql`(${attempt.mapIndex} < 0 or not ${inArray(attempt.taskId, taskIds)} or (${attempt.taskId}, ${attempt.mapIndex}) in (
          select task_id, map_index from (
            select task_id, map_index, kind,
              row_number() over (partition by task_id, kind order by case when kind = 'failed' then ended_at else started_at end nulls last, map_index) as nth,
              row_number() over (partition by task_id order by started_at nulls last, map_index) as from_begin,
              row_number() over (partition by task_id order by ended_at desc nulls last, map_index) as from_end
            from (
              select task_id, map_index, started_at, ended_at,
                case when state = 'failed' then 'failed' when started_at is not null and ended_at is null then 'open' else 'other' end as kind
              from ${attempt} where ${inRun(id)} and is_latest and map_index >= 0 and ${inArray(sql`task_id`, taskIds)}
            ) newest
          ) ranked
          where from_begin = 1 or from_end = 1 or nth <= case kind when 'failed' then ${Math.ceil(share / 2)}::int else ${Math.ceil(share / 4)}::int end
        ))`,
      ),
    )
    .orderBy(...byStart);
  return joinAttempts(rows);
}

/** What failed by itself, first in time; joined with nothing but why. */
export async function selectFailed(id: RunId): Promise<FailedAttempt[]> {
  return ledger()
    .select({ attempt: getTableColumns(attempt), failure: getTableColumns(failure) })
    .from(attempt)
    .leftJoin(failure, eq(failure.attemptId, attempt.id))
    .where(and(inRun(id), eq(attempt.isLatest, true), eq(attempt.state, "failed")))
    .orderBy(sql`${attempt.endedAt} asc nulls last`)
    .limit(mostFailed);
}

/** When each try of a run began and ended. */
export async function selectAttemptTimes(id: RunId) {
  const { taskId, tryNumber, state, startedAt, endedAt } = attempt;
  return ledger().select({ taskId, tryNumber, state, startedAt, endedAt }).from(attempt).where(inRun(id));
}

/** A page of a run's tries by task, instance and number. */
export async function selectAttemptPage(
  id: RunId,
  { task, map, limit, cursor }: { task?: string; map?: number; limit: number; cursor?: string },
) {
  const after = cursor === undefined ? undefined : decodeCursor(cursor, 3);
  const rows = await ledger()
    .select()
    .from(attempt)
    .where(
      and(
        inRun(id),
        task === undefined ? undefined : eq(attempt.taskId, task),
        map === undefined ? undefined : eq(attempt.mapIndex, map),
        after &&
          sql`(${attempt.taskId}, ${attempt.mapIndex}, ${attempt.tryNumber}) > (${after[0]}, ${wholePart(after[1])}::int, ${wholePart(after[2])}::int)`,
      ),
    )
    .orderBy(asc(attempt.taskId), asc(attempt.mapIndex), asc(attempt.tryNumber))
    .limit(limit + 1);
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const nextCursor = rows.length > limit && last ? encodeCursor([last.taskId, last.mapIndex, last.tryNumber]) : null;
  return { rows: await joinAttempts(shown), nextCursor };
}
