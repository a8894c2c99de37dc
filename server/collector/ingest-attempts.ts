import "server-only";
import { and, eq, inArray, sql } from "drizzle-orm";
import type { AttemptFact } from "@/lib/schemas/facts";
import { attemptId } from "@/server/ledger/attempt-id";
import type { Transaction } from "@/server/ledger/db";
import { attempt } from "@/server/ledger/schema";
import { upsertChanged } from "@/server/ledger/upsert";
import type { Changes, Scope } from "./scope";

interface TaskRef {
  pipeline: string;
  runId: string;
  taskId: string;
  mapIndex: number;
}

export const endedStates = ["success", "failed", "skipped", "upstream_failed", "removed"];
const notBegun = ["none", "scheduled", "queued"];

type Known = Pick<typeof attempt.$inferSelect, "pipeline" | "runId" | "taskId" | "mapIndex" | "tryNumber" | "state" | "startedAt">;

const taskOf = (key: TaskRef) => JSON.stringify([key.pipeline, key.runId, key.taskId, key.mapIndex]);

async function knownTries(tx: Transaction, scope: Scope, facts: TaskRef[]): Promise<Map<string, Known[]>> {
  const runs = [...new Set(facts.map((fact) => fact.runId))];
  const pipelines = [...new Set(facts.map((fact) => fact.pipeline))];
  const tasks = new Set(facts.map(taskOf));
  const rows = await tx
    .select({
      pipeline: attempt.pipeline,
      runId: attempt.runId,
      taskId: attempt.taskId,
      mapIndex: attempt.mapIndex,
      tryNumber: attempt.tryNumber,
      state: attempt.state,
      startedAt: attempt.startedAt,
    })
    .from(attempt)
    .where(and(eq(attempt.environment, scope.environment), inArray(attempt.pipeline, pipelines), inArray(attempt.runId, runs)));
  const known = new Map<string, Known[]>();
  for (const row of rows) {
    const task = taskOf(row);
    if (tasks.has(task)) known.set(task, [...(known.get(task) ?? []), row]);
  }
  return known;
}

/**
 * The try that a task instance's answer is about. Airflow counts a try when it schedules it: before the first it says 0, and a cleared task still
 * carries the number of the try that ended, which must not be overwritten.
 */
export function effectiveTry(fact: AttemptFact, known: Known[]): number {
  const told = Math.max(1, fact.tryNumber);
  const same = known.find((row) => row.tryNumber === told);
  const isCleared =
    notBegun.includes(fact.state) &&
    fact.startedAt === null &&
    same !== undefined &&
    same.startedAt !== null &&
    endedStates.includes(same.state);
  return isCleared ? told + 1 : told;
}

/** Exactly the newest try of each task is the latest. */
async function markLatest(tx: Transaction, scope: Scope, facts: TaskRef[]): Promise<void> {
  const runs = [...new Set(facts.map((fact) => fact.runId))];
  const pipelines = [...new Set(facts.map((fact) => fact.pipeline))];
  await tx.execute(sql`
    update ${attempt} a set is_latest = (a.try_number = newest.try_number)
    from (
      select pipeline, run_id, task_id, map_index, max(try_number) as try_number from ${attempt}
      where environment = ${scope.environment} and ${inArray(attempt.pipeline, pipelines)} and ${inArray(attempt.runId, runs)}
      group by pipeline, run_id, task_id, map_index
    ) newest
    where a.environment = ${scope.environment} and a.pipeline = newest.pipeline and a.run_id = newest.run_id and a.task_id = newest.task_id
      and a.map_index = newest.map_index and a.is_latest is distinct from (a.try_number = newest.try_number)`);
}

/** Task instances as Airflow has them now, each as one try. */
export async function ingestAttempts(tx: Transaction, scope: Scope, changes: Changes, facts: AttemptFact[]): Promise<void> {
  if (facts.length === 0) return;
  const known = await knownTries(tx, scope, facts);
  const changedAt = new Date();
  const rows = facts.map((fact) => {
    const tryNumber = effectiveTry(fact, known.get(taskOf(fact)) ?? []);
    const { pipeline, runId, taskId, mapIndex, ...rest } = fact;
    const key = { environment: scope.environment, pipeline, runId, taskId, mapIndex, tryNumber };
    return { ...rest, ...key, id: attemptId(key), isLatest: true, changedAt };
  });
  const written = await upsertChanged(tx, rows, { table: attempt, key: ["id"], silent: ["changedAt"], insertOnly: ["isLatest"] });
  if (written.length > 0) await markLatest(tx, scope, written);
  for (const row of written) {
    changes.run(row.environment, row.pipeline, row.runId);
    changes.attempts.add(row.id);
  }
}
