import "server-only";
import { and, asc, eq, getTableColumns, inArray, sql } from "drizzle-orm";
import type { RunId } from "@/lib/schemas/run";
import { ledger } from "../db";
import { attempt, ecsTask, environment, failure, glueRun, tableLoad } from "../schema";
import { keyRows } from "./runs";

export type AttemptRow = typeof attempt.$inferSelect;
export type EcsTaskRow = typeof ecsTask.$inferSelect;
export type GlueRunRow = typeof glueRun.$inferSelect;
export type FailureRow = typeof failure.$inferSelect;

/** An attempt with what was joined to it. */
export interface JoinedAttempt {
  attempt: AttemptRow;
  ecsTask: EcsTaskRow | null;
  glueRun: GlueRunRow | null;
  /** All of them, for what they cost together. */
  metered: { ecsTasks: EcsTaskRow[]; glueRuns: GlueRunRow[] };
  failure: FailureRow | null;
  tables: string[];
}

export type FailedAttempt = Pick<JoinedAttempt, "attempt" | "failure">;

/** One pass over the rows: a run may have thousands of attempts. */
function byAttempt<T extends { attemptId: string | null }>(rows: T[]): Map<string | null, T[]> {
  const found = new Map<string | null, T[]>();
  for (const row of rows) {
    const own = found.get(row.attemptId);
    if (own) own.push(row);
    else found.set(row.attemptId, [row]);
  }
  return found;
}

export async function joinAttempts(attempts: AttemptRow[]): Promise<JoinedAttempt[]> {
  const ids = attempts.map((row) => row.id);
  if (ids.length === 0) return [];
  const [tasks, jobs, failures, loads] = await Promise.all([
    // A reattached or retried launch may leave several containers on one attempt: the newest is shown.
    ledger().select().from(ecsTask).where(inArray(ecsTask.attemptId, ids)).orderBy(sql`${ecsTask.createdAt} asc nulls first`),
    ledger().select().from(glueRun).where(inArray(glueRun.attemptId, ids)).orderBy(sql`${glueRun.startedAt} asc nulls first`),
    ledger().select().from(failure).where(inArray(failure.attemptId, ids)),
    ledger()
      .select({ attemptId: tableLoad.attemptId, table: tableLoad.tableName })
      .from(tableLoad)
      .where(inArray(tableLoad.attemptId, ids))
      .orderBy(asc(tableLoad.tableName)),
  ]);
  const [ownTasks, ownJobs, ownLoads] = [byAttempt(tasks), byAttempt(jobs), byAttempt(loads)];
  const newest = <T extends { attemptId: string | null }>(rows: T[]) => new Map(rows.map((row) => [row.attemptId, row]));
  const [taskOf, jobOf, failureOf] = [newest(tasks), newest(jobs), new Map(failures.map((row) => [row.attemptId, row]))];
  return attempts.map((row) => ({
    attempt: row,
    ecsTask: taskOf.get(row.id) ?? null,
    glueRun: jobOf.get(row.id) ?? null,
    metered: { ecsTasks: ownTasks.get(row.id) ?? [], glueRuns: ownJobs.get(row.id) ?? [] },
    failure: failureOf.get(row.id) ?? null,
    tables: [...new Set((ownLoads.get(row.id) ?? []).map((load) => load.table))],
  }));
}

export const inRun = (id: RunId) =>
  and(eq(attempt.environment, id.environment), eq(attempt.pipeline, id.pipeline), eq(attempt.runId, id.runId));

/** Every try of every task of a run, in order of start; what has not started comes last. */
export async function selectAttempts(id: RunId): Promise<JoinedAttempt[]> {
  const rows = await ledger()
    .select()
    .from(attempt)
    .where(inRun(id))
    .orderBy(
      sql`coalesce(${attempt.startedAt}, ${attempt.queuedAt}) asc nulls last`,
      asc(attempt.taskId),
      asc(attempt.mapIndex),
      asc(attempt.tryNumber),
    );
  return joinAttempts(rows);
}

export async function selectAttempt(id: string): Promise<JoinedAttempt | null> {
  const rows = await ledger().select().from(attempt).where(eq(attempt.id, id));
  return (await joinAttempts(rows))[0] ?? null;
}

/** The first failed task's latest attempt in each run, with its failure: one query, as lists ask for it. */
export async function selectFirstFailures(runs: RunId[]): Promise<FailedAttempt[]> {
  if (runs.length === 0) return [];
  return ledger()
    .selectDistinctOn([attempt.environment, attempt.pipeline, attempt.runId], {
      attempt: getTableColumns(attempt),
      failure: getTableColumns(failure),
    })
    .from(attempt)
    .leftJoin(failure, eq(failure.attemptId, attempt.id))
    .innerJoin(
      keyRows(runs),
      sql`${attempt.environment} = k.environment and ${attempt.pipeline} = k.pipeline and ${attempt.runId} = k.run_id`,
    )
    .where(and(eq(attempt.isLatest, true), eq(attempt.state, "failed")))
    .orderBy(attempt.environment, attempt.pipeline, attempt.runId, sql`${attempt.endedAt} asc nulls last`, attempt.taskId);
}

export async function selectEnvironment(name: string): Promise<typeof environment.$inferSelect | null> {
  const rows = await ledger().select().from(environment).where(eq(environment.name, name));
  return rows[0] ?? null;
}
