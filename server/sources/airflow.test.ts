import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { EnvironmentConfig } from "@/server/env";
import { findAppError } from "@/server/errors";
import { configure } from "@/server/testing/configuration";
import * as airflow from "./airflow";
import { forgetCalls, takeCalls } from "./call";
import { type Answer, type Asked, recorded, startReplay } from "./replay";

let endpoint: Awaited<ReturnType<typeof startReplay>>;
let environment: EnvironmentConfig;
let version: string;
let answer: (asked: { path: string; query: Record<string, unknown>; body: Record<string, unknown> }) => Answer;
let turn = 0;

const noTimes = { runAfter: null, logicalDate: null };
beforeEach(async () => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  version = "3.2.1";
  endpoint = await startReplay(({ path, body }: Asked) => {
    if (path.startsWith("/environments/")) {
      const { Environment } = recorded("mwaa-get-environment") as { Environment: object };
      return { body: { Environment: { ...Environment, AirflowVersion: version } } };
    }
    const asked = body as { Path: string; QueryParameters?: Record<string, unknown>; Body?: Record<string, unknown> };
    return answer({ path: asked.Path, query: asked.QueryParameters ?? {}, body: asked.Body ?? {} });
  });
  environment = { name: `pages${++turn}`, region: "eu-west-1", mwaa: "penstock", ecs: [], glue: [] };
  configure({ awsEndpointUrl: endpoint.url, environments: [environment] });
  forgetCalls();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await endpoint.stop();
});

const ok = (found: unknown): Answer => ({ body: { RestApiStatusCode: 200, RestApiResponse: found } });
const refused = (status: number): Answer => ({
  status: 400,
  headers: { "x-amzn-errortype": status < 500 ? "RestApiClientException" : "RestApiServerException" },
  body: { RestApiStatusCode: status, RestApiResponse: { detail: "Internal Server Error" } },
});
const tooLong: Answer = {
  status: 400,
  headers: { "x-amzn-errortype": "ValidationException" },
  body: {
    message: "1 validation error detected: Value at 'path' failed to satisfy constraint: Member must have length less than or equal to 64",
  },
};
const tooLarge: Answer = {
  status: 400,
  headers: { "x-amzn-errortype": "ValidationException" },
  body: { message: "Response payload size exceeded maximum allowed payload size (6291556 bytes)." },
};
const instance = (index: number, more: object = {}) => ({
  dag_id: "d",
  dag_run_id: "r",
  task_id: `task_${index}`,
  map_index: -1,
  try_number: 1,
  state: "success",
  ...more,
});
const run = (dag_run_id: string, more: object = {}) => ({ dag_id: "d", dag_run_id, state: "success", run_type: "manual", ...more });
const span = { from: new Date(0), to: null };
/** As a server that clamps and pages does. */
const sliceOf = (rows: unknown[], list: string, { offset = 0, limit = 50 }: { offset?: number; limit?: number }) =>
  ok({ [list]: rows.slice(offset, offset + Math.min(limit, 100)), total_entries: rows.length });

async function attempts() {
  const page: airflow.Page<{ taskId: string }> = { items: [], rejected: [], total: 0 };
  for await (const { items, rejected } of airflow.attemptsChanged(environment, span)) {
    page.items.push(...items);
    page.rejected.push(...rejected);
  }
  return page;
}
const asked = () => endpoint.asked.filter(({ path }) => path.startsWith("/restapi/"));

