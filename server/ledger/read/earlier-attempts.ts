import "server-only";
import { and, desc, eq, inArray, lte, sql } from "drizzle-orm";
import { ledger } from "../db";
import { attempt, ecsTask, run } from "../schema";
import { taskDefinition } from "../schema-aws";
import type { AttemptRow, EcsTaskRow } from "./attempts";

/** So many runs are looked back for an attempt to compare with. */
const runsBack = 50;

/** The container of the last success of the same task before this attempt, else of the attempt before it; through the list of runs, which an index serves. */
export async function selectEarlierTask(of: AttemptRow): Promise<{ attempt: AttemptRow; ecsTask: EcsTaskRow } | null> {
  const [own] = await ledger()
    .select({ sortAt: run.sortAt })
    .from(run)
    .where(and(eq(run.environment, of.environment), eq(run.pipeline, of.pipeline), eq(run.runId, of.runId)));
  if (!own || of.startedAt === null) return null;
  const recent = ledger()
    .select({ runId: run.runId })
    .from(run)
    .where(and(eq(run.environment, of.environment), eq(run.pipeline, of.pipeline), lte(run.sortAt, own.sortAt)))
    .orderBy(desc(run.sortAt), desc(run.runId))
    .limit(runsBack);
  const [found] = await ledger()
    .select({ attempt, ecsTask })
    .from(attempt)
    .innerJoin(ecsTask, eq(ecsTask.attemptId, attempt.id))
    .where(
      and(
        eq(attempt.environment, of.environment),
        eq(attempt.pipeline, of.pipeline),
        inArray(attempt.runId, recent),
        eq(attempt.taskId, of.taskId),
        eq(attempt.mapIndex, of.mapIndex),
        sql`${attempt.startedAt} < ${of.startedAt}`,
      ),
    )
    .orderBy(sql`${attempt.state} = 'success' desc`, desc(attempt.startedAt), sql`${ecsTask.createdAt} desc nulls last`)
    .limit(1);
  return found ?? null;
}

/** What revisions say, by their names; one that was never read is left out. */
export async function selectTaskDefinitions(environment: string, names: string[]) {
  const rows = await ledger()
    .select()
    .from(taskDefinition)
    .where(and(eq(taskDefinition.environment, environment), inArray(taskDefinition.name, names)));
  return new Map(rows.map((row) => [row.name, row.definition]));
}
