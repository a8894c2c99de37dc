import "server-only";
import { z } from "zod";
import { AttemptState } from "@/lib/schemas/attempt";
import type { AttemptFact, JoinHintFact, PipelineFact, RunFact } from "@/lib/schemas/facts";
import type { AirflowAdapter, Page, Span, TaskKey } from "./airflow-adapter";

/** Shapes of Airflow's REST API v2 (3.0.6 to 3.3): only what is read; what a version lacks is optional. */
const When = z.iso
  .datetime({ offset: true })
  .nullish()
  .transform((text) => (text ? new Date(text) : null));
const total = z.number().int();

const DagRun = z.object({
  dag_id: z.string(),
  dag_run_id: z.string(),
  state: z.enum(["queued", "running", "success", "failed"]),
  run_type: z.string(),
  logical_date: When,
  data_interval_start: When,
  data_interval_end: When,
  run_after: When,
  queued_at: When,
  start_date: When,
  end_date: When,
  triggered_by: z.string().nullish(),
  triggering_user_name: z.string().nullish(),
  conf: z.record(z.string(), z.unknown()).nullish(),
  note: z.string().nullish(),
});
const DagRunPage = z.object({ dag_runs: z.array(DagRun), total_entries: total });

const TaskInstance = z.object({
  dag_id: z.string(),
  dag_run_id: z.string(),
  task_id: z.string(),
  map_index: z.number().int(),
  try_number: z.number().int(),
  max_tries: z.number().int().nullish(),
  state: AttemptState.exclude(["none"]).nullable(),
  operator: z.string().nullish(),
  queued_when: When,
  start_date: When,
  end_date: When,
});
const TaskInstancePage = z.object({ task_instances: z.array(TaskInstance), total_entries: total });

const Dag = z.object({
  dag_id: z.string(),
  description: z.string().nullish(),
  is_paused: z.boolean(),
  owners: z.array(z.string()).nullish(),
  tags: z.array(z.object({ name: z.string() })).nullish(),
  timetable_summary: z.string().nullish(),
  has_import_errors: z.boolean().nullish(),
  next_dagrun_run_after: When,
});
const DagPage = z.object({ dags: z.array(Dag), total_entries: total });

const Param = z.object({ value: z.unknown(), schema: z.record(z.string(), z.unknown()).nullish(), description: z.string().nullish() });
const DagDetails = z.object({
  dag_id: z.string(),
  doc_md: z.string().nullish(),
  params: z.record(z.string(), z.unknown()).nullish(),
  latest_dag_version: z.object({ version_number: z.number().int() }).nullish(),
});

const XComPage = z.object({ xcom_entries: z.array(z.object({ key: z.string() })), total_entries: total });
const XCom = z.object({ key: z.string(), value: z.unknown() });

function toRun(found: z.infer<typeof DagRun>): RunFact {
  const types: Record<string, RunFact["type"]> = {
    scheduled: "scheduled",
    manual: "manual",
    backfill: "backfill",
    asset_triggered: "asset_triggered",
    asset_materialization: "asset_triggered",
  };
  return {
    pipeline: found.dag_id,
    runId: found.dag_run_id,
    state: found.state,
    type: types[found.run_type] ?? "unknown",
    logicalDate: found.logical_date,
    dataIntervalStart: found.data_interval_start,
    dataIntervalEnd: found.data_interval_end,
    runAfter: found.run_after,
    queuedAt: found.queued_at,
    startedAt: found.start_date,
    endedAt: found.end_date,
    triggeredBy: found.triggering_user_name ?? found.triggered_by ?? null,
    conf: found.conf ?? null,
    note: found.note ?? null,
  };
}

function toAttempt(found: z.infer<typeof TaskInstance>): AttemptFact {
  return {
    pipeline: found.dag_id,
    runId: found.dag_run_id,
    taskId: found.task_id,
    mapIndex: found.map_index,
    tryNumber: found.try_number,
    maxTries: found.max_tries ?? null,
    state: found.state ?? "none",
    operator: found.operator ?? null,
    queuedAt: found.queued_when,
    startedAt: found.start_date,
    endedAt: found.end_date,
  };
}

function toPipeline(found: z.infer<typeof Dag>): PipelineFact {
  return {
    pipeline: found.dag_id,
    description: found.description ?? null,
    owners: found.owners ?? [],
    tags: (found.tags ?? []).map((tag) => tag.name),
    schedule: found.timetable_summary ?? null,
    isPaused: found.is_paused,
    hasImportErrors: found.has_import_errors ?? false,
    nextRunAt: found.next_dagrun_run_after,
  };
}

/** A parameter is `{value, schema, description}`, or a bare default in a DAG that declares no schema. */
function toParam(name: string, raw: unknown) {
  const param = Param.safeParse(raw);
  const isParam = param.success && typeof raw === "object" && raw !== null && "value" in raw;
  return isParam
    ? { name, description: param.data.description ?? null, value: param.data.value, schema: param.data.schema ?? {} }
    : { name, description: null, value: raw, schema: {} };
}

