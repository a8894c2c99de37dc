import { setTimeout as delay } from "node:timers/promises";
import { type AirflowAnswer, type AirflowRequest, callAirflow } from "../airflow-call";
import { majorOf } from "../airflow-versions";
import type { Options } from "../options";
import type { Recorded } from "./runs";

/** One recorded answer, as it lies in server/sources/recorded/airflow/<major.minor>/<name>.json. */
export interface Recording extends AirflowAnswer {
  airflow: string;
  request: AirflowRequest;
}

/** The `[api] maximum_page_limit` of the recorded Airflow: below the number of its DAGs, above that of its task instances. */
export const pageLimit = 40;

const id = encodeURIComponent;
const runPath = (dag: string, run: string) => `/dags/${id(dag)}/dagRuns/${id(run)}`;
const taskPath = (dag: string, run: string, task: string) => `${runPath(dag, run)}/taskInstances/${id(task)}`;
const get = (path: string, query?: AirflowRequest["query"]): AirflowRequest => ({ method: "GET", path, ...(query ? { query } : {}) });

/** What is asked once all runs have ended, by name. */
function requests(major: 2 | 3, since: string, { longDag, longRunId }: Recorded): Record<string, AirflowRequest> {
  const isNew = major === 3;
  const inOrder: AirflowRequest["query"] = isNew ? { order_by: "id" } : {};
  const changed = { updated_at_gte: since, limit: 100, offset: 0 };
  const exitTwice = taskPath("orders_faults", "record__exit_137", "extract");
  const load = taskPath("sales_daily", "record__sales", "load");
  // Airflow 2 answers the text of a Python object unless it is told not to.
  const asJson = { map_index: -1, ...(isNew ? {} : { stringify: false }) };
  return {
    version: get("/version"),
    dags: get("/dags", { limit: 100, offset: 0, order_by: "dag_id" }),
    "dags-page-2": get("/dags", { limit: 1000, offset: pageLimit, order_by: "dag_id" }),
    "dag-details": get("/dags/orders_faults/details"),
    "dag-runs-changed": get("/dags/~/dagRuns", { ...changed, order_by: "id" }),
    "dag-runs-page": get("/dags/~/dagRuns", { ...changed, order_by: "id", limit: 2, offset: 2 }),
    "dag-run": get(runPath("sales_daily", "record__sales")),
    "dag-run-missing": get(runPath("sales_daily", "record__never")),
    "dag-runs-batch": {
      method: "POST",
      path: "/dags/~/dagRuns/list",
      body: { dag_ids: ["orders_faults"], order_by: "-id", page_limit: 100 },
    },
    "task-instances-batch": {
      method: "POST",
      path: "/dags/~/dagRuns/~/taskInstances/list",
      body: { dag_ids: ["recorder_tasks"], dag_run_ids: ["record__tasks"], task_ids: ["mapped"] },
    },
    "task-instance": get(exitTwice),
    "task-instances-changed": get("/dags/~/dagRuns/~/taskInstances", { ...changed, ...inOrder }),
    "task-instances-mapped": get(`${taskPath("recorder_tasks", "record__tasks", "mapped")}/listMapped`, { limit: 100 }),
    tries: get(`${exitTwice}/tries`),
    "tries-mapped": get(`${taskPath("recorder_tasks", "record__tasks", "mapped")}/1/tries`),
    "xcom-entries": get(`${load}/xcomEntries`, { map_index: -1, limit: 100 }),
    "xcom-ecs-task-arn": get(`${taskPath("sales_daily", "record__sales", "extract_orders")}/xcomEntries/ecs_task_arn`, asJson),
    "xcom-glue-details": get(`${load}/xcomEntries/glue_job_run_details`, asJson),
    "xcom-return-value": get(`${taskPath("fx_rates_hourly", "record__rates", "start_load")}/xcomEntries/return_value`, asJson),
    "dag-tasks": get("/dags/orders_faults/tasks"),
    "dag-tasks-mapped": get("/dags/recorder_tasks/tasks"),
    pools: get("/pools", { limit: 100, offset: 0 }),
    "import-errors": get("/importErrors", { limit: 100, offset: 0 }),
    "dag-warnings": get("/dagWarnings", { limit: 100, offset: 0 }),
    "monitor-health": get(isNew ? "/monitor/health" : "/health"),
    ...(isNew
      ? {
          "dag-versions": get("/dags/~/dagVersions", { limit: 100, offset: 0, order_by: "-id" }),
          "dag-source": get("/dagSources/orders_faults", { version_number: 1 }),
        }
      : {}),
    "long-ids": get(`/dags/${id(longDag)}/dagRuns`, { limit: 100, offset: 0 }),
    "long-ids-task-instances": get(`${runPath(longDag, longRunId)}/taskInstances`, { limit: 100, offset: 0 }),
    "long-ids-dag": get(`/dags/${id(longDag)}/details`),
  };
}

/** Every answer of the running Airflow, as it came. */
export async function readAnswers(options: Options, since: string, runs: Recorded): Promise<Record<string, Recording>> {
  const { airflow } = options;
  const triggered = (body: Record<string, unknown>, dag = "sales_daily"): AirflowRequest => ({
    method: "POST",
    path: `/dags/${dag}/dagRuns`,
    body,
  });
  const date = majorOf(airflow) === 3 ? { logical_date: null } : {};
  const first = triggered({ dag_run_id: "record__sales", conf: {}, ...date });
  const bad = triggered({ dag_run_id: "record__bad_params", conf: { fault: "earthquake" }, ...date }, "orders_faults");
  const recordings: Record<string, Recording> = {
    trigger: { airflow, request: first, ...runs.trigger },
    "trigger-conflict": { airflow, request: first, ...runs.conflict },
    "trigger-bad-params": { airflow, request: bad, ...runs.badParams },
  };
  for (const [name, request] of Object.entries(requests(majorOf(airflow), since, runs))) {
    recordings[name] = { airflow, request, ...(await answerTo(options, request)) };
  }
  if (majorOf(airflow) === 2) recordings["dag-source"] = await sourceByToken(options, recordings["dag-details"]?.answer);
  return recordings;
}

/** Airflow 2 names a file by a signed token that its DAG's details tell; the recorded one is "file-token". */
async function sourceByToken(options: Options, details: unknown): Promise<Recording> {
  const { file_token } = details as { file_token: string };
  const answer = await answerTo(options, get(`/dagSources/${id(file_token)}`));
  return { airflow: options.airflow, request: get("/dagSources/file-token"), ...answer };
}

/** A busy machine's Airflow may miss MWAA's ten seconds; that is no answer of Airflow's. */
async function answerTo(options: Options, request: AirflowRequest): Promise<AirflowAnswer> {
  const until = Date.now() + 120_000;
  for (;;) {
    try {
      return await callAirflow(options, request);
    } catch (error) {
      if (Date.now() > until) throw error;
      await delay(1_000);
    }
  }
}