describe("answers that MWAA does not let through", () => {
  it("are asked for in smaller parts, remembered for the next look, and every row comes", async () => {
    const rows = Array.from({ length: 60 }, (_, index) => instance(index, { rendered_fields: "x".repeat(200_000) }));
    answer = ({ query }) => {
      const page = sliceOf(rows, "task_instances", query);
      return JSON.stringify(page.body).length > 6_000_000 ? tooLarge : page;
    };
    expect((await attempts()).items.map((each) => each.taskId)).toEqual(rows.map((each) => each.task_id));
    const before = asked().length;
    forgetCalls();
    expect((await attempts()).items).toHaveLength(60);
    const refusals = asked()
      .slice(before)
      .filter((each) => Number((each.body.QueryParameters as { limit: number }).limit) > 30);
    expect(refusals).toEqual([]);
  });

  it("for one row that Airflow always fails at cost that row, while Airflow is up, and no outage is made of it", async () => {
    const rows = Array.from({ length: 30 }, (_, index) => instance(index));
    answer = ({ path, query }) => {
      if (path === "/dags/~/dagRuns") return ok({ dag_runs: [], total_entries: 0 });
      const { offset, limit } = query as { offset: number; limit: number };
      return offset <= 17 && 17 < offset + limit ? refused(500) : sliceOf(rows, "task_instances", query);
    };
    for await (const page of airflow.runsChanged(environment, span)) expect(page.items).toEqual([]);
    const { items, rejected } = await attempts();
    expect(items.map((each) => each.taskId)).toEqual(rows.map((each) => each.task_id).filter((id) => id !== "task_17"));
    expect(rejected).toEqual([{ id: null, why: expect.stringContaining("not answered: airflow") }]);
    expect(takeCalls(environment.name, "airflow").every((each) => each.failed === 0)).toBe(true);
  });

  it("for a run that Airflow always fails at, the first that is asked, cost that run: its version tells that it is up", async () => {
    const rows = [run("good"), run("poison"), run("other")];
    answer = ({ path, query }) => {
      if (path === "/version") return ok({ version });
      const { offset, limit } = query as { offset: number; limit: number };
      return offset <= 1 && 1 < offset + limit ? refused(500) : sliceOf(rows, "dag_runs", query);
    };
    const found: string[] = [];
    for await (const { items } of airflow.runsChanged(environment, span)) found.push(...items.map((each) => each.runId));
    expect(found).toEqual(["good", "other"]);
  });

  it("of an Airflow that answers nothing are an outage: asked twice and about its version, once a minute, not taken apart", async () => {
    answer = () => refused(500);
    await expect(attempts()).rejects.toMatchObject({ code: "upstream" });
    expect(asked().map((each) => each.body.Path)).toEqual([
      "/dags/~/dagRuns/~/taskInstances",
      "/dags/~/dagRuns/~/taskInstances",
      "/version",
    ]);
    forgetCalls();
    await expect(attempts()).rejects.toMatchObject({ code: "upstream" });
    expect(asked()).toHaveLength(5);
  });
});

