import "server-only";
import { z } from "zod";
import type { PipelineFact, RunFact } from "@/lib/schemas/facts";
import type { AirflowAdapter } from "./airflow-adapter";
import {
  Dag as CommonDag,
  DagDetails as CommonDetails,
  DagRun as CommonRun,
  commonDag,
  commonDetails,
  commonRun,
  keepable,
  listingOf,
  TaskInstance,
  toAttempt,
  When,
} from "./airflow-answers";
import { changedIn, dateIn, instancePath, momentOf, path, runPath, taskPath } from "./airflow-paths";
import { structureV2 } from "./airflow-structure";
import { hintsOf, knownKeys } from "./airflow-xcom";

/** Airflow's REST API v2: 3.0.6 to 3.3. */

const DagRun = CommonRun.extend({
  logical_date: When,
  run_after: When,
  queued_at: When,
  triggered_by: z.string().nullish(),
  triggering_user_name: z.string().nullish(),
  dag_versions: z.array(z.object({ version_number: z.int() })).nullish(),
});

function toRun(found: z.output<typeof DagRun>): RunFact {
  return {
    ...commonRun(found),
    logicalDate: found.logical_date,
    runAfter: found.run_after,
    queuedAt: found.queued_at,
    triggeredBy: keepable(found.triggering_user_name ?? found.triggered_by ?? null),
    // A run that was cleared has tasks of several versions.
    dagVersion: newestOf((found.dag_versions ?? []).map(({ version_number }) => version_number)),
  };
}

const newestOf = (versions: number[]) => (versions.length === 0 ? null : String(Math.max(...versions)));

const Dag = CommonDag.extend({ timetable_summary: z.string().nullish(), next_dagrun_run_after: When });

const toPipeline = (found: z.output<typeof Dag>): PipelineFact => ({
  ...commonDag(found),
  schedule: keepable(found.timetable_summary ?? null),
  nextRunAt: found.next_dagrun_run_after,
});

const DagDetails = CommonDetails.extend({ latest_dag_version: z.object({ version_number: z.number().int() }).nullish() });

const runPage = (answer: unknown) => listingOf(answer, "dag_runs", DagRun, toRun);
const attemptPage = (answer: unknown) => listingOf(answer, "task_instances", TaskInstance, toAttempt);

export const airflowV2: AirflowAdapter = {
  structure: structureV2,
  dags: (slice) => ({
    request: { method: "GET", path: "/dags", query: { ...slice, order_by: "dag_id" } },
    read: (answer) => listingOf(answer, "dags", Dag, toPipeline),
  }),
  dagDetails: (pipeline) => ({
    request: { method: "GET", path: path`/dags/${pipeline}/details` },
    read: (answer) => {
      const found = DagDetails.parse(answer);
      const version = found.latest_dag_version?.version_number;
      return { ...commonDetails(found), version: version === undefined ? null : String(version) };
    },
  }),
  // In a total order, so that pages lose nothing while rows change.
  runsChanged: (span, slice) => ({
    request: { method: "GET", path: "/dags/~/dagRuns", query: { ...changedIn(span), ...slice, order_by: "id" } },
    read: runPage,
  }),
  run: (pipeline, runId) => ({
    request: { method: "GET", path: runPath(pipeline, runId) },
    read: (answer) => toRun(DagRun.parse(answer)),
  }),
  openRuns: ({ limit, offset }) => ({
    request: {
      method: "POST",
      path: "/dags/~/dagRuns/list",
      body: { states: ["queued", "running"], order_by: "id", page_limit: limit, page_offset: offset },
    },
    read: runPage,
  }),
  runsNear: (near, pipeline, runId) => {
    const date = near === "date" ? dateIn(runId) : null;
    const filter = date ? { run_after_gte: date, run_after_lte: date } : {};
    return {
      request: {
        method: "POST",
        path: "/dags/~/dagRuns/list",
        body: { dag_ids: [pipeline], ...filter, order_by: "-id", page_limit: 100 },
      },
      read: runPage,
    };
  },
  runsAt: (pipeline, { runAfter }) => {
    if (runAfter === null) return null;
    const [run_after_gte, run_after_lte] = momentOf(runAfter);
    return {
      request: {
        method: "POST",
        path: "/dags/~/dagRuns/list",
        body: { dag_ids: [pipeline], run_after_gte, run_after_lte, page_limit: 100 },
      },
      read: runPage,
    };
  },
  oldestRuns: () => ({
    request: { method: "GET", path: "/dags/~/dagRuns", query: { order_by: "start_date", limit: 10 } },
    read: runPage,
  }),
  attemptsChanged: (span, slice) => ({
    request: { method: "GET", path: "/dags/~/dagRuns/~/taskInstances", query: { ...changedIn(span), ...slice, order_by: "id" } },
    read: attemptPage,
  }),
  tries: (task) => ({ request: { method: "GET", path: `${instancePath(task)}/tries` }, read: attemptPage }),
  attemptsOf: ({ pipeline, runId, taskId }) => ({
    request: {
      method: "POST",
      path: "/dags/~/dagRuns/~/taskInstances/list",
      body: { dag_ids: [pipeline], dag_run_ids: [runId], task_ids: [taskId] },
    },
    read: attemptPage,
  }),
  xcomKeys: (task) => ({
    request: { method: "GET", path: `${taskPath(task)}/xcomEntries`, query: { map_index: task.mapIndex, limit: 100 } },
    read: knownKeys,
  }),
  xcom: (task, key) => ({
    request: { method: "GET", path: `${taskPath(task)}${path`/xcomEntries/${key}`}`, query: { map_index: task.mapIndex } },
    read: hintsOf,
  }),
  trigger: ({ pipeline, runId, conf, note }) => ({
    // logical_date has no default on the server: null is "now, without an interval".
    request: { method: "POST", path: path`/dags/${pipeline}/dagRuns`, body: { dag_run_id: runId, logical_date: null, conf, note } },
    read: (answer) => toRun(DagRun.parse(answer)),
  }),
};
