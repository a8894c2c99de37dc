import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { EnvironmentConfig } from "@/server/env";
import { configure } from "@/server/testing/configuration";
import { airflowStructure, readRendered, readXcoms } from "./airflow-structure-source";
import { supportOf } from "./airflow-versions";
import { forgetCalls } from "./call";
import { startReplay } from "./replay";
import { answerOf, recordedVersions, recordingOf } from "./replay-airflow";

const slice = { offset: 0, limit: 100 };

describe.each(recordedVersions())("what Airflow %s tells of DAGs and of itself", (version) => {
  let endpoint: Awaited<ReturnType<typeof startReplay>>;
  const environment: EnvironmentConfig = { name: `structure-${version}`, region: "eu-west-1", mwaa: "penstock", ecs: [], glue: [] };
  const isOld = version.startsWith("2.");
  const source = airflowStructure(environment, "active");

  beforeAll(async () => {
    vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
    endpoint = await startReplay(answerOf(version));
    configure({ awsEndpointUrl: endpoint.url, environments: [environment] });
    forgetCalls();
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await endpoint.stop();
  });

  it("is asked for as it was when it was recorded", () => {
    const structure = supportOf(recordingOf(version, "version").airflow).adapter?.structure;
    if (!structure) throw new Error("no adapter");
    const asked = (name: string) => recordingOf(version, name).request;
    const task = { pipeline: "orders_faults", runId: "record__exit_137", taskId: "extract", mapIndex: -1 };
    const load = { pipeline: "sales_daily", runId: "record__sales", taskId: "load", mapIndex: -1 };
    const details = { ...structure.details("orders_faults").read(recordingOf(version, "dag-details").answer) };
    expect(structure.details("orders_faults").request).toEqual(asked("dag-details"));
    expect(structure.tasks("orders_faults").request).toEqual(asked("dag-tasks"));
    expect(structure.code("orders_faults", details).request).toEqual(asked("dag-source"));
    expect(structure.pools(slice).request).toEqual(asked("pools"));
    expect(structure.importErrors(slice).request).toEqual(asked("import-errors"));
    expect(structure.warnings(slice).request).toEqual(asked("dag-warnings"));
    expect(structure.health().request).toEqual(asked("monitor-health"));
    expect(structure.rendered(task).request.path).toBe(`/dags/orders_faults/dagRuns/record__exit_137/taskInstances/extract`);
    expect(structure.xcomKeys(load).request).toEqual(asked("xcom-entries"));
    expect(structure.xcom(load, "glue_job_run_details").request).toEqual(asked("xcom-glue-details"));
    if (isOld) expect(structure.versions).toBeNull();
    else expect(structure.versions?.(slice).request).toEqual(asked("dag-versions"));
  });

  it("tells tasks with what they wait for", async () => {
    const { tasks, groups } = await source.tasks("orders_faults");
    expect(tasks.map(({ taskId, operator, upstream, isMapped }) => ({ taskId, operator, upstream, isMapped }))).toEqual([
      { taskId: "extract", operator: "EcsRunTaskOperator", upstream: [], isMapped: false },
      { taskId: "hold_lock", operator: "PythonOperator", upstream: [], isMapped: false },
      { taskId: "load", operator: "GlueJobOperator", upstream: ["extract", "lock_held"], isMapped: false },
      { taskId: "lock_held", operator: "PythonSensor", upstream: [], isMapped: false },
    ]);
    expect(tasks[2]).toMatchObject({ pool: "default_pool", poolSlots: 1, retries: 0, groupId: null, label: "load" });
    expect(groups).toEqual([]);
    const mapped = await source.tasks("recorder_tasks");
    expect(mapped.tasks.map(({ taskId, isMapped, retries }) => [taskId, isMapped, retries])).toEqual([
      ["mapped", true, 1],
      ["skipped", false, 0],
    ]);
  });

  it("tells the file of a DAG, its time zone, its limits and its version", async () => {
    const details = await source.details("orders_faults");
    expect(details).toMatchObject({ zone: "UTC", maxActiveRuns: 4, maxActiveTasks: 16 });
    // As an import error of the file would name it.
    expect(details.file).toBe(isOld ? "/usr/local/airflow/dags/orders_faults.py" : "orders_faults.py");
    expect(details.version).toEqual(isOld ? null : expect.stringMatching(/^\d+$/));
    const { code, codeReason } = await source.code("orders_faults", details);
    expect([code?.slice(0, 20), codeReason]).toEqual(['"""\n# orders_faults\n', null]);
  });

  it("tells versions where it numbers them", async () => {
    const page = await source.versions(slice);
    if (isOld) return expect(page).toBeNull();
    expect(page?.rejected).toEqual([]);
    const own = page?.items.filter(({ pipeline }) => pipeline === "sales_daily") ?? [];
    expect(own.at(-1)).toEqual({ pipeline: "sales_daily", version: "1", bundleVersion: null, firstSeenAt: expect.any(Date) });
  });

  it("tells how its pools and its parts are, and which file it cannot import", async () => {
    expect(await source.pools()).toEqual([{ name: "default_pool", slots: 128, occupied: 0, running: 0, queued: 0, scheduled: 0 }]);
    const [database, scheduler, triggerer, processor] = await source.health();
    expect(database).toEqual({ part: "metadatabase", state: "healthy", at: null });
    for (const part of [scheduler, triggerer]) expect(part).toMatchObject({ state: "healthy", at: expect.stringContaining("T") });
    expect(processor?.state).toBe(isOld ? null : "healthy");
    expect(await source.importErrors()).toEqual([
      {
        errorId: expect.stringMatching(/^\d+$/),
        file: expect.stringMatching(/recorder_broken\.py$/),
        text: expect.stringContaining("RuntimeError: this file is broken on purpose"),
        at: expect.any(Date),
      },
    ]);
    expect(await source.warnings()).toEqual([]);
  });

  it("tells what a try was given and what it handed on", async () => {
    const task = { pipeline: "orders_faults", runId: "record__exit_137", taskId: "extract", mapIndex: -1 };
    expect(await readRendered(environment, task)).toMatchObject({
      cluster: "penstock",
      task_definition: expect.stringContaining("penstock-extractor"),
    });
    const load = { pipeline: "sales_daily", runId: "record__sales", taskId: "load", mapIndex: -1 };
    const [details] = await readXcoms(environment, load, 10);
    expect(details).toEqual({ key: "glue_job_run_details", value: expect.anything() });
    expect(JSON.stringify(details?.value)).toMatch(/jr_[0-9a-f]{64}/);
  });
});
