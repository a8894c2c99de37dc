import "server-only";
import { and, eq, type SQL, sql } from "drizzle-orm";
import type { AttemptFact } from "@/lib/schemas/facts";
import { arrayParameter } from "@/server/ledger/array-binary";
import { attemptId } from "@/server/ledger/attempt-id";
import type { Transaction } from "@/server/ledger/db";
import { attempt } from "@/server/ledger/schema";
import { upsertNews } from "@/server/ledger/upsert";
import { costOf } from "./costs";
import { type Changes, type Scope, writtenAt } from "./scope";

interface TaskRef {
  pipeline: string;
  runId: string;
  taskId: string;
  mapIndex: number;
}

export const endedStates = ["success", "failed", "skipped", "upstream_failed", "removed"];
const notBegun = ["none", "scheduled", "queued"];

type Known = Pick<typeof attempt.$inferSelect, "pipeline" | "runId" | "taskId" | "mapIndex" | "tryNumber" | "state" | "startedAt">;

const isWaiting = (fact: AttemptFact) => notBegun.includes(fact.state) && fact.startedAt === null;

const taskOf = (key: TaskRef) => JSON.stringify([key.pipeline, key.runId, key.taskId, key.mapIndex]);

/** The tries that the ledger has of these tasks. */
async function knownTries(tx: Transaction, scope: Scope, facts: TaskRef[]): Promise<Map<string, Known[]>> {
  const known = new Map<string, Known[]>();
  if (facts.length === 0) return known;
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
    .innerJoin(runsOf(facts), isOfRuns(scope));
  for (const row of rows) {
    const task = taskOf(row);
    if (tasks.has(task)) known.set(task, [...(known.get(task) ?? []), row]);
  }
  return known;
}

/** Their runs, each once, to be joined: one look-up each, however many there are. */
function runsOf(facts: Pick<TaskRef, "pipeline" | "runId">[]): SQL {
  const runs = new Map(facts.map(({ pipeline, runId }) => [`${pipeline}\0${runId}`, { pipeline, runId }]));
  const each = [...runs.values()];
  const pipelines = arrayParameter(
    each.map(({ pipeline }) => pipeline),
    "text",
  );
  const runIds = arrayParameter(
    each.map(({ runId }) => runId),
    "text",
  );
  return sql`unnest(${pipelines}::text[], ${runIds}::text[]) as of_run(pipeline, run_id)`;
}

const isOfRuns = (scope: Scope) =>
  and(eq(attempt.environment, scope.environment), sql`${attempt.pipeline} = of_run.pipeline and ${attempt.runId} = of_run.run_id`);

/**
 * The try that a task instance's answer is about. Airflow counts a try when it schedules it: before the first it says 0, and a cleared task still
 * carries the number of the try that ended, which must not be overwritten.
 */
export function effectiveTry(fact: AttemptFact, known: Known[]): number {
  const told = Math.max(1, fact.tryNumber);
  const same = known.find((row) => row.tryNumber === told);
  const isCleared = isWaiting(fact) && same !== undefined && same.startedAt !== null && endedStates.includes(same.state);
  return isCleared ? told + 1 : told;
}

/** Exactly the newest try of each task is the latest. Only runs with a task that has more than one try need to be told, and these are few. */
async function markLatest(tx: Transaction, scope: Scope, added: TaskRef[]): Promise<void> {
  if (added.length === 0) return;
  // Run by run: the planner does not know how few have more than one, and would look through all that were ever retried, for each run.
  const { rows: concerned } = await tx.execute<{ pipeline: string; runId: string }>(sql`
    select of_run.pipeline, of_run.run_id as "runId" from ${runsOf(added)}
    cross join lateral (select 1 from ${attempt} where ${isOfRuns(scope)} and ${attempt.tryNumber} > 1 limit 1) again`);
  if (concerned.length === 0) return;
  await tx.execute(sql`
    update ${attempt} a set is_latest = told.is_newest from (
      select id, is_latest, try_number = max(try_number) over (partition by pipeline, run_id, task_id, map_index) as is_newest from (
        select tries.* from ${runsOf(concerned)} cross join lateral (select * from ${attempt} where ${isOfRuns(scope)} offset 0) tries) tries) told
    where a.id = told.id and told.is_latest is distinct from told.is_newest`);
}

/** Task instances as Airflow has them now, each as one try. */
export async function ingestAttempts(tx: Transaction, scope: Scope, changes: Changes, facts: AttemptFact[]): Promise<void> {
  if (facts.length === 0) return;
  const known = await knownTries(tx, scope, facts.filter(isWaiting));
  const rows = facts.map((fact) => {
    const tryNumber = effectiveTry(fact, isWaiting(fact) ? (known.get(taskOf(fact)) ?? []) : []);
    const cost = costOf(fact, null);
    const costUsd = cost?.usd ?? null;
    const row = {
      ...fact,
      environment: scope.environment,
      tryNumber,
      id: "",
      isLatest: true,
      cost,
      costUsd,
      changedAt: writtenAt(scope, fact),
    };
    row.id = attemptId(row);
    return row;
  });
  const written = await upsertNews(tx, rows, {
    table: attempt,
    key: ["id"],
    silent: ["changedAt"],
    insertOnly: ["isLatest", "cost", "costUsd"],
  });
  await markLatest(
    tx,
    scope,
    written.filter(({ isNew }) => isNew).map(({ row }) => row),
  );
  for (const { row, isNew } of written) {
    changes.run(row.environment, row.pipeline, row.runId);
    if (isNew) changes.unjoined.add(row.id);
    else changes.attempts.add(row.id);
  }
}
