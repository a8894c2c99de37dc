import "server-only";
import { and, eq, isNull, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import { arrayLiteral } from "@/server/ledger/arrays";
import type { Transaction } from "@/server/ledger/db";
import { attempt, ecsTask, glueRun, joinHint, pipeline } from "@/server/ledger/schema";
import { reattachId } from "./airflow-uuid";
import type { Scope } from "./scope";

/** What the evidence is sought for: both kinds of work, in the columns that they share. */
const kinds = [
  { table: ecsTask, ref: ecsTask.taskArn, beganAt: ecsTask.createdAt, operators: "Ecs%", owner: ecsTask.startedBy },
  { table: glueRun, ref: glueRun.jobRunId, beganAt: glueRun.startedAt, operators: "Glue%", owner: null },
] as const;

/** Not joined, or by evidence weaker than an XCom; in the words of the index that serves it. */
const isLoose = (joinedBy: PgColumn) => sql`(${joinedBy} is null or ${joinedBy} in ('started_by', 'time'))`;

/** What is older is history: what could have joined it was read when it was young. */
const isRecent = (beganAt: PgColumn) => sql`${beganAt} > now() - interval '2 days'`;

/** The clocks of Airflow's workers and of AWS differ by so much at most. */
const skew = sql`interval '2 seconds'`;
/** The longest that a task is looked back for. */
const longest = sql`interval '2 days'`;

/** What recent work can belong to, said apart from the work's own time: from this the planner sees that it is little. */
const isInReach = sql`${attempt.startedAt} > now() - interval '4 days'`;

/** The attempt was running when the work began. */
const spans = (beganAt: PgColumn) =>
  sql`${attempt.startedAt} > ${beganAt} - ${longest} and ${attempt.startedAt} <= ${beganAt} + ${skew} and (${attempt.endedAt} is null or ${attempt.endedAt} >= ${beganAt} - ${skew})`;

/** Where a try is named, it need not have been running by its clock; so near it was begun all the same, which an index tells. */
const isNear = (beganAt: PgColumn) =>
  sql`${attempt.startedAt} > ${beganAt} - ${longest} and ${attempt.startedAt} <= ${beganAt} + interval '1 hour'`;

/** The XComs of attempts name it. */
export async function joinByXcom(tx: Transaction, scope: Scope): Promise<string[]> {
  const joined: string[] = [];
  for (const { table, ref } of kinds) {
    const isHinted = and(
      eq(table.environment, scope.environment),
      eq(joinHint.environment, scope.environment),
      eq(joinHint.ref, ref),
      isLoose(table.joinedBy),
    );
    // Whom weaker evidence had named must give the cost back.
    const before = await tx.select({ attemptId: table.attemptId }).from(table).innerJoin(joinHint, isHinted);
    const after = await tx
      .update(table)
      .set({ attemptId: joinHint.attemptId, joinedBy: "xcom", changedAt: sql`now()` })
      .from(joinHint)
      .where(isHinted)
      .returning({ attemptId: table.attemptId });
    joined.push(...[...before, ...after].flatMap((row) => row.attemptId ?? []));
  }
  return joined;
}

const uuid = "^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$";

/** How far back work is compared with attempts: at each ingest what is new, now and then all that is recent. */
export type Reach = "new" | "recent";
const isNew = (beganAt: PgColumn) => sql`${beganAt} > now() - interval '15 minutes'`;

/**
 * Its `startedBy` is the number that the operator makes of the task's own ids; of the tries, the one that was running. The number says nothing of the ids, so
 * each task is compared with every attempt that was running when it began.
 */
export async function joinByReattachId(tx: Transaction, scope: Scope, reach: Reach): Promise<string[]> {
  const found = await tx
    .select({
      taskArn: ecsTask.taskArn,
      startedBy: ecsTask.startedBy,
      id: attempt.id,
      pipeline: attempt.pipeline,
      taskId: attempt.taskId,
      runId: attempt.runId,
      mapIndex: attempt.mapIndex,
    })
    .from(ecsTask)
    .innerJoin(attempt, and(eq(attempt.environment, ecsTask.environment), isInReach, spans(ecsTask.createdAt)))
    .where(
      and(
        eq(ecsTask.environment, scope.environment),
        isLoose(ecsTask.joinedBy),
        isNull(ecsTask.joinKey),
        reach === "new" ? isNew(ecsTask.createdAt) : isRecent(ecsTask.createdAt),
        sql`${ecsTask.startedBy} ~ ${uuid}`,
      ),
    )
    .orderBy(attempt.startedAt);
  const chosen = new Map(found.filter((row) => reattachId(row) === row.startedBy).map((row) => [row.taskArn, row.id]));
  return joinTasks(tx, chosen, "reattach");
}

async function joinTasks(tx: Transaction, chosen: Map<string, string>, joinedBy: string): Promise<string[]> {
  if (chosen.size === 0) return [];
  const { rows } = await tx.execute<{ before: string | null }>(sql`
    with chosen as (select * from unnest(${arrayLiteral([...chosen.keys()])}::text[], ${arrayLiteral([...chosen.values()])}::text[]) as each(task_arn, attempt_id)),
      before as (select t.task_arn, t.attempt_id from ${ecsTask} t join chosen using (task_arn))
    update ${ecsTask} set attempt_id = chosen.attempt_id, joined_by = ${joinedBy}, changed_at = now()
    from chosen join before using (task_arn) where ${ecsTask.taskArn} = chosen.task_arn returning before.attempt_id as before`);
  return [...new Set([...chosen.values(), ...rows.flatMap((row) => row.before ?? [])])];
}

/** Tags take no `:`, so a run's id may stand there with other characters in its place. */
const likeTag = (text: unknown) => sql`regexp_replace(${text}, '[^A-Za-z0-9]', '_', 'g')`;

/** Its tags, environment or arguments name the task by Airflow's usual names; of the tries, the one they name, else the one that was running. */
export async function joinByNames(tx: Transaction, scope: Scope): Promise<string[]> {
  const joined: string[] = [];
  for (const { table, beganAt, ref } of kinds) {
    const { rows } = await tx.execute<{ before: string | null; after: string }>(sql`
      with named as (
        select distinct on (${ref}) ${ref} as ref, ${table.attemptId} as before, ${attempt.id} as after
        from ${table} join ${attempt} on ${attempt.environment} = ${table.environment} and ${attempt.pipeline} = ${table.claim}->>'dag'
          and ${attempt.taskId} = ${table.claim}->>'task' and ${attempt.mapIndex} = coalesce((${table.claim}->>'map')::int, -1)
          and ${likeTag(attempt.runId)} = ${likeTag(sql`${table.claim}->>'run'`)}
          and ${isInReach} and ${isNear(beganAt)} and case when ${table.claim}->>'try' is null then ${spans(beganAt)} else ${attempt.tryNumber} = (${table.claim}->>'try')::int end
        where ${table.environment} = ${scope.environment} and ${isLoose(table.joinedBy)} and ${table.joinKey} is null
          and ${isRecent(beganAt)} and jsonb_typeof(${table.claim}) = 'object'
        order by ${ref}, ${attempt.startedAt} desc
      )
      update ${table} set attempt_id = named.after, joined_by = 'names', changed_at = now()
      from named where ${table.environment} = ${scope.environment} and ${ref} = named.ref returning named.before, named.after`);
    joined.push(...rows.flatMap(({ before, after }) => (before === null ? [after] : [before, after])));
  }
  return joined;
}

/** How long stronger evidence has to name it before its owner and time do. */
const patience = sql`interval '30 seconds'`;

/**
 * The last resort: work that nothing joins belongs to the one attempt of an operator of its kind that was running when it began and has none;
 * `started_by` when the DAG's owner is also its `startedBy` (the ECS operator's default), else `time`. With two candidates it stays unjoined.
 */
export async function joinByTime(tx: Transaction, scope: Scope): Promise<string[]> {
  const joined: string[] = [];
  for (const { table, ref, beganAt, operators, owner } of kinds) {
    const isOwner = owner ? sql`bool_or(${owner} = any(${pipeline.owners}))` : sql`false`;
    const { rows } = await tx.execute<{ attempt_id: string }>(sql`
      with candidate as (
        select ${ref} as ref, min(${attempt.id}) as attempt_id, ${isOwner} as is_owner
        from ${table}
        join ${attempt} on ${attempt.environment} = ${table.environment} and ${attempt.operator} like ${operators}
          and ${attempt.startedAt} <= ${beganAt} and (${attempt.endedAt} is null or ${attempt.endedAt} >= ${beganAt})
        left join ${pipeline} on ${pipeline.environment} = ${attempt.environment} and ${pipeline.pipeline} = ${attempt.pipeline}
        where ${table.environment} = ${scope.environment} and ${table.joinedBy} is null and ${table.attemptId} is null and ${table.joinKey} is null
          and ${beganAt} < now() - ${patience} and ${isRecent(beganAt)} and ${attempt.startedAt} > ${beganAt} - ${longest} and ${isInReach}
          and not exists (select 1 from ${ecsTask} o where o.attempt_id = ${attempt.id})
          and not exists (select 1 from ${glueRun} o where o.attempt_id = ${attempt.id})
        group by ${ref} having count(*) = 1
      ), alone as (
        select * from candidate c where (select count(*) from candidate d where d.attempt_id = c.attempt_id) = 1
      )
      update ${table} set attempt_id = alone.attempt_id, joined_by = case when alone.is_owner then 'started_by' else 'time' end, changed_at = now()
      from alone where ${table.environment} = ${scope.environment} and ${ref} = alone.ref returning alone.attempt_id`);
    joined.push(...rows.map((row) => row.attempt_id));
  }
  return joined;
}
