import "server-only";
import { and, eq, inArray, isNull, notInArray, sql } from "drizzle-orm";
import type { EcsTaskFact, GlueRunFact, SparkMetrics, TaskDefinitionFact, Usage } from "@/lib/schemas/facts";
import { arrayLiteral } from "@/server/ledger/arrays";
import type { Transaction } from "@/server/ledger/db";
import { ecsTask, glueRun } from "@/server/ledger/schema";
import { taskDefinition } from "@/server/ledger/schema-aws";
import { upsertChanged } from "@/server/ledger/upsert";
import { joinByEvidence, joinedByKey } from "./join";
import { type Changes, type Scope, writtenAt } from "./scope";

export const endedGlueStates = ["SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR", "EXPIRED"];

/** Container tasks as ECS has them, and the ARNs it has forgotten. The higher version wins, in whatever order answers come. */
export async function ingestEcsTasks(
  tx: Transaction,
  scope: Scope,
  changes: Changes,
  facts: EcsTaskFact[],
  missing: string[] = [],
): Promise<void> {
  const rows = toTaskRows(scope, facts, true);
  const guard = sql`excluded.version >= ${ecsTask.version}`;
  await settleTasks(tx, scope, changes, await upsertChanged(tx, rows, { table: ecsTask, key: ["taskArn"], silent: ["changedAt"], guard }));
  if (missing.length > 0) {
    const lost = await tx
      .update(ecsTask)
      .set({ missingSince: sql`now()`, changedAt: sql`now()` })
      .where(and(inArray(ecsTask.taskArn, missing), isNull(ecsTask.missingSince), isNull(ecsTask.stoppedAt)))
      .returning({ attemptId: ecsTask.attemptId });
    for (const row of lost) if (row.attemptId) changes.attempts.add(row.attemptId);
  }
  await joinByEvidence(tx, scope, changes);
}

/** Tasks as events tell them: only what is newer than what is known, for an event leaves out tags. @returns how many were news */
export async function ingestEcsEvents(tx: Transaction, scope: Scope, changes: Changes, facts: EcsTaskFact[]): Promise<number> {
  const newest = new Map<string, EcsTaskFact>();
  for (const fact of facts) if ((newest.get(fact.taskArn)?.version ?? -1) < fact.version) newest.set(fact.taskArn, fact);
  const rows = toTaskRows(scope, [...newest.values()], false);
  const guard = sql`excluded.version > ${ecsTask.version}`;
  // Whom a task said to be when it was described stays said.
  const insertOnly: ("claim" | "joinKey")[] = ["claim", "joinKey"];
  const written = await upsertChanged(tx, rows, { table: ecsTask, key: ["taskArn"], silent: ["changedAt"], insertOnly, guard });
  await settleTasks(tx, scope, changes, written);
  if (written.length > 0) await joinByEvidence(tx, scope, changes);
  return written.length;
}

function toTaskRows(scope: Scope, facts: EcsTaskFact[], isDescribed: boolean) {
  return facts.map((fact) => ({
    environment: scope.environment,
    missingSince: null,
    ...fact,
    isDescribed,
    changedAt: writtenAt(scope, fact),
  }));
}

async function settleTasks(tx: Transaction, scope: Scope, changes: Changes, written: (typeof ecsTask.$inferSelect)[]): Promise<void> {
  const claimed = settle(scope, changes, written);
  if (claimed.length === 0) return;
  await tx.execute(sql`
    update ${ecsTask} set attempt_id = claimed.attempt_id, joined_by = 'join_key'
    from unnest(${texts(claimed.map(({ row }) => row.taskArn))}, ${texts(claimed.map(({ attemptId }) => attemptId))}) as claimed(task_arn, attempt_id)
    where ${ecsTask.taskArn} = claimed.task_arn`);
}

const texts = (values: string[]) => sql`${arrayLiteral(values)}::text[]`;

/** Notes whose cost the rows change. @returns those whose join key names another attempt than they are joined to */
function settle<T extends { joinKey: string | null; attemptId: string | null }>(scope: Scope, changes: Changes, written: T[]) {
  const claimed: { row: T; attemptId: string }[] = [];
  for (const row of written) {
    const { attemptId } = joinedByKey(scope, row.joinKey);
    if (attemptId && row.attemptId !== attemptId) claimed.push({ row, attemptId });
    const owner = attemptId ?? row.attemptId;
    if (owner) changes.attempts.add(owner);
    changes.keys.add("runs");
  }
  return claimed;
}

