import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { ledger } from "./ledger/db";
import { airflowState, dagSetting, dagVersion } from "./ledger/schema-airflow";
import { configure } from "./testing/configuration";
import { givenAttempt, givenEcsTask, givenPipeline, givenRun, people } from "./testing/facts";
import { startTestLedger, type TestLedger } from "./testing/postgres";
import { whyQueued } from "./why-queued";

let server: TestLedger;
beforeAll(async () => {
  server = await startTestLedger();
  configure({ databaseUrl: server.url });
});
afterAll(() => server.remove());
beforeEach(async () => {
  await ledger().execute("truncate pipeline, run, attempt, ecs_task, environment, dag_version, dag_setting, airflow_state, intent");
  await givenPipeline();
});

const id = { environment: "local", pipeline: "sales_daily", runId: "manual__now" };
const why = () => whyQueued(people.viewer, id);
const open = { startedAt: new Date(), endedAt: null };

async function givenStructure(pipeline = "sales_daily", pool = "lake") {
  const task = (taskId: string, upstream: string[]) => {
    const rest = { operator: null, groupId: null, isMapped: false, poolSlots: 1, retries: 0, triggerRule: "all_success" };
    return { taskId, label: taskId, upstream, pool, ...rest };
  };
  const tasks = [task("extract_orders", []), task("load", ["extract_orders"])];
  await ledger().insert(dagVersion).values({ environment: "local", pipeline, version: "3", tasks, groups: [], firstSeenAt: new Date() });
  await ledger()
    .insert(dagSetting)
    .values({ environment: "local", pipeline, currentVersion: "3", maxActiveRuns: 1, maxActiveTasks: 16, readAt: new Date() });
}
async function givenPool(occupied: number, scheduled: number) {
  const pools = [{ name: "lake", slots: 2, occupied, running: occupied, queued: 0, scheduled }];
  await ledger().insert(airflowState).values({ environment: "local", pools, poolsReadAt: new Date() });
}

it("a run that has ended waits for nothing", async () => {
  await givenRun({ runId: id.runId });
  expect(await why()).toMatchObject({ sentence: [{ text: "Nothing of this run waits." }], reasons: [] });
});

it("a queued run waits for the run before it, which is named", async () => {
  await givenStructure();
  await givenRun({ runId: "manual__before", state: "running", endedAt: null });
  await givenRun({ runId: id.runId, state: "queued", endedAt: null });
  const { sentence, reasons } = await why();
  expect(reasons).toMatchObject([{ kind: "active_runs", taskId: null }]);
  expect(sentence[0]?.text).toContain("manual__before");
});

it("a task waits for a pool, whose slots another pipeline has", async () => {
  await givenStructure();
  await givenPipeline({ pipeline: "erp_orders" });
  await givenStructure("erp_orders");
  await givenPool(2, 1);
  await givenRun({ pipeline: "erp_orders", runId: "scheduled__1", state: "running", endedAt: null });
  for (const taskId of ["extract_orders", "load"])
    await givenAttempt({ pipeline: "erp_orders", runId: "scheduled__1", taskId, state: "running", ...open });
  await givenRun({ runId: id.runId, state: "running", endedAt: null });
  await givenAttempt({ runId: id.runId, state: "scheduled", startedAt: null, endedAt: null });
  await givenAttempt({ runId: id.runId, taskId: "load", state: "none", startedAt: null, endedAt: null });
  const { reasons } = await why();
  expect(reasons.map(({ kind, taskId }) => [kind, taskId])).toEqual([
    ["pool", "extract_orders"],
    ["dependency", "load"],
  ]);
  expect(reasons[0]?.text[0]?.text).toContain("erp_orders scheduled__1 (2)");
});

it("a task waits for its container", async () => {
  await givenRun({ runId: id.runId, state: "running", endedAt: null });
  const { id: attemptId } = await givenAttempt({ runId: id.runId, state: "running", ...open });
  await givenEcsTask({ attemptId, lastStatus: "PENDING", startedAt: null, stoppedAt: null, exitCode: null });
  expect((await why()).reasons).toMatchObject([{ kind: "container", taskId: "extract_orders" }]);
});

it("without anything known of Airflow it is unknown, with what was looked at", async () => {
  await givenRun({ runId: id.runId, state: "queued", endedAt: null });
  const { reasons } = await why();
  expect(reasons).toMatchObject([{ kind: "unknown" }]);
  expect(reasons[0]?.evidence).toContainEqual({ name: "max_active_runs", value: "not known" });
});

it("an unknown run is not found, and nobody without a role is answered", async () => {
  await expect(why()).rejects.toMatchObject({ code: "not_found" });
  await expect(whyQueued({ ...people.viewer, role: "nobody" as never }, id)).rejects.toMatchObject({ code: "forbidden" });
});