const ecsArn = /arn:aws[\w-]*:ecs:[\w-]+:\d{12}:task\/(?:([\w-]+)\/)?[0-9a-f-]{32,36}/g;
const glueRunId = /^jr_[0-9a-f]{64}(_attempt_\d+)?$/;

const GlueDetails = z.object({ job_run_id: z.string(), job_name: z.string().nullish() });

/** Airflow 3.2 answers a value as the JSON text that its database holds, 3.0 as the value. */
function decoded(value: unknown): unknown {
  if (typeof value !== "string" || !/^["{[]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** Runs that a value names: a task ARN anywhere in its text, a Glue run id, or Glue's own details. */
export function hintsIn(raw: unknown): JoinHintFact[] {
  const value = decoded(raw);
  const details = GlueDetails.safeParse(value);
  if (details.success)
    return [{ ref: details.data.job_run_id, owner: details.data.job_name ? decodeURIComponent(details.data.job_name) : null }];
  if (typeof value !== "string") return [];
  if (glueRunId.test(value.trim())) return [{ ref: value.trim(), owner: null }];
  return [...value.matchAll(ecsArn)].map((match) => ({ ref: match[0], owner: match[1] ?? null }));
}

/** XCom keys that may name a run, by how sure they are. */
export const joinXcomKeys = ["ecs_task_arn", "glue_job_run_details", "glue_job_run_id", "return_value"];

const id = encodeURIComponent;
const pageSize = 100;
const taskPath = (task: TaskKey) => `/dags/${id(task.pipeline)}/dagRuns/${id(task.runId)}/taskInstances/${id(task.taskId)}`;
/** In a total order, so that pages lose nothing while rows change. */
const changed = ({ from, to }: Span, offset: number) => ({
  updated_at_gte: from.toISOString(),
  ...(to ? { updated_at_lt: to.toISOString() } : {}),
  limit: pageSize,
  offset,
  order_by: "id",
});
const page = <T, U>(items: T[], count: number, convert: (item: T) => U): Page<U> => ({ items: items.map(convert), total: count });
const runPage = (answer: unknown) => {
  const found = DagRunPage.parse(answer);
  return page(found.dag_runs, found.total_entries, toRun);
};
const attemptPage = (answer: unknown) => {
  const found = TaskInstancePage.parse(answer);
  return page(found.task_instances, found.total_entries, toAttempt);
};

export const airflowV2: AirflowAdapter = {
  dags: (offset) => ({
    request: { method: "GET", path: "/dags", query: { limit: pageSize, offset, order_by: "dag_id" } },
    read: (answer) => {
      const found = DagPage.parse(answer);
      return page(found.dags, found.total_entries, toPipeline);
    },
  }),
  dagDetails: (pipeline) => ({
    request: { method: "GET", path: `/dags/${id(pipeline)}/details` },
    read: (answer) => {
      const found = DagDetails.parse(answer);
      const params = Object.entries(found.params ?? {}).map(([name, raw]) => toParam(name, raw));
      const version = found.latest_dag_version?.version_number;
      return { pipeline: found.dag_id, runbook: found.doc_md ?? null, params, version: version === undefined ? null : String(version) };
    },
  }),
  runsChanged: (span, offset) => ({
    request: { method: "GET", path: "/dags/~/dagRuns", query: changed(span, offset) },
    read: runPage,
  }),
  run: (pipeline, runId) => ({
    request: { method: "GET", path: `/dags/${id(pipeline)}/dagRuns/${id(runId)}` },
    read: (answer) => toRun(DagRun.parse(answer)),
  }),
  newestRuns: (pipeline) => ({
    request: { method: "POST", path: "/dags/~/dagRuns/list", body: { dag_ids: [pipeline], order_by: "-run_after", page_limit: pageSize } },
    read: runPage,
  }),
  attemptsChanged: (span, offset) => ({
    request: { method: "GET", path: "/dags/~/dagRuns/~/taskInstances", query: changed(span, offset) },
    read: attemptPage,
  }),
  tries: (task) => ({
    request: { method: "GET", path: `${taskPath(task)}${task.mapIndex >= 0 ? `/${task.mapIndex}` : ""}/tries` },
    read: (answer) => attemptPage(answer).items,
  }),
  xcomKeys: (task) => ({
    request: { method: "GET", path: `${taskPath(task)}/xcomEntries`, query: { map_index: task.mapIndex, limit: pageSize } },
    read: (answer) => {
      const keys = new Set(XComPage.parse(answer).xcom_entries.map((entry) => entry.key));
      return joinXcomKeys.filter((key) => keys.has(key));
    },
  }),
  xcom: (task, key) => ({
    request: { method: "GET", path: `${taskPath(task)}/xcomEntries/${id(key)}`, query: { map_index: task.mapIndex } },
    read: (answer) => hintsIn(XCom.parse(answer).value),
  }),
  trigger: ({ pipeline, runId, conf, note }) => ({
    // logical_date has no default on the server: null is "now, without an interval".
    request: { method: "POST", path: `/dags/${id(pipeline)}/dagRuns`, body: { dag_run_id: runId, logical_date: null, conf, note } },
    read: (answer) => toRun(DagRun.parse(answer)),
  }),
};
