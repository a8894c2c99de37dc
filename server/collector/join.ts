import "server-only";
import { and, eq, isNull, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import { z } from "zod";
import type { JoinHintFact } from "@/lib/schemas/facts";
import { type AttemptKey, attemptId } from "@/server/ledger/attempt-id";
import type { Transaction } from "@/server/ledger/db";
import { attempt, ecsTask, glueRun, joinHint, pipeline, tableLoad } from "@/server/ledger/schema";
import type { Changes, Scope } from "./scope";

const JoinKey = z.object({
  v: z.literal(1),
  environment: z.string(),
  dag: z.string(),
  run: z.string(),
  task: z.string(),
  map: z.number().int(),
  try: z.number().int().min(1),
});

/** The attempt that a `PENSTOCK_JOIN_KEY` names, or null when it is none or of another Airflow environment. */
export function parseJoinKey(scope: Scope, text: string | null): AttemptKey | null {
  if (text === null) return null;
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return null;
  }
  const key = JoinKey.safeParse(raw);
  if (!key.success || key.data.environment !== scope.mwaaName) return null;
  const { dag, run, task, map } = key.data;
  return { environment: scope.environment, pipeline: dag, runId: run, taskId: task, mapIndex: map, tryNumber: key.data.try };
}

/** The columns that a join key decides; without one, other evidence fills them later. */
export function joinedByKey(scope: Scope, text: string | null): { attemptId?: string; joinedBy?: string } {
  const key = parseJoinKey(scope, text);
  return key ? { attemptId: attemptId(key), joinedBy: "join_key" } : {};
}

/** Not joined, or by evidence weaker than an XCom; in the words of the index that serves it. */
const isLoose = (joinedBy: PgColumn) => sql`(${joinedBy} is null or ${joinedBy} in ('started_by', 'time'))`;

/** Joins containers and Glue runs to the attempts whose XComs name them, unless a join key said otherwise. */
async function applyHints(tx: Transaction, scope: Scope): Promise<string[]> {
  const joined: string[] = [];
  for (const { table, ref } of [
    { table: ecsTask, ref: ecsTask.taskArn },
    { table: glueRun, ref: glueRun.jobRunId },
  ]) {
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

/** How long XComs have to name a container before its owner and time do. */
const patienceSeconds = 30;

/**
 * The last resort: an unjoined container belongs to the one attempt of an ECS operator that was running when it was made and has no container;
 * `started_by` when the DAG's owner is also its `startedBy` (the operator's default), else `time`. With two candidates it stays unjoined.
 */
async function applyTimes(tx: Transaction, scope: Scope): Promise<string[]> {
  const found = await tx.execute<{ attempt_id: string }>(sql`
    with candidate as (
      select e.task_arn, min(a.id) as attempt_id, bool_or(e.started_by = any(p.owners)) as is_owner
      from ${ecsTask} e
      join ${attempt} a on a.environment = e.environment and a.operator like 'Ecs%'
        and a.started_at <= e.created_at and (a.ended_at is null or a.ended_at >= e.created_at)
      left join ${pipeline} p on p.environment = a.environment and p.pipeline = a.pipeline
      where e.environment = ${scope.environment} and e.joined_by is null and e.attempt_id is null and e.join_key is null
        and e.created_at < now() - make_interval(secs => ${patienceSeconds}) and e.created_at > now() - interval '2 days'
        and not exists (select 1 from ${ecsTask} o where o.attempt_id = a.id)
      group by e.task_arn having count(*) = 1
    ), alone as (
      select * from candidate c where (select count(*) from candidate d where d.attempt_id = c.attempt_id) = 1
    )
    update ${ecsTask} e set attempt_id = alone.attempt_id, joined_by = case when alone.is_owner then 'started_by' else 'time' end, changed_at = now()
    from alone where e.task_arn = alone.task_arn returning e.attempt_id`);
  return found.rows.map((row) => row.attempt_id);
}

/** Loads say which Glue run wrote them; that run's attempt wrote them too. */
async function applyLoads(tx: Transaction, scope: Scope): Promise<void> {
  await tx
    .update(tableLoad)
    .set({ attemptId: glueRun.attemptId })
    .from(glueRun)
    .where(
      and(
        eq(tableLoad.environment, scope.environment),
        isNull(tableLoad.attemptId),
        eq(glueRun.environment, scope.environment),
        eq(glueRun.jobRunId, tableLoad.glueRunId),
        sql`${glueRun.attemptId} is not null`,
      ),
    );
}

/** Joins whatever the evidence now allows, strongest first, and notes the runs that show it. */
export async function joinByEvidence(tx: Transaction, scope: Scope, changes: Changes): Promise<void> {
  const joined = [...(await applyHints(tx, scope)), ...(await applyTimes(tx, scope))];
  await applyLoads(tx, scope);
  for (const id of joined) changes.attempts.add(id);
}

/** Keeps what XComs said, for the next try deletes them. The first attempt to name a run is the one that started it. */
export async function ingestHints(
  tx: Transaction,
  scope: Scope,
  changes: Changes,
  attemptOf: string,
  hints: JoinHintFact[],
): Promise<void> {
  if (hints.length > 0) {
    const rows = hints.map((hint) => ({
      environment: scope.environment,
      ref: hint.ref,
      owner: hint.owner,
      attemptId: attemptOf,
      seenAt: sql`now()`,
    }));
    await tx.insert(joinHint).values(rows).onConflictDoNothing();
  }
  await tx.update(attempt).set({ xcomReadAt: sql`now()` }).where(eq(attempt.id, attemptOf));
  if (hints.length > 0) await joinByEvidence(tx, scope, changes);
}
