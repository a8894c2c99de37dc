import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { AttemptFact, RunFact } from "@/lib/schemas/facts";
import type { EnvironmentConfig } from "@/server/env";
import { AppError } from "@/server/errors";
import { configure } from "@/server/testing/configuration";
import * as airflow from "./airflow";
import { supportOf } from "./airflow-versions";
import { forgetCalls } from "./call";
import { startReplay } from "./replay";
import { answerOf, recordedVersions, recordingOf } from "./replay-airflow";

/** The same runs in every version of Airflow, so the same facts; what a version does not say is listed at the end. */

const slice = { offset: 0, limit: 100 };
const sales = ["sales_daily", "record__sales"] as const;
const glueId = expect.stringMatching(/^jr_[0-9a-f]{64}$/);
const short = (id: string) => id.slice(0, 30);
const date = expect.any(Date);

async function all<T>(pages: AsyncGenerator<airflow.Page<T>>): Promise<T[]> {
  const items: T[] = [];
  for await (const page of pages) {
    expect(page.rejected).toEqual([]);
    items.push(...page.items);
  }
  return items;
}

const attemptText = (each: AttemptFact) => {
  const mapped = each.mapIndex >= 0 ? `[${each.mapIndex}]` : "";
  return `${short(each.pipeline)} ${short(each.runId)} ${short(each.taskId)}${mapped} #${each.tryNumber} ${each.state} ${each.operator}`;
};
const runText = (each: RunFact) => `${short(each.pipeline)} ${short(each.runId)} ${each.state} ${each.type}`;

const readRun = (environment: EnvironmentConfig, pipeline: string, runId: string) =>
  airflow.readRun(environment, pipeline, runId, { runAfter: null, logicalDate: null });

