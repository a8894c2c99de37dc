import "server-only";
import { AttemptState } from "@/lib/schemas/attempt";
import type { RunId } from "@/lib/schemas/run";
import type { WhyQueued } from "@/lib/schemas/structure";
import type { User } from "@/lib/schemas/user";
import { type WaitingTask, whyWaiting } from "@/lib/why-queued";
import { allow } from "./auth";
import { honest } from "./health";
import { selectIntentOfRun } from "./ledger/read/activity";
import { type JoinedAttempt, selectAttempts, selectEnvironment } from "./ledger/read/attempts";
import { selectPipeline } from "./ledger/read/pipelines";
import { selectAirflowState, selectDagSetting, selectDagVersion } from "./ledger/read/structure";
import { type OpenAttempt, selectActiveRuns, selectNotYetBefore, selectOpenAttempts, selectTasksInForce } from "./ledger/read/waiting";
import { findRun } from "./runs";

/** Why a run, or tasks of it, still wait: by what the ledger knows, so that it costs no call. @throws AppError `not_found` with near names */
export async function whyQueued(user: User, id: RunId): Promise<WhyQueued> {
  allow(user, "read");
  const row = await findRun(id, await selectIntentOfRun(id));
  const honesty = await honest(["airflow", "ecs", "glue"], id.environment);
  if (row.isGone || (row.state !== "queued" && row.state !== "running"))
    return { ...honesty, sentence: [{ text: "Nothing of this run waits." }], reasons: [] };
  const [pipeline, setting, state, environment, attempts, activeRuns, open] = await Promise.all([
    selectPipeline(id.environment, id.pipeline),
    selectDagSetting(id.environment, id.pipeline),
    selectAirflowState(id.environment),
    selectEnvironment(id.environment),
    selectAttempts(id),
    selectActiveRuns(id),
    selectOpenAttempts(id.environment),
  ]);
  const version = row.dagVersion ?? setting?.currentVersion ?? null;
  const [own, inForce] = await Promise.all([
    version === null ? null : selectDagVersion(id.environment, id.pipeline, version),
    selectTasksInForce(id.environment, [...new Set(open.map((each) => each.pipeline))]),
  ]);
  const tasks = own?.tasks ?? inForce.get(id.pipeline) ?? null;
  const latest = attempts.filter(({ attempt }) => attempt.isLatest);
  const inPast = (tasks ?? []).flatMap(({ taskId, dependsOnPast }) => (dependsOnPast ? taskId : []));
  const found = whyWaiting({
    now: Date.now(),
    state: row.state,
    isPaused: pipeline?.isPaused ?? null,
    maxActiveRuns: setting?.maxActiveRuns ?? null,
    maxActiveTasks: setting?.maxActiveTasks ?? null,
    activeRuns,
    activeTasks: countActive(open, id, environment?.airflowVersion ?? null),
    waiting: latest.map(toWaiting),
    states: statesOf(latest),
    notYetInRunBefore: new Set(await selectNotYetBefore(row, inPast)),
    tasks,
    pools: state?.pools && state.poolsReadAt ? { facts: state.pools, readAt: state.poolsReadAt.getTime() } : null,
    poolUsers: usersOf(open, inForce),
    heartbeats: state?.heartbeats && state.heartbeatsReadAt ? { facts: state.heartbeats, readAt: state.heartbeatsReadAt.getTime() } : null,
  });
  return { ...honesty, ...found };
}

/** Airflow 3 counts the tasks of each run by itself (release notes of 3.0, max_active_tasks), Airflow 2 those of all runs. */
function countActive(open: OpenAttempt[], { pipeline, runId }: RunId, airflowVersion: string | null): number {
  const isPerRun = !airflowVersion?.startsWith("2.");
  return open.filter((each) => each.pipeline === pipeline && (!isPerRun || each.runId === runId)).length;
}

const stateOf = (text: string) => AttemptState.safeParse(text).data ?? "unknown";

function statesOf(latest: JoinedAttempt[]): Map<string, AttemptState[]> {
  const states = new Map<string, AttemptState[]>();
  for (const { attempt } of latest) states.set(attempt.taskId, [...(states.get(attempt.taskId) ?? []), stateOf(attempt.state)]);
  return states;
}

function toWaiting({ attempt, ecsTask, glueRun }: JoinedAttempt): WaitingTask {
  return {
    taskId: attempt.taskId,
    state: stateOf(attempt.state),
    since: attempt.queuedAt?.getTime() ?? null,
    container: ecsTask && {
      lastStatus: ecsTask.lastStatus,
      capacityProvider: ecsTask.capacityProvider,
      stoppedReason: ecsTask.stoppedReason,
      createdAt: ecsTask.createdAt?.getTime() ?? null,
    },
    glue: glueRun && { jobName: glueRun.jobName, state: glueRun.state, stateDetail: glueRun.stateDetail },
  };
}

/** By pool: the pipelines whose tasks have its slots, those with the most first. */
function usersOf(open: OpenAttempt[], inForce: Map<string, { taskId: string; pool: string | null; poolSlots: number | null }[]>) {
  const counts = new Map<string, Map<string, number>>();
  for (const each of open) {
    const task = inForce.get(each.pipeline)?.find(({ taskId }) => taskId === each.taskId);
    if (!task?.pool) continue;
    const users = counts.get(task.pool) ?? new Map<string, number>();
    const name = `${each.pipeline} ${each.runId}`;
    users.set(name, (users.get(name) ?? 0) + (task.poolSlots ?? 1));
    counts.set(task.pool, users);
  }
  return new Map(
    [...counts].map(([pool, users]) => [
      pool,
      [...users].map(([name, count]) => ({ name, count })).sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1)),
    ]),
  );
}
