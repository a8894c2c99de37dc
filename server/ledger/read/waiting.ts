import "server-only";
import { and, asc, eq, inArray, lt, sql } from "drizzle-orm";
import type { RunId } from "@/lib/schemas/run";
import type { PipelineTask } from "@/lib/schemas/structure";
import { ledger } from "../db";
import { attempt, run } from "../schema";
import { dagSetting, dagVersion } from "../schema-airflow";
import type { RunRow } from "./runs";

const mostRuns = 100;
const mostAttempts = 1_000;

/** Other runs of the pipeline that are at work, the longest first. */
export async function selectActiveRuns({ environment, pipeline, runId }: RunId): Promise<string[]> {
  const rows = await ledger()
    .select({ runId: run.runId })
    .from(run)
    .where(and(eq(run.state, "running"), eq(run.pipeline, pipeline), eq(run.environment, environment), eq(run.isGone, false)))
    .orderBy(asc(run.sortAt))
    .limit(mostRuns);
  return rows.map((row) => row.runId).filter((id) => id !== runId);
}

export interface OpenAttempt {
  pipeline: string;
  runId: string;
  taskId: string;
  state: string;
}

/** Tasks of the environment that run or are handed to a worker: those that have a pool's slots. */
export async function selectOpenAttempts(environment: string): Promise<OpenAttempt[]> {
  const { rows } = await ledger().execute<{ pipeline: string; run_id: string; task_id: string; state: string }>(sql`
    select a.pipeline, a.run_id, a.task_id, a.state
    from (select pipeline, run_id from ${run} where state = 'running' and environment = ${environment} and not is_gone limit ${mostAttempts}) r
    cross join lateral (select pipeline, run_id, task_id, state from ${attempt} a where a.environment = ${environment} and a.pipeline = r.pipeline
      and a.run_id = r.run_id and a.is_latest and a.state in ('running', 'queued') offset 0) a
    limit ${mostAttempts}`);
  return rows.map((row) => ({ pipeline: row.pipeline, runId: row.run_id, taskId: row.task_id, state: row.state }));
}

/** The tasks of each pipeline's version in force. */
export async function selectTasksInForce(environment: string, pipelines: string[]): Promise<Map<string, PipelineTask[]>> {
  if (pipelines.length === 0) return new Map();
  const rows = await ledger()
    .select({ pipeline: dagVersion.pipeline, tasks: dagVersion.tasks })
    .from(dagSetting)
    .innerJoin(
      dagVersion,
      and(
        eq(dagVersion.environment, dagSetting.environment),
        eq(dagVersion.pipeline, dagSetting.pipeline),
        eq(dagVersion.version, dagSetting.currentVersion),
      ),
    )
    .where(and(eq(dagSetting.environment, environment), inArray(dagSetting.pipeline, pipelines)));
  return new Map(rows.flatMap(({ pipeline, tasks }) => (tasks ? [[pipeline, tasks] as const] : [])));
}

/** Of these tasks, those that did not end well in the run before; none when there was none. */
export async function selectNotYetBefore({ environment, pipeline, sortAt }: RunRow, taskIds: string[]): Promise<string[]> {
  if (taskIds.length === 0) return [];
  const [before] = await ledger()
    .select({ runId: run.runId })
    .from(run)
    .where(and(eq(run.environment, environment), eq(run.pipeline, pipeline), eq(run.isGone, false), lt(run.sortAt, sortAt)))
    .orderBy(sql`${run.sortAt} desc`)
    .limit(1);
  if (!before) return [];
  const rows = await ledger()
    .select({ taskId: attempt.taskId })
    .from(attempt)
    .where(
      and(
        eq(attempt.environment, environment),
        eq(attempt.pipeline, pipeline),
        eq(attempt.runId, before.runId),
        inArray(attempt.taskId, taskIds),
        eq(attempt.isLatest, true),
        sql`${attempt.state} not in ('success', 'skipped')`,
      ),
    );
  return rows.map((row) => row.taskId);
}
