import { describe, expect, it } from "vitest";
import { pageOf } from "./airflow-answers";
import { scheduleText } from "./airflow-schedule";
import { airflowV1 } from "./airflow-v1";

const slice = { offset: 0, limit: 100 };
const span = { from: new Date(0), to: null };
const before = airflowV1({ hasTries: false });
const since = airflowV1({ hasTries: true });

const run = {
  dag_id: "sales_daily",
  dag_run_id: "scheduled__2026-11-21T06:15:00+00:00",
  state: "success",
  run_type: "scheduled",
  execution_date: "2026-11-21T06:15:00+00:00",
  logical_date: "2026-11-21T06:15:00+00:00",
  data_interval_start: "2026-11-21T06:15:00+00:00",
  data_interval_end: "2026-11-22T06:15:00+00:00",
  start_date: "2026-11-22T06:15:01.5+00:00",
  end_date: null,
  external_trigger: false,
  conf: {},
  note: null,
};
const readRun = (changes: object) => since.run("sales_daily", "x").read({ ...run, ...changes });

describe("a run of Airflow 2", () => {
  it("may start after its interval when it is scheduled, and at its logical date when somebody starts it", () => {
    expect(readRun({}).runAfter).toEqual(new Date("2026-11-22T06:15:00Z"));
    expect(readRun({ run_type: "backfill" }).runAfter).toEqual(new Date("2026-11-22T06:15:00Z"));
    expect(readRun({ run_type: "manual" }).runAfter).toEqual(new Date("2026-11-21T06:15:00Z"));
    expect(readRun({ data_interval_end: null }).runAfter).toEqual(new Date("2026-11-21T06:15:00Z"));
  });

  it("has its logical date from execution_date where there is no other", () => {
    expect(readRun({ logical_date: undefined }).logicalDate).toEqual(new Date("2026-11-21T06:15:00Z"));
    expect(readRun({ logical_date: undefined, execution_date: undefined })).toMatchObject({ logicalDate: null, type: "scheduled" });
  });

  it.each([
    ["dataset_triggered", true, "asset_triggered"],
    ["backfill_job", true, "manual"],
    ["backfill_job", false, "unknown"],
    ["constructor", false, "unknown"],
    [undefined, true, "manual"],
    [undefined, undefined, "unknown"],
  ])("of type %s, asked for from outside: %s, is %s", (run_type, external_trigger, type) => {
    expect(readRun({ run_type, external_trigger }).type).toBe(type);
  });

  it("is triggered without a logical date, which version 1 refuses to be null", () => {
    const { request } = since.trigger({ pipeline: "sales_daily", runId: "penstock__k", conf: { a: 1 }, note: null });
    expect(request).toEqual({ method: "POST", path: "/dags/sales_daily/dagRuns", body: { dag_run_id: "penstock__k", conf: { a: 1 } } });
  });
});

describe("a try", () => {
  const instance = { dag_id: "d", dag_run_id: "r", task_id: "t", map_index: -1, try_number: 1, max_tries: 2, operator: "PythonOperator" };
  const read = (adapter: typeof before, changes: object) => {
    const answer = { task_instances: [{ ...instance, ...changes }], total_entries: 1 };
    return pageOf(adapter.attemptsChanged(span, slice).read(answer)).items[0];
  };

  // airflow/models/taskinstance.py of 2.7 to 2.9: `_try_number` rises when the task starts, falls when it is deferred or rescheduled.
  it.each([
    ["none", 0, 1],
    [null, 0, 1],
    ["scheduled", 1, 2],
    ["queued", 1, 2],
    ["deferred", 0, 1],
    ["up_for_reschedule", 0, 1],
    ["running", 1, 1],
    ["up_for_retry", 1, 1],
    ["success", 2, 2],
    ["failed", 3, 3],
  ])("%s with a count of %i is number %i before 2.10", (state, try_number, expected) => {
    expect(read(before, { state, try_number })?.tryNumber).toBe(expected);
    expect(read(since, { state, try_number })?.tryNumber).toBe(try_number);
  });

  it.each([
    [null, "none"],
    ["none", "none"],
    ["", "none"],
    ["removed", "removed"],
    ["restarting", "restarting"],
    ["shutdown", "restarting"],
    ["sensing", "unknown"],
    ["unknown", "unknown"],
    ["constructor", "unknown"],
    ["awaiting_input", "unknown"],
  ])("in state %s is %s", (state, expected) => {
    expect(read(since, { state })?.state).toBe(expected);
  });

  it("is asked for alone before 2.10, which keeps no others", () => {
    const task = { pipeline: "d", runId: "r", taskId: "t", mapIndex: 2 };
    const { request, read: readOne } = before.tries(task);
    expect(request.path).toBe("/dags/d/dagRuns/r/taskInstances/t/2");
    expect(pageOf(readOne({ ...instance, map_index: 2, state: "running" })).items).toMatchObject([{ mapIndex: 2, tryNumber: 1 }]);
    expect(since.tries(task).request.path).toBe("/dags/d/dagRuns/r/taskInstances/t/2/tries");
  });
});

describe("a schedule", () => {
  it.each([
    [{ __type: "CronExpression", value: "15 6 * * *" }, "15 6 * * *"],
    [{ __type: "CronExpression", value: "@daily" }, "0 0 * * *"],
    [{ __type: "CronExpression", value: "@once" }, "@once"],
    [{ __type: "CronExpression", value: "Dataset" }, "Asset"],
    [{ __type: "CronExpression", value: "None" }, null],
    [{ __type: "CronExpression", value: "constructor" }, "constructor"],
    [{ __type: "TimeDelta", days: 0, seconds: 1800, microseconds: 0 }, "0:30:00"],
    [{ __type: "TimeDelta", days: 1, seconds: 0, microseconds: 0 }, "1 day, 0:00:00"],
    [{ __type: "TimeDelta", days: 2, seconds: 3661, microseconds: 5 }, "2 days, 1:01:01.000005"],
    [{ __type: "RelativeDelta", years: 0, months: 1, day: 3, hour: null }, "relativedelta(months=+1, day=3)"],
    [{ __type: "Lunar", phase: "full" }, null],
    [null, null],
  ])("%j is said as %s, as Airflow 3 says it", (raw, text) => {
    expect(scheduleText(raw)).toBe(text);
    const dag = { dag_id: "d", is_paused: false, schedule_interval: raw, owners: ["a", " b"], next_dagrun_create_after: null };
    expect(pageOf(since.dags(slice).read({ dags: [dag], total_entries: 1 })).items).toMatchObject([{ schedule: text, owners: ["a", "b"] }]);
  });
});