/** Revisions of task definitions, each kept as it was first read. */
export async function ingestTaskDefinitions(tx: Transaction, scope: Scope, facts: TaskDefinitionFact[]): Promise<void> {
  if (facts.length === 0) return;
  const rows = facts.map(({ name, registeredAt, ...definition }) => ({
    environment: scope.environment,
    name,
    definition,
    registeredAt,
    seenAt: scope.stamp?.({ registeredAt }) ?? sql`now()`,
  }));
  await tx.insert(taskDefinition).values(rows).onConflictDoNothing();
}

type RunKey = Pick<GlueRunFact, "jobName" | "jobRunId">;

/** Glue runs as Glue has them, and those it no longer has; an answer older than the last modification that is known changes nothing. */
export async function ingestGlueRuns(
  tx: Transaction,
  scope: Scope,
  changes: Changes,
  facts: GlueRunFact[],
  missing: RunKey[] = [],
): Promise<void> {
  const decimal = (value: number | null) => (value === null ? null : String(value));
  const rows = facts.map((fact) => ({
    environment: scope.environment,
    ...fact,
    maxCapacityDpu: decimal(fact.maxCapacityDpu),
    dpuSeconds: decimal(fact.dpuSeconds),
    missingSince: null,
    changedAt: writtenAt(scope, fact),
  }));
  const written = await upsertChanged(tx, rows, {
    table: glueRun,
    key: ["environment", "jobName", "jobRunId"],
    silent: ["changedAt"],
    guard: sql`coalesce(excluded.modified_at >= ${glueRun.modifiedAt}, true)`,
  });
  const claimed = settle(scope, changes, written);
  if (claimed.length > 0)
    await tx.execute(sql`
      update ${glueRun} set attempt_id = claimed.attempt_id, joined_by = 'join_key'
      from unnest(${texts(claimed.map(({ row }) => row.jobName))}, ${texts(claimed.map(({ row }) => row.jobRunId))},
        ${texts(claimed.map(({ attemptId }) => attemptId))}) as claimed(job_name, job_run_id, attempt_id)
      where ${glueRun.environment} = ${scope.environment} and ${glueRun.jobName} = claimed.job_name and ${glueRun.jobRunId} = claimed.job_run_id`);
  for (const key of missing) {
    const lost = await tx
      .update(glueRun)
      .set({ missingSince: sql`now()`, changedAt: sql`now()` })
      .where(
        and(isRun({ environment: scope.environment, ...key }), isNull(glueRun.missingSince), notInArray(glueRun.state, endedGlueStates)),
      )
      .returning({ attemptId: glueRun.attemptId });
    if (lost.length > 0) changes.keys.add("runs");
    for (const row of lost) if (row.attemptId) changes.attempts.add(row.attemptId);
  }
  await joinByEvidence(tx, scope, changes);
}

const isRun = (key: RunKey & { environment: string }) =>
  and(eq(glueRun.environment, key.environment), eq(glueRun.jobName, key.jobName), eq(glueRun.jobRunId, key.jobRunId));

/** What CloudWatch said so far, null: nothing yet. `isFinal`: it is not asked again. */
export interface Measured<Key, Value> {
  key: Key;
  value: Value | null;
  isFinal: boolean;
}

/** What CloudWatch said of containers and Glue runs. */
export async function ingestMeasures(
  tx: Transaction,
  scope: Scope,
  changes: Changes,
  tasks: Measured<string, Usage>[],
  runs: Measured<RunKey, SparkMetrics>[],
): Promise<void> {
  for (const { key, value, isFinal } of tasks) {
    const [row] = await tx
      .update(ecsTask)
      .set({ usageReadAt: sql`now()`, isMeasured: isFinal, ...(value ? { usage: value } : {}) })
      .where(eq(ecsTask.taskArn, key))
      .returning({ attemptId: ecsTask.attemptId });
    if (value && row?.attemptId) changes.attempts.add(row.attemptId);
  }
  for (const { key, value, isFinal } of runs) {
    const [row] = await tx
      .update(glueRun)
      .set({ metricsReadAt: sql`now()`, isMeasured: isFinal, ...(value ? { metrics: value } : {}) })
      .where(isRun({ environment: scope.environment, ...key }))
      .returning({ attemptId: glueRun.attemptId });
    if (value && row?.attemptId) changes.attempts.add(row.attemptId);
  }
}