describe("a path that MWAA does not take", () => {
  const task = {
    pipeline: "a_pipeline_with_a_name_of_some_length",
    runId: "scheduled__2026-11-22T06:15:00+00:00",
    taskId: "t",
    mapIndex: 1,
  };
  const short = (path: string) => path.length <= 64;

  it("costs a task its earlier tries, not the newest, and says so", async () => {
    const own = { dag_id: task.pipeline, dag_run_id: task.runId, task_id: "t", state: "failed" };
    answer = ({ path, body }) => {
      if (!short(path)) return tooLong;
      expect([path, body]).toEqual([
        "/dags/~/dagRuns/~/taskInstances/list",
        { dag_ids: [task.pipeline], dag_run_ids: [task.runId], task_ids: ["t"] },
      ]);
      const rows = [instance(0, { ...own, map_index: 0 }), instance(0, { ...own, map_index: 1, try_number: 3 })];
      return ok({ task_instances: rows, total_entries: 2 });
    };
    expect((await airflow.listTries(environment, task)).items).toMatchObject([{ mapIndex: 1, tryNumber: 3, state: "failed" }]);
    expect(await airflow.listJoinHints(environment, task)).toEqual([]);
    // Refused once, such a path is not asked for again.
    const refusals = asked().filter((each) => !short(String(each.body.Path)));
    expect(refusals.map((each) => String(each.body.Path).split("/").at(-1))).toEqual(["tries"]);
    await airflow.listTries(environment, task);
    expect(asked()).toHaveLength(3);
    expect(airflow.remarksOn(environment)).toEqual([
      `earlier tries of ${task.pipeline}/t cannot be read: MWAA takes no path that long`,
      `XComs of ${task.pipeline}/t cannot be read: MWAA takes no path that long`,
    ]);
  });

  it("finds a run by the date in its id, however old, and else among the newest", async () => {
    answer = ({ path, body }) => {
      if (!short(path)) return tooLong;
      const isDated = body.run_after_gte === "2026-11-22T06:15:00+00:00" && body.run_after_lte === body.run_after_gte;
      const found = isDated ? [run(task.runId, { dag_id: task.pipeline })] : [run("newer", { dag_id: task.pipeline })];
      return ok({ dag_runs: found, total_entries: 1 });
    };
    expect(await airflow.readRun(environment, task.pipeline, task.runId, noTimes)).toMatchObject({ runId: task.runId });
    expect(asked()).toHaveLength(2);
    const gone = await airflow.readRun(environment, task.pipeline, "scheduled__2020-01-01T00:00:00+00:00", noTimes).catch(findAppError);
    expect(gone).toMatchObject({ code: "not_found", remedy: expect.stringContaining("it may exist all the same") });
    // What says that absence here proves nothing.
    expect(findAppError((gone as Error).cause)).toMatchObject({ code: "invalid" });
  });

  it.each([
    ["3.2.1", "run_after"],
    ["2.10.5", "execution_date"],
  ])("in Airflow %s knows by the run's own time whether it is there, or was deleted", async (airflowVersion, filter) => {
    version = airflowVersion;
    const at = new Date("2020-01-01T06:15:00.123Z");
    const [there, gone] = ["x".repeat(60), "y".repeat(60)];
    answer = ({ path, body }) => {
      if (!short(path)) return tooLong;
      expect([body[`${filter}_gte`], body[`${filter}_lte`]]).toEqual(["2020-01-01T06:15:00.123Z", "2020-01-01T06:15:00.124Z"]);
      return ok({ dag_runs: [run(there, { dag_id: task.pipeline })], total_entries: 1 });
    };
    const times = { runAfter: at, logicalDate: at };
    expect(await airflow.readRun(environment, task.pipeline, there, times)).toMatchObject({ runId: there });
    const error = await airflow.readRun(environment, task.pipeline, gone, times).catch(findAppError);
    expect(error).toMatchObject({ code: "not_found" });
    expect(findAppError((error as Error).cause)).toBeNull();
  });

  it("starts no run, and says where to start it", async () => {
    answer = ({ path }) => (short(path) ? ok({}) : tooLong);
    const request = { pipeline: "a".repeat(100), runId: "penstock__k", conf: {}, note: null };
    const error = await airflow.triggerDagRun(environment, request).catch(findAppError);
    expect(error).toMatchObject({ code: "invalid", isRefusal: true, remedy: "Start it in Airflow itself." });
  });

  it.each(["..", ".", "~"])("because an id is %j goes the same way, unasked", async (id) => {
    answer = () => ok({ dag_runs: [run(id, { dag_id: ".." })], total_entries: 1 });
    expect(await airflow.readRun(environment, "..", id, noTimes)).toMatchObject({ pipeline: "..", runId: id });
    expect(asked().map((each) => each.body.Path)).toEqual(["/dags/~/dagRuns/list"]);
  });
});

it("one thing that cannot be read is about that thing; a list that is none is the system's failure", async () => {
  answer = () => ok({ dag_id: "d", dag_run_id: "r", state: "levitating", dag_runs: 5, total_entries: 1 });
  await expect(airflow.readRun(environment, "d", "r", noTimes)).rejects.toMatchObject({
    code: "invalid",
    message: expect.stringContaining("state"),
  });
  const listing = airflow.runsChanged(environment, span).next();
  await expect(listing).rejects.toMatchObject({ code: "upstream", message: expect.stringContaining("dag_runs") });
  const started = airflow.triggerDagRun(environment, { pipeline: "d", runId: "r", conf: {}, note: null });
  await expect(started).rejects.toMatchObject({ code: "upstream", isRefusal: false });
});

it("a version newer than those that were tested is read, and remarked on; one that is not supported is named", async () => {
  version = "3.7.0";
  answer = ({ query }) => sliceOf([], "dags", query);
  expect(await airflow.listDags(environment)).toEqual({ items: [], rejected: [], total: 0 });
  expect(airflow.remarksOn(environment)).toEqual([expect.stringContaining("Airflow 3.7.0 is newer than Penstock was tested with")]);
});

it("text that no ledger keeps is replaced, and the row is kept", async () => {
  answer = () => ok({ dag_runs: [run("r", { conf: { "a\0": ["b\0c", "\ud800"] }, note: "n\0" })], total_entries: 1 });
  const { value } = await airflow.runsChanged(environment, span).next();
  expect(value).toMatchObject({ items: [{ conf: { "a\ufffd": ["b\ufffdc", "\ufffd"] }, note: "n\ufffd" }], rejected: [] });
});
