import "server-only";
import { z } from "zod";
import type { AttemptFact, PipelineFact, RunFact } from "@/lib/schemas/facts";
import type { AirflowAdapter } from "./airflow-adapter";
import {
  Dag as CommonDag,
  DagRun as CommonRun,
  commonDag,
  commonDetails,
  commonRun,
  DagDetails,
  keepable,
  listingOf,
  TaskInstance,
  toAttempt,
  When,
} from "./airflow-answers";
import { changedIn, dateIn, instancePath, momentOf, path, runPath, taskPath } from "./airflow-paths";
import { scheduleText } from "./airflow-schedule";
import { structureV1 } from "./airflow-structure";
import { hintsOf, knownKeys } from "./airflow-xcom";

/** Airflow's REST API v1: 2.7.2 to 2.11. Its server refuses query keys that it does not know, so each is one that all of these have, unless said. */

const DagRun = CommonRun.extend({ logical_date: When, execution_date: When, external_trigger: z.boolean().nullish() });

/** Version 1 has no time after which a run may start: that is the end of a scheduled run's interval, and the logical date of any other. */
function toRun(found: z.output<typeof DagRun>): RunFact {
  const common = commonRun(found);
  const type = common.type === "unknown" && found.external_trigger ? ("manual" as const) : common.type;
  const logicalDate = found.logical_date ?? found.execution_date;
  const hasInterval = type === "scheduled" || type === "backfill";
  return {
    ...common,
    type,
    logicalDate,
    runAfter: (hasInterval ? found.data_interval_end : null) ?? logicalDate,
    queuedAt: null,
    triggeredBy: null,
    dagVersion: null,
  };
}

const Dag = CommonDag.extend({ schedule_interval: z.unknown().optional(), next_dagrun_create_after: When });

const toPipeline = (found: z.output<typeof Dag>): PipelineFact => ({
  ...commonDag(found),
  schedule: keepable(scheduleText(found.schedule_interval)),
  nextRunAt: found.next_dagrun_create_after,
});

/** Before 2.10 a try is counted when it starts to run, and taken back when it is deferred or rescheduled. */
const betweenTries = ["none", "scheduled", "queued", "deferred", "up_for_reschedule"];

function countedAtStart(found: z.output<typeof TaskInstance>): AttemptFact {
  const fact = toAttempt(found);
  return betweenTries.includes(fact.state) ? { ...fact, tryNumber: fact.tryNumber + 1 } : fact;
}

const runPage = (answer: unknown) => listingOf(answer, "dag_runs", DagRun, toRun);

/** `hasTries`: since 2.10 earlier tries are kept, a try is counted when it is scheduled, and XComs are answered as values. */
export function airflowV1({ hasTries }: { hasTries: boolean }): AirflowAdapter {
  const attemptOf = hasTries ? toAttempt : countedAtStart;
  const attemptPage = (answer: unknown) => listingOf(answer, "task_instances", TaskInstance, attemptOf);
  return {
    structure: structureV1(hasTries),
    dags: (slice) => ({
      request: { method: "GET", path: "/dags", query: { ...slice, order_by: "dag_id" } },
      read: (answer) => listingOf(answer, "dags", Dag, toPipeline),
    }),
    dagDetails: (pipeline) => ({
      request: { method: "GET", path: path`/dags/${pipeline}/details` },
      read: (answer) => ({ ...commonDetails(DagDetails.parse(answer)), version: null }),
    }),
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
      const filter = date ? { execution_date_gte: date, execution_date_lte: date } : {};
      return {
        request: {
          method: "POST",
          path: "/dags/~/dagRuns/list",
          body: { dag_ids: [pipeline], ...filter, order_by: "-id", page_limit: 100 },
        },
        read: runPage,
      };
    },
    runsAt: (pipeline, { logicalDate }) => {
      if (logicalDate === null) return null;
      const [execution_date_gte, execution_date_lte] = momentOf(logicalDate);
      const body = { dag_ids: [pipeline], execution_date_gte, execution_date_lte, page_limit: 100 };
      return { request: { method: "POST", path: "/dags/~/dagRuns/list", body }, read: runPage };
    },
    oldestRuns: () => ({
      request: { method: "GET", path: "/dags/~/dagRuns", query: { order_by: "start_date", limit: 10 } },
      read: runPage,
    }),
    // No order can be asked for: whoever pages checks that none is missing.
    attemptsChanged: (span, slice) => ({
      request: { method: "GET", path: "/dags/~/dagRuns/~/taskInstances", query: { ...changedIn(span), ...slice } },
      read: attemptPage,
    }),
    tries: (task) =>
      hasTries
        ? { request: { method: "GET", path: `${instancePath(task)}/tries` }, read: attemptPage }
        : {
            request: { method: "GET", path: instancePath(task) },
            read: (answer) => attemptPage({ task_instances: [answer], total_entries: 1 }),
          },
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
      request: {
        method: "GET",
        path: `${taskPath(task)}${path`/xcomEntries/${key}`}`,
        query: { map_index: task.mapIndex, ...(hasTries ? { stringify: false } : {}) },
      },
      read: hintsOf,
    }),
    trigger: ({ pipeline, runId, conf, note }) => ({
      // Without a logical date the server takes the present.
      request: {
        method: "POST",
        path: path`/dags/${pipeline}/dagRuns`,
        body: { dag_run_id: runId, conf, ...(note === null ? {} : { note }) },
      },
      read: (answer) => toRun(DagRun.parse(answer)),
    }),
  };
}
