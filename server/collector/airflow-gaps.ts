import "server-only";
import { and, eq, gt, inArray, isNull, lt, ne, or, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import { ledger } from "@/server/ledger/db";
import { attempt, ecsTask, glueRun, run } from "@/server/ledger/schema";
import { type KnownRun, nameOf } from "./airflow-reading";
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

/** Runs of that time, and those whose tasks ran in it, that Airflow had when it was last asked: by index, however much history there is. */
export async function runsKept(environment: string, from: Date, to: Date): Promise<KnownRun[]> {
  const columns = { pipeline: run.pipeline, runId: run.runId, runAfter: run.runAfter, logicalDate: run.logicalDate };
  const isHere = and(eq(run.environment, environment), eq(run.isGone, false));
  const planned = ledger()
    .select(columns)
    .from(run)
    .where(and(isHere, gt(run.sortAt, from), lt(run.sortAt, to)));
  const ofTasks = ledger()
    .selectDistinct({ pipeline: attempt.pipeline, runId: attempt.runId })
    .from(attempt)
    .where(and(eq(attempt.environment, environment), gt(attempt.startedAt, from), lt(attempt.startedAt, to)))
    .as("of_tasks");
  // One look-up for each: what is limited the planner does not turn into a reading of all runs.
  const one = ledger()
    .select(columns)
    .from(run)
    .where(and(isHere, eq(run.pipeline, ofTasks.pipeline), eq(run.runId, ofTasks.runId)))
    .limit(1)
    .as("one");
  const worked = ledger()
    .select({ pipeline: one.pipeline, runId: one.runId, runAfter: one.runAfter, logicalDate: one.logicalDate })
    .from(ofTasks)
    .innerJoinLateral(one, sql`true`);
  return [...new Map([...(await planned), ...(await worked)].map((each) => [nameOf(each), each])).values()];
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
