import { setTimeout as delay } from "node:timers/promises";
import { type AirflowAnswer, callAirflow } from "../airflow-call";
import type { Options } from "../options";
import { anyDate } from "../run-and-wait";
import { explain, Fix, step } from "../steps";

export const faults = ["exit_137", "image_not_found", "glue_timeout", "db_lock"] as const;
const longest = 250;
/** Every character that a run's id may have by Airflow's own rule. */
const runAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.~:+-";
const longRunId = `record__${runAlphabet.repeat(longest)}`.slice(0, longest);
const deadlineMs = 1_200_000;

export interface Recorded {
  trigger: AirflowAnswer;
  conflict: AirflowAnswer;
  badParams: AirflowAnswer;
  longDag: string;
  longRunId: string;
}

/** The runs that every version is recorded and compared with, to their ends. */
export async function runEverything(options: Options, isStopping: () => boolean): Promise<Recorded> {
  const longDag = await step("Airflow has read the recorder's pipelines", () => untilLongDagIsKnown(options));
  const trigger = (dag: string, runId: string, conf = {}) =>
    callAirflow(options, { method: "POST", path: dagRuns(dag), body: { dag_run_id: runId, conf, ...anyDate(options) } });
  const start = async (dag: string, runId: string, conf = {}) => {
    const { status, answer } = await trigger(dag, runId, conf);
    if (status !== 200) throw new Fix(`Airflow did not start ${dag} ${runId}: ${status} ${JSON.stringify(answer)}`);
  };
  const wait = (dag: string, runId: string, wanted: string) =>
    step(`${dag.slice(0, 40)} ${runId.slice(0, 40)}: ${wanted}`, () => untilEnded(options, dag, runId, wanted, isStopping));

  const first = await trigger("sales_daily", "record__sales");
  const conflict = await trigger("sales_daily", "record__sales");
  const badParams = await trigger("orders_faults", "record__bad_params", { fault: "earthquake" });
  await start("recorder_tasks", "record__tasks");
  await start(longDag, longRunId);
  await wait("sales_daily", "record__sales", "success");
  await wait("recorder_tasks", "record__tasks", "success");
  await wait(longDag, longRunId, "success");
  await start("fx_rates_hourly", "record__rates");
  await start("orders_faults", "record__exit_137", { fault: "exit_137" });
  await start("orders_faults", "record__image_not_found", { fault: "image_not_found" });
  await wait("fx_rates_hourly", "record__rates", "success");
  await wait("orders_faults", "record__exit_137", "failed");
  await clearFailed(options, "orders_faults", "record__exit_137");
  await wait("orders_faults", "record__exit_137", "failed");
  await wait("orders_faults", "record__image_not_found", "failed");
  await start("orders_faults", "record__glue_timeout", { fault: "glue_timeout" });
  await start("orders_faults", "record__db_lock", { fault: "db_lock" });
  await wait("orders_faults", "record__glue_timeout", "failed");
  await wait("orders_faults", "record__db_lock", "failed");
  return { trigger: first, conflict, badParams, longDag, longRunId };
}

const id = encodeURIComponent;
const dagRuns = (dag: string) => `/dags/${id(dag)}/dagRuns`;

/** Another try of what failed, as a person asks for it. */
async function clearFailed(options: Options, dag: string, runId: string): Promise<void> {
  const body = { dag_run_id: runId, only_failed: true, reset_dag_runs: true, dry_run: false };
  const { status, answer } = await callAirflow(options, { method: "POST", path: `/dags/${id(dag)}/clearTaskInstances`, body });
  if (status !== 200) throw new Fix(`Airflow did not clear ${runId}: ${status} ${JSON.stringify(answer)}`);
}

async function untilLongDagIsKnown(options: Options): Promise<string> {
  const until = Date.now() + 180_000;
  const idsOf = (answer: unknown) => (answer as { dags?: { dag_id: string }[] }).dags?.map((dag) => dag.dag_id) ?? [];
  for (;;) {
    const pages = [0, 40].map((offset) =>
      callAirflow(options, { method: "GET", path: "/dags", query: { limit: 40, offset, order_by: "dag_id" } }),
    );
    const known = (await Promise.all(pages)).flatMap(({ answer }) => idsOf(answer));
    const long = known.find((dag) => dag.startsWith("recorder_dag."));
    if (long && known.length >= 45) return long;
    if (Date.now() > until) throw new Fix(`Airflow has read only ${known.length} pipelines of 45`, "See its import errors.");
    await delay(500);
  }
}

async function untilEnded(options: Options, dag: string, runId: string, wanted: string, isStopping: () => boolean): Promise<void> {
  const until = Date.now() + deadlineMs;
  let state = "unknown";
  while (state !== "success" && state !== "failed") {
    if (isStopping()) throw new Fix("stopped while the runs were going on");
    if (Date.now() > until) throw new Fix(`${dag} ${runId} is still ${state}`);
    await delay(1_000);
    // A busy machine's Airflow may miss MWAA's ten seconds now and then.
    state = await callAirflow(options, { method: "GET", path: `${dagRuns(dag)}/${id(runId)}` }).then(
      ({ answer }) => String((answer as { state?: string }).state),
      (error) => explain(error),
    );
  }
  if (state !== wanted) throw new Fix(`${dag} ${runId} ended as ${state}, not as ${wanted}`);
}
