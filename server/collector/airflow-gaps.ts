import "server-only";
import { and, eq, gt, inArray, isNull, lt, ne, or, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import { ledger } from "@/server/ledger/db";
import { attempt, ecsTask, glueRun } from "@/server/ledger/schema";
import { endedStates } from "./ingest-attempts";

/** Operators that start nothing outside Airflow: their XComs name no container. */
const startsNothing = "Empty|Branch|ShortCircuit|Sensor|LatestOnly";

const task = { id: attempt.id, pipeline: attempt.pipeline, runId: attempt.runId, taskId: attempt.taskId, mapIndex: attempt.mapIndex };

const dayMs = 86_400_000;
const ago = (now: Date, ms: number) => new Date(now.getTime() - ms);

/** Retried tasks whose earlier tries the ledger has not, or has not seen end, and that changed since they were asked for; newest change first. */
export function withoutHistory(environment: string, limit: number, now: Date) {
  return ledger()
    .select({ ...task, changedAt: attempt.changedAt })
    .from(attempt)
    .where(
      and(
        eq(attempt.environment, environment),
        eq(attempt.isLatest, true),
        gt(attempt.tryNumber, 1),
        gt(attempt.changedAt, ago(now, 14 * dayMs)),
        or(isNull(attempt.triesReadAt), ne(attempt.triesReadAt, attempt.changedAt)),
        sql`(select count(*) from ${attempt} before where before.environment = ${attempt.environment} and before.pipeline = ${attempt.pipeline}
          and before.run_id = ${attempt.runId} and before.task_id = ${attempt.taskId} and before.map_index = ${attempt.mapIndex}
          and before.try_number < ${attempt.tryNumber} and before.state in ${endedStates}) < ${attempt.tryNumber} - 1`,
      ),
    )
    .orderBy(sql`${attempt.changedAt} desc`)
    .limit(limit);
}

/** What only the owner or the time joined may be another's: an XCom would tell. */
const isSure = (joinedBy: PgColumn) => sql`${joinedBy} not in ('started_by', 'time')`;

/** Attempts that may have started a container or a Glue run that no join key claims, and whose XComs were not read since they could tell: those that start containers first, then those never asked, the newest first. */
export function withoutJoin(environment: string, limit: number, now: Date) {
  return ledger()
    .select(task)
    .from(attempt)
    .where(
      and(
        eq(attempt.environment, environment),
        eq(attempt.isLatest, true),
        gt(attempt.startedAt, ago(now, 2 * dayMs)),
        or(
          and(inArray(attempt.state, ["success", "failed"]), or(isNull(attempt.xcomReadAt), lt(attempt.xcomReadAt, attempt.endedAt))),
          and(
            inArray(attempt.state, ["running", "deferred"]),
            sql`${attempt.operator} ~ '^(Ecs|Glue)'`,
            or(isNull(attempt.xcomReadAt), lt(attempt.xcomReadAt, sql`now() - interval '10 seconds'`)),
          ),
        ),
        sql`not exists (select 1 from ${ecsTask} where ${ecsTask.attemptId} = ${attempt.id} and ${isSure(ecsTask.joinedBy)})`,
        sql`not exists (select 1 from ${glueRun} where ${glueRun.attemptId} = ${attempt.id} and ${isSure(glueRun.joinedBy)})`,
        sql`${attempt.operator} !~ ${startsNothing}`,
      ),
    )
    .orderBy(sql`${attempt.operator} ~ '^(Ecs|Glue)' desc nulls last, ${attempt.xcomReadAt} is null desc, ${attempt.startedAt} desc`)
    .limit(limit);
}
