import { setTimeout as delay } from "node:timers/promises";
import { callAirflow } from "./airflow-call";
import { majorOf } from "./airflow-versions";
import type { Options } from "./options";
import { explain, Fix } from "./steps";

export const pipeline = "sales_daily";
const finished = ["success", "failed"];
const deadlineMs = 600_000;

async function invoke(options: Options, method: "GET" | "POST", path: string, body?: Record<string, unknown>) {
  const { status, answer } = await callAirflow(options, { method, path, body });
  if (status >= 400) throw new Fix(`Airflow refused ${method} ${path}: ${status} ${JSON.stringify(answer)}`);
  return answer as Record<string, unknown>;
}

/** Resolves when Airflow has parsed the pipeline's file. */
export async function untilPipelineIsKnown(options: Options): Promise<void> {
  const until = Date.now() + 120_000;
  for (;;) {
    const isKnown = await invoke(options, "GET", `/dags/${pipeline}`).then(
      () => true,
      () => false,
    );
    if (isKnown) return;
    if (Date.now() > until)
      throw new Fix(`Airflow did not load dags/${pipeline}.py`, "See its import errors in the log of airflow-dag-processor.");
    await delay(250);
  }
}

/** Airflow 3 wants to be told that a run has no logical date, Airflow 2 gives it one. */
export const anyDate = ({ airflow }: Pick<Options, "airflow">): Record<string, unknown> =>
  majorOf(airflow) === 3 ? { logical_date: null } : {};

/** Triggers the pipeline without the dashboard; returns the run's id. */
export async function triggerThroughAirflow(options: Options): Promise<string> {
  const run = await invoke(options, "POST", `/dags/${pipeline}/dagRuns`, anyDate(options));
  return String(run.dag_run_id);
}

/** Waits for the end of a run. A busy machine's Airflow may miss MWAA's ten seconds now and then. @throws Fix naming the failed tasks */
export async function untilRunSucceeded(options: Options, runId: string, isStopping: () => boolean): Promise<void> {
  const path = `/dags/${pipeline}/dagRuns/${encodeURIComponent(runId)}`;
  const until = Date.now() + deadlineMs;
  let state = "not known";
  let problem = "";
  while (!finished.includes(state)) {
    if (isStopping()) throw new Fix("stopped while the run was going on");
    if (Date.now() > until) throw new Fix(`${pipeline} ${runId} is still ${state} after ${deadlineMs / 60_000} minutes ${problem}`.trim());
    await delay(500);
    try {
      state = String((await invoke(options, "GET", path)).state);
      problem = "";
    } catch (error) {
      problem = explain(error);
    }
  }
  if (state === "success") return;
  const tasks = (await invoke(options, "GET", `${path}/taskInstances`)).task_instances as { task_id: string; state: string }[];
  const failed = tasks.filter((task) => task.state === "failed").map((task) => task.task_id);
  throw new Fix(`${pipeline} ${runId} failed in ${failed.join(", ") || "no task of its own"}`);
}
