import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { PipelineFilter } from "@/lib/schemas/pipeline";
import type { EnvironmentConfig } from "@/server/env";
import { ledger } from "@/server/ledger/db";
import { airflowState, dagSetting, dagVersion, importError } from "@/server/ledger/schema-airflow";
import { getPipeline, listPipelines } from "@/server/pipelines";
import { getPipelineStructure } from "@/server/structure";
import { CloudModel } from "@/server/testing/cloud-model";
import { configure } from "@/server/testing/configuration";
import { givenPipeline, givenRun, people } from "@/server/testing/facts";
import { startTestLedger, type TestLedger } from "@/server/testing/postgres";
import { StructureModel } from "@/server/testing/structure-model";
import { Activity } from "./activity";
import { AirflowReading } from "./airflow-reading";
import { AirflowStructureLook } from "./look-airflow-structure";
import type { Scope } from "./scope";

const environment: EnvironmentConfig = { name: "local", region: "eu-west-1", mwaa: "model", ecs: [], glue: [] };
const scope: Scope = { environment: "local", region: "eu-west-1", mwaaName: "model", lease: null };
const minute = 60_000;
let server: TestLedger;
let now: number;
let model: StructureModel;
let look: AirflowStructureLook;

beforeAll(async () => {
  server = await startTestLedger();
  configure({ databaseUrl: server.url });
});
afterAll(() => server.remove());
beforeEach(async () => {
  await ledger().execute("truncate pipeline, run, dag_version, dag_setting, airflow_state, import_error, dag_warning");
  now = Date.UTC(2026, 10, 22, 8);
  model = new StructureModel(() => now);
  const clock = { now: () => new Date(now) };
  const airflow = new CloudModel(() => now).airflow();
  const reading = new AirflowReading(environment, scope, new Activity("local"), { airflow: () => airflow, clock });
  reading.isOpen = true;
  look = new AirflowStructureLook(reading, model.source());
  await givenPipeline();
});

const looks = async (times: number, everyMs = minute) => {
  for (let count = 0; count < times; count += 1, now += everyMs) await look.look();
};
const structure = (version?: string) => getPipelineStructure(people.viewer, "local", "sales_daily", version);
const askedOf = (name: string) => model.asked.filter((what) => what.endsWith(` of ${name}`));

it("a version is read once, and the next one when Airflow names it", async () => {
  model.dags.set("sales_daily", { version: 1, code: "first = 1", tasks: ["extract"] });
  await looks(5);
  expect(askedOf("sales_daily")).toEqual(["details of sales_daily", "tasks of sales_daily", "code of sales_daily"]);
  model.dags.set("sales_daily", { version: 2, code: "second = 2", tasks: ["extract", "load"] });
  await looks(2);
  expect(askedOf("sales_daily")).toHaveLength(6);
  const current = await structure();
  expect(current).toMatchObject({ version: "2", code: "second = 2", tasksReason: null, codeReason: null });
  expect(current.tasks.map(({ taskId }) => taskId)).toEqual(["extract", "load"]);
  expect(current.versions.map(({ version, isCurrent }) => [version, isCurrent])).toEqual([
    ["2", true],
    ["1", false],
  ]);
  expect(await structure("1")).toMatchObject({ version: "1", code: "first = 1" });
});

it("versions of before have no tasks, and it is said why", async () => {
  model.dags.set("sales_daily", { version: 3, code: "third = 3", tasks: ["extract"] });
  await looks(2);
  const old = await structure("2");
  expect(old).toMatchObject({ version: "2", tasks: [], code: null });
  expect(old.tasksReason).toMatch(/replaced before/);
  await expect(structure("9")).rejects.toMatchObject({ code: "not_found" });
});

it("an Airflow without numbers has a version for each code, and what comes back is the same one", async () => {
  model.isNumbered = false;
  const put = (code: string) => model.dags.set("sales_daily", { version: null, code, tasks: ["extract"] });
  put("a = 1");
  await looks(1);
  const first = (await structure()).version;
  expect(first).toMatch(/^[0-9a-f]{12}$/);
  put("a = 2");
  await looks(2, 61 * minute);
  const second = (await structure()).version;
  expect(second).not.toBe(first);
  put("a = 1");
  await looks(2, 61 * minute);
  expect((await structure()).version).toBe(first);
  expect(await ledger().select().from(dagVersion)).toHaveLength(2);
});