describe.each(recordedVersions())("Airflow %s", (version) => {
  let endpoint: Awaited<ReturnType<typeof startReplay>>;
  const environment: EnvironmentConfig = { name: `airflow-${version}`, region: "eu-west-1", mwaa: "penstock", ecs: [], glue: [] };
  const span = { from: new Date(recordingOf(version, "dag-runs-changed").request.query?.updated_at_gte as string), to: null };
  const isOld = version.startsWith("2.");

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

  const adapter = () => {
    const support = supportOf(recordingOf(version, "version").airflow);
    expect(support.state).toBe("supported");
    if (!support.adapter) throw new Error("no adapter");
    return support.adapter;
  };

  it("is asked as it was when it was recorded", () => {
    const asked = (name: string) => recordingOf(version, name).request;
    const task = { pipeline: "orders_faults", runId: "record__exit_137", taskId: "extract", mapIndex: -1 };
    const mapped = { pipeline: "recorder_tasks", runId: "record__tasks", taskId: "mapped", mapIndex: 1 };
    const load = { pipeline: "sales_daily", runId: "record__sales", taskId: "load", mapIndex: -1 };
    expect(adapter().dags(slice).request).toEqual(asked("dags"));
    expect(adapter().dagDetails("orders_faults").request).toEqual(asked("dag-details"));
    expect(adapter().runsChanged(span, slice).request).toEqual(asked("dag-runs-changed"));
    expect(adapter().run(...sales).request).toEqual(asked("dag-run"));
    expect(adapter().attemptsChanged(span, slice).request).toEqual(asked("task-instances-changed"));
    expect(adapter().tries(task).request).toEqual(asked("tries"));
    expect(adapter().tries(mapped).request).toEqual(asked("tries-mapped"));
    const batch = asked("dag-runs-batch");
    const near = adapter().runsNear("newest", "orders_faults", "record__db_lock").request;
    expect([near.path, Object.keys(near.body as object)]).toEqual([batch.path, Object.keys(batch.body ?? {})]);
    // A recording may name the page's size, too.
    expect(asked("task-instances-batch")).toMatchObject(adapter().attemptsOf(mapped).request);
    expect(adapter().xcomKeys(load).request).toEqual(asked("xcom-entries"));
    expect(adapter().xcom(load, "glue_job_run_details").request).toMatchObject(asked("xcom-glue-details"));
    const trigger = adapter().trigger({ pipeline: "sales_daily", runId: "record__sales", conf: {}, note: null }).request;
    expect(trigger).toMatchObject(asked("trigger"));
  });

  it("lists its DAGs, more than its own limit lets through at once", async () => {
    const { items, rejected, total } = await airflow.listDags(environment);
    expect([items.length, rejected, total]).toEqual([45, [], 45]);
    expect(new Set(items.map((dag) => dag.pipeline)).size).toBe(45);
    const named = (name: string) => items.find((dag) => dag.pipeline === name);
    expect(named("sales_daily")).toMatchObject({
      description: "The shop's customers, orders and order lines into the warehouse",
      owners: ["data-platform"],
      tags: ["sales", "tier-1"],
      schedule: "15 6 * * *",
      hasImportErrors: false,
      nextRunAt: date,
    });
    expect(named("fx_rates_hourly")).toMatchObject({ schedule: "5 * * * *", tags: ["finance", "tier-2"], nextRunAt: date });
    expect(named("orders_faults")).toMatchObject({ schedule: null, tags: ["sales", "tier-drill"], nextRunAt: null });
  });

  it("tells a DAG's runbook and parameters", async () => {
    const details = await airflow.getDag(environment, "orders_faults");
    expect(details.runbook).toContain("# orders_faults");
    expect(details.params).toEqual([
      {
        name: "fault",
        description: "How the run fails: out of memory, missing image, job timeout, table lock, or not at all.",
        value: "none",
        schema: { enum: ["none", "exit_137", "image_not_found", "glue_timeout", "db_lock"], title: "Fault", type: "string" },
      },
    ]);
  });

  it("lists the runs that changed", async () => {
    const runs = await all(airflow.runsChanged(environment, span));
    expect(runs.map(runText).sort()).toEqual([
      "fx_rates_hourly record__rates success manual",
      "orders_faults record__db_lock failed manual",
      "orders_faults record__exit_137 failed manual",
      "orders_faults record__glue_timeout failed manual",
      "orders_faults record__image_not_found failed manual",
      "recorder_dag.abcdefghijklmnopq record__ABCDEFGHIJKLMNOPQRSTUV success manual",
      "recorder_tasks record__tasks success manual",
      "sales_daily record__sales success manual",
    ]);
    for (const run of runs) {
      expect(run).toMatchObject({ runAfter: date, startedAt: date, endedAt: date, note: null });
      expect(Number(run.endedAt)).toBeGreaterThan(Number(run.startedAt));
    }
    expect(runs.find((run) => run.runId === "record__db_lock")?.conf).toEqual({ fault: "db_lock" });
    const page = adapter().runsChanged(span, slice).read(recordingOf(version, "dag-runs-page").answer);
    const paged = page.rows.map((row) => ("item" in row ? row.item : row.rejected));
    expect([paged, page.total]).toEqual([runs.slice(2, 4), 8]);
  });

  it("lists the task instances that changed", async () => {
    const attempts = await all(airflow.attemptsChanged(environment, span));
    expect(attempts.map(attemptText).sort()).toEqual(expectedAttempts);
    for (const each of attempts.filter(({ state }) => state !== "upstream_failed")) {
      expect(each).toMatchObject({ startedAt: date, endedAt: date, maxTries: expect.any(Number) });
    }
  });

  it("tells all tries of a task, mapped or not", async () => {
    const exit = { pipeline: "orders_faults", runId: "record__exit_137", taskId: "extract", mapIndex: -1 };
    expect((await airflow.listTries(environment, exit)).items.map(attemptText)).toEqual([
      "orders_faults record__exit_137 extract #1 failed EcsRunTaskOperator",
      "orders_faults record__exit_137 extract #2 failed EcsRunTaskOperator",
    ]);
    const mapped = { pipeline: "recorder_tasks", runId: "record__tasks", taskId: "mapped", mapIndex: 1 };
    const { items } = await airflow.listTries(environment, mapped);
    expect(items.map(attemptText)).toEqual([
      "recorder_tasks record__tasks mapped[1] #1 failed PythonOperator",
      "recorder_tasks record__tasks mapped[1] #2 success PythonOperator",
    ]);
    expect(items[0]).toMatchObject({ startedAt: date, endedAt: date, maxTries: 1 });
    const others = adapter().attemptsOf(mapped).read(recordingOf(version, "task-instances-batch").answer);
    expect(others.rows.map((row) => ("item" in row ? attemptText(row.item) : row.rejected)).sort()).toEqual([
      "recorder_tasks record__tasks mapped[0] #1 success PythonOperator",
      "recorder_tasks record__tasks mapped[1] #2 success PythonOperator",
      "recorder_tasks record__tasks mapped[2] #1 success PythonOperator",
    ]);
  });

  it("names the containers and Glue runs of a task in its XComs", async () => {
    expect(
      adapter().xcomKeys({ pipeline: "", runId: "", taskId: "", mapIndex: -1 }).read(recordingOf(version, "xcom-entries").answer),
    ).toEqual(expect.arrayContaining(["glue_job_run_details", "return_value"]));
    const read = (name: string) =>
      adapter().xcom({ pipeline: "a", runId: "b", taskId: "c", mapIndex: -1 }, "k").read(recordingOf(version, name).answer);
    expect(read("xcom-ecs-task-arn")).toEqual([{ ref: expect.stringMatching(/^arn:aws:ecs:.*:task\/penstock\//), owner: "penstock" }]);
    expect(read("xcom-glue-details")).toEqual([{ ref: glueId, owner: "penstock-load" }]);
    expect(read("xcom-return-value")).toEqual([{ ref: glueId, owner: null }]);
    const load = { pipeline: "sales_daily", runId: "record__sales", taskId: "load", mapIndex: -1 };
    expect(await airflow.listJoinHints(environment, load)).toEqual([{ ref: glueId, owner: "penstock-load" }]);
  });

  it("answers one run, and that another does not exist, to whoever reads and to whoever acts", async () => {
    for (const read of [readRun, airflow.getDagRun]) {
      expect(await read(environment, ...sales)).toMatchObject({
        pipeline: "sales_daily",
        runId: "record__sales",
        state: "success",
        conf: {},
      });
      const error = await read(environment, "sales_daily", "record__never").catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: "not_found", message: expect.stringContaining("record__never") });
      expect((error as AppError).cause).not.toBeInstanceOf(AppError);
    }
  });

  it("starts a run, refuses the same again and wrong parameters, in words for people", async () => {
    const started = adapter().trigger({ pipeline: "sales_daily", runId: "record__sales", conf: {}, note: null });
    expect(started.read(recordingOf(version, "trigger").answer)).toMatchObject({
      runId: "record__sales",
      state: "queued",
      type: "manual",
      startedAt: null,
    });
    const refused = async (name: string) => {
      const recording = recordingOf(version, name);
      const own = await startReplay((asked) =>
        asked.path.startsWith("/environments/")
          ? answerOf(version)(asked)
          : {
              status: 400,
              headers: { "x-amzn-errortype": "RestApiClientException" },
              body: { RestApiStatusCode: recording.status, RestApiResponse: recording.answer },
            },
      );
      configure({ awsEndpointUrl: own.url, environments: [environment] });
      const request = { pipeline: "orders_faults", runId: "record__x", conf: {}, note: null };
      const error = await airflow.triggerDagRun(environment, request).catch((thrown: unknown) => thrown as AppError);
      configure({ awsEndpointUrl: endpoint.url, environments: [environment] });
      await own.stop();
      return error;
    };
    expect(await refused("trigger-conflict")).toMatchObject({ code: "conflict", isRefusal: true });
    const bad = await refused("trigger-bad-params");
    expect(bad).toMatchObject({ code: "invalid", isRefusal: true, message: expect.stringContaining("'earthquake' is not one of") });
    expect((bad as AppError).message).not.toContain("Failed validating");
  });

  it("has ids as long as it lets them be, and they come back whole", async () => {
    const path = decodeURIComponent(recordingOf(version, "long-ids").request.path.split("/")[2] ?? "");
    const runs = adapter().runsChanged(span, slice).read(recordingOf(version, "long-ids").answer).rows;
    const instances = adapter().attemptsChanged(span, slice).read(recordingOf(version, "long-ids-task-instances").answer).rows;
    const [run] = runs.map((row) => ("item" in row ? row.item : null));
    const [attempt] = instances.map((row) => ("item" in row ? row.item : null));
    expect([run?.pipeline, attempt?.pipeline, attempt?.runId]).toEqual([path, path, run?.runId]);
    expect([[...path].length, [...(run?.runId ?? "")].length, [...(attempt?.taskId ?? "")].length]).toEqual([isOld ? 242 : 250, 250, 250]);
    const details = await airflow.getDag(environment, path);
    expect(details.pipeline).toBe(path);
  });

  it(
    isOld
      ? "does not say who started a run and when it was queued, and numbers no versions of a DAG"
      : "says who started a run, when it was queued, and the DAG's version",
    async () => {
      const run = await readRun(environment, ...sales);
      const details = await airflow.getDag(environment, "orders_faults");
      if (isOld) {
        expect([run.queuedAt, run.triggeredBy, details.version]).toEqual([null, null, null]);
        // A manual run of Airflow 2 has the logical date at which it was started, and the interval before it.
        expect([run.logicalDate, run.runAfter, run.dataIntervalEnd]).toEqual([date, run.logicalDate, date]);
      } else {
        expect([run.queuedAt, details.version]).toEqual([date, expect.stringMatching(/^\d+$/)]);
        expect(run.triggeredBy).not.toBeNull();
        expect([run.logicalDate, run.runAfter, run.dataIntervalEnd]).toEqual([null, date, null]);
      }
    },
  );
});

const expectedAttempts = `
fx_rates_hourly record__rates extract_rates #1 success EcsRunTaskOperator
fx_rates_hourly record__rates publish #1 success PythonOperator
fx_rates_hourly record__rates start_load #1 success PythonOperator
fx_rates_hourly record__rates wait_load #1 success GlueJobSensor
orders_faults record__db_lock extract #1 success EcsRunTaskOperator
orders_faults record__db_lock hold_lock #1 success PythonOperator
orders_faults record__db_lock load #1 failed GlueJobOperator
orders_faults record__db_lock lock_held #1 success PythonSensor
orders_faults record__exit_137 extract #2 failed EcsRunTaskOperator
orders_faults record__exit_137 hold_lock #1 skipped PythonOperator
orders_faults record__exit_137 load #0 upstream_failed GlueJobOperator
orders_faults record__exit_137 lock_held #1 success PythonSensor
orders_faults record__glue_timeout extract #1 success EcsRunTaskOperator
orders_faults record__glue_timeout hold_lock #1 skipped PythonOperator
orders_faults record__glue_timeout load #1 failed GlueJobOperator
orders_faults record__glue_timeout lock_held #1 success PythonSensor
orders_faults record__image_not_found extract #1 failed EcsRunTaskOperator
orders_faults record__image_not_found hold_lock #1 skipped PythonOperator
orders_faults record__image_not_found load #0 upstream_failed GlueJobOperator
orders_faults record__image_not_found lock_held #1 success PythonSensor
recorder_dag.abcdefghijklmnopq record__ABCDEFGHIJKLMNOPQRSTUV recorder_task.abcdefghijklmnop #1 success EmptyOperator
recorder_tasks record__tasks mapped[0] #1 success PythonOperator
recorder_tasks record__tasks mapped[1] #2 success PythonOperator
recorder_tasks record__tasks mapped[2] #1 success PythonOperator
recorder_tasks record__tasks skipped #1 skipped PythonOperator
sales_daily record__sales extract_customers #1 success EcsRunTaskOperator
sales_daily record__sales extract_order_lines #1 success EcsRunTaskOperator
sales_daily record__sales extract_orders #1 success EcsRunTaskOperator
sales_daily record__sales load #1 success GlueJobOperator
sales_daily record__sales publish #1 success PythonOperator
`
  .trim()
  .split("\n")
  .sort();
