import { setTimeout as delay } from "node:timers/promises";
import { airflowEnvironment, region } from "./names";
import type { Options } from "./options";
import { explain, Fix } from "./steps";

export const pipeline = "sales_daily";
const finished = ["success", "failed"];
const deadlineMs = 600_000;

/** A call of Airflow's REST API through the emulated MWAA. The signature is not checked there; the credential scope says which service is meant. */
async function invoke(options: Options, method: string, path: string, body?: object): Promise<Record<string, unknown>> {
  const scope = `Credential=local/20200101/${region}/airflow/aws4_request`;
  const response = await fetch(`http://127.0.0.1:${options.ports.aws}/restapi/${airflowEnvironment}`, {
    method: "POST",
    headers: { authorization: `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=local`, "content-type": "application/json" },
    body: JSON.stringify({ Method: method, Path: path, ...(body ? { Body: body } : {}) }),
    signal: AbortSignal.timeout(30_000),
  });
  const answer = (await response.json()) as { RestApiResponse?: Record<string, unknown>; message?: string };
  if (!response.ok) {
    const told = answer.RestApiResponse === undefined ? "" : ` ${JSON.stringify(answer.RestApiResponse)}`;
    throw new Fix(`Airflow refused ${method} ${path}: ${answer.message}${told}`);
  }
  return answer.RestApiResponse ?? {};
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

/** Triggers the pipeline without the dashboard; returns the run's id. */
export async function triggerThroughAirflow(options: Options): Promise<string> {
  const run = await invoke(options, "POST", `/dags/${pipeline}/dagRuns`, { logical_date: null });
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