it("a DAG that Airflow refuses to tell of keeps no other waiting", async () => {
  for (const name of ["a", "b", "c", "d", "e"]) {
    await givenPipeline({ pipeline: name });
    model.dags.set(name, { version: 1, code: name, tasks: [] });
  }
  model.refused.add("a").add("b").add("c");
  await looks(5, 5_000);
  const kept = (await ledger().select().from(dagVersion)).filter(({ tasks }) => tasks !== null).map(({ pipeline }) => pipeline);
  expect(kept.sort()).toEqual(["d", "e"]);
  expect(askedOf("a")).toEqual(["details of a"]);
});

it("pools are read twice a minute while something waits, and seldom otherwise", async () => {
  await looks(4, 30_000);
  expect(model.asked.filter((what) => what === "pools")).toHaveLength(1);
  await givenRun({ state: "queued" });
  await looks(4, 30_000);
  expect(model.asked.filter((what) => what === "pools")).toHaveLength(5);
  const [state] = await ledger().select().from(airflowState);
  expect(state?.pools).toEqual(model.pools);
  expect(state?.heartbeats).toMatchObject([{ part: "scheduler", state: "healthy" }]);
});

it("an import error is shown with the pipeline of its file, or with the list where it has none, until it is over", async () => {
  model.dags.set("sales_daily", { version: 1, code: "", tasks: [] });
  const at = new Date(now);
  model.errors = [
    { errorId: "1", file: "/dags/sales_daily.py", text: "SyntaxError: invalid syntax", at },
    { errorId: "2", file: "other.py", text: "ImportError", at },
  ];
  model.warnings = [{ pipeline: "sales_daily", kind: "non-existent pool", text: "the pool lake does not exist", at }];
  await looks(1);
  const { importErrors, warnings } = await getPipeline(people.viewer, "local", "sales_daily");
  expect(importErrors).toEqual([{ file: "/dags/sales_daily.py", text: "SyntaxError: invalid syntax", at: at.toISOString() }]);
  expect(warnings).toEqual([{ kind: "non-existent pool", text: "the pool lake does not exist", at: at.toISOString() }]);
  const listed = () => listPipelines(people.viewer, PipelineFilter.parse({}));
  expect((await listed()).brokenFiles).toEqual([{ environment: "local", file: "other.py", text: "ImportError", at: at.toISOString() }]);
  model.errors = [];
  model.warnings = [];
  await looks(1);
  expect((await listed()).brokenFiles).toEqual([]);
  expect(await ledger().select().from(importError)).toEqual([]);
  expect(await getPipeline(people.viewer, "local", "sales_daily")).toMatchObject({ importErrors: [], warnings: [] });
});

it("the time zone of a DAG that was read before zones were kept is read once", async () => {
  model.dags.set("sales_daily", { version: 1, code: "", tasks: [] });
  await looks(1);
  await ledger().update(dagSetting).set({ zone: null });
  await looks(5);
  expect(await ledger().select().from(dagSetting)).toMatchObject([{ zone: "Asia/Tokyo" }]);
  expect(askedOf("sales_daily")).toHaveLength(6);
});

it("a time zone that Airflow does not tell is not asked for again", async () => {
  model.zone = null;
  model.dags.set("sales_daily", { version: 1, code: "", tasks: [] });
  await looks(5);
  expect(askedOf("sales_daily")).toHaveLength(3);
});

it("the limits and the time zone of a DAG are kept", async () => {
  model.dags.set("sales_daily", { version: 1, code: "", tasks: [] });
  await looks(1);
  expect(await ledger().select().from(dagSetting)).toMatchObject([
    { file: "sales_daily.py", zone: "Asia/Tokyo", maxActiveRuns: 4, maxActiveTasks: 16, currentVersion: "1" },
  ]);
  expect((await getPipeline(people.viewer, "local", "sales_daily")).pipeline.scheduleZone).toBe("Asia/Tokyo");
});
