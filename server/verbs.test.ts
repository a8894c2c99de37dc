import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { AttemptDetail } from "@/lib/schemas/attempt";
import { PipelineDetail, PipelineFilter, PipelinePage } from "@/lib/schemas/pipeline";
import { RunDetail, RunFilter, RunPage } from "@/lib/schemas/run";
import { SourceList, Status } from "@/lib/schemas/status";
import { TableDetail, TableFilter, TableLoadPage, TablePage } from "@/lib/schemas/table";
import { getAttempt } from "./attempts";
import { listSources } from "./health";
import { openIntent } from "./intents";
import { ledger } from "./ledger/db";
import { getPipeline, listPipelines } from "./pipelines";
import { getRun, listRuns } from "./runs";
import { getStatus } from "./status";
import { getTable, listTableLoads, listTables } from "./tables";
import { configure } from "./testing/configuration";
import {
  costing,
  givenAttempt,
  givenCheck,
  givenEcsTask,
  givenFailure,
  givenGlueRun,
  givenLoad,
  givenPipeline,
  givenRun,
  givenSource,
  people,
} from "./testing/facts";
import { startTestLedger, type TestLedger } from "./testing/postgres";

let server: TestLedger;
const { viewer } = people;
const read = (sentence: { text: string }[]) => sentence.map((part) => part.text).join("");
const minutes = (count: number) => new Date(Date.now() - count * 60_000);

beforeAll(async () => {
  configure();
  server = await startTestLedger();
});
beforeEach(async () => {
  configure();
  await ledger().execute(`truncate run, attempt, ecs_task, glue_run, failure, table_load, table_check, pipeline, source_health, intent`);
});
afterAll(() => server.remove());

describe("runs", () => {
  test("come newest first, page by page, without loss or repetition while new ones arrive", async () => {
    const same = minutes(30);
    for (let index = 0; index < 23; index++) {
      await givenRun({
        runId: `run-${String(index).padStart(2, "0")}`,
        sortAt: index % 3 === 0 ? same : new Date(same.getTime() + index * 1_000),
      });
    }
    const expected = (await listRuns(viewer, RunFilter.parse({ limit: 100 }))).items.map((run) => run.runId);
    const seen: string[] = [];
    let cursor: string | undefined;
    for (let turn = 0; turn < 20; turn++) {
      const page = RunPage.parse(await listRuns(viewer, RunFilter.parse({ limit: 4, cursor })));
      seen.push(...page.items.map((run) => run.runId));
      if (page.nextCursor === null) break;
      cursor = page.nextCursor;
      await givenRun({ runId: `new-${turn}`, sortAt: new Date() });
    }
    expect(seen).toEqual(expected);
  });

  test("microseconds of the sort time do not lose a row between pages", async () => {
    await ledger().execute(`insert into run (environment, pipeline, run_id, state, type, sort_at, changed_at)
      select 'local', 'sales_daily', 'r' || n, 'success', 'manual', timestamptz '2026-11-22 08:00:00' + n * interval '1 microsecond', now() from generate_series(1, 9) n`);
    const first = await listRuns(viewer, RunFilter.parse({ limit: 5 }));
    const second = await listRuns(viewer, RunFilter.parse({ limit: 5, cursor: first.nextCursor }));
    expect([...first.items, ...second.items].map((run) => run.runId)).toEqual(["r9", "r8", "r7", "r6", "r5", "r4", "r3", "r2", "r1"]);
  });

  test("filters apply, and what was deleted in Airflow is not listed", async () => {
    await givenRun({ runId: "a", state: "failed" });
    await givenRun({ runId: "b", pipeline: "other" });
    await givenRun({ runId: "c", isGone: true });
    const ids = async (filter: object) => (await listRuns(viewer, RunFilter.parse(filter))).items.map((run) => run.runId);
    expect(await ids({ state: "failed" })).toEqual(["a"]);
    expect(await ids({ pipeline: "other" })).toEqual(["b"]);
    expect((await ids({})).sort()).toEqual(["a", "b"]);
  });

  test("a run tells its tasks, exact cost, unknown prices, failure and tables", async () => {
    await givenRun({ state: "failed" });
    const first = await givenAttempt({ taskId: "extract", ...costing("0.1", "fargate") });
    await givenEcsTask({ attemptId: first.id });
    const second = await givenAttempt({
      taskId: "load",
      state: "failed",
      tryNumber: 2,
      ...costing("0.2", "glue"),
    });
    await givenGlueRun({ attemptId: second.id, state: "FAILED" });
    await givenAttempt({
      taskId: "load",
      tryNumber: 1,
      isLatest: false,
      state: "up_for_retry",
      ...costing(null, "glue"),
    });
    await givenAttempt({
      taskId: "publish",
      state: "upstream_failed",
      operator: "PythonOperator",
      startedAt: null,
      endedAt: null,
      ...costing(null, "none"),
    });
    await givenFailure({ attemptId: second.id, class: "database_lock" });
    await givenLoad({ attemptId: second.id });

    const [run] = (await listRuns(viewer, RunFilter.parse({}))).items;
    expect(run).toMatchObject({
      taskCounts: { total: 3, done: 1, failed: 2 },
      costUsd: "0.3",
      cost: { usd: "0.3", unknownCount: 1, isEstimate: false },
      failure: { class: "database_lock", taskId: "load", doesRetryHelp: "yes" },
      tables: ["sales.orders"],
    });
    const detail = RunDetail.parse(await getRun(viewer, { environment: "local", pipeline: "sales_daily", runId: first.runId }));
    expect(detail.attempts).toHaveLength(4);
    expect(detail.failure).toMatchObject({ taskId: "load", class: "database_lock", isReadingLog: false });
    expect(detail.loads).toMatchObject([{ table: "sales.orders", rowsInserted: 10, runId: first.runId, costUsd: "0.2" }]);
    expect(read(detail.sentence)).toContain("load, waited too long for a lock");
  });

  test("the usual duration is the median of good runs, unknown below three", async () => {
    for (const [index, length] of [10, 20, 90].entries()) {
      const [run] = (await listRuns(viewer, RunFilter.parse({}))).items;
      expect(run?.usualDurationMs ?? null).toBeNull();
      await givenRun({ runId: `r${index}`, startedAt: minutes(length), endedAt: minutes(0) });
    }
    const [run] = (await listRuns(viewer, RunFilter.parse({}))).items;
    expect(Math.round((run?.usualDurationMs ?? 0) / 60_000)).toBe(20);
  });

  test("one that was just asked for waits in the list of one's own page before Airflow's answer is read", async () => {
    const runId = "penstock__key-12345678";
    await openIntent({
      action: "run.trigger",
      environment: "local",
      pipeline: "sales_daily",
      idempotencyKey: "key-12345678",
      user: people.operator,
      body: { params: { full_refresh: true } },
      runId,
      reason: "again",
    });
    const detail = RunDetail.parse(await getRun(viewer, { environment: "local", pipeline: "sales_daily", runId }));
    expect(detail).toMatchObject({
      run: { state: "queued" },
      attempts: [],
      triggeredByUser: "Oskar Lind",
      triggerReason: "again",
      conf: { full_refresh: true },
    });
  });

  test("a pipeline whose failure a later run has mended needs nobody", async () => {
    await givenPipeline();
    await givenPipeline({ pipeline: "other" });
    await givenRun({ runId: "1", state: "failed", sortAt: minutes(60) });
    await givenRun({ runId: "2", state: "success", sortAt: minutes(10) });
    await givenRun({ runId: "3", pipeline: "other", state: "failed", sortAt: minutes(60) });
    await givenRun({ runId: "4", pipeline: "other", state: "running", sortAt: minutes(1) });
    const page = await listRuns(viewer, RunFilter.parse({}));
    expect(page.counts).toMatchObject({ failed: 1, running: 1, queued: 0 });
    expect(read(page.sentence)).toContain("1 pipeline needs somebody");
  });
});

describe("attempts", () => {
  test("a container that runs is priced up to now, and not final", async () => {
    const row = await givenAttempt({ state: "running", endedAt: null });
    await givenEcsTask({ attemptId: row.id, lastStatus: "RUNNING", stoppedAt: null, exitCode: null, pullStartedAt: minutes(10) });
    const { attempt } = AttemptDetail.parse(await getAttempt(viewer, row.id));
    expect(attempt).toMatchObject({ kind: "ecs", cost: { isFinal: false, basis: "fargate" } });
    expect(Number(attempt.costUsd)).toBeGreaterThan(0);
  });

  test("a failed attempt without a class yet says that its log is being read; a classified one does not", async () => {
    const row = await givenAttempt({ state: "failed" });
    expect((await getAttempt(viewer, row.id)).failure).toMatchObject({ class: "unclassified", isReadingLog: true });
    await givenFailure({ attemptId: row.id, class: "out_of_memory", isFinal: false });
    expect((await getAttempt(viewer, row.id)).failure).toMatchObject({
      class: "out_of_memory",
      title: "Out of memory",
      isReadingLog: false,
      doesRetryHelp: "no",
    });
  });

  test("what waited for a failed task is no failure of its own to read a log for", async () => {
    const row = await givenAttempt({ state: "upstream_failed" });
    expect((await getAttempt(viewer, row.id)).failure).toMatchObject({ class: "upstream_failed", isReadingLog: false });
  });
});

describe("tables and status", () => {
  test("a fresh table is on time with its evidence; what was never read is unknown, never on time", async () => {
    await givenCheck();
    await givenLoad();
    const status = Status.parse(await getStatus(viewer));
    expect(status.counts).toMatchObject({ on_time: 1, unknown: 2, late: 0 });
    expect(read(status.sentence)).toContain("1 of 3 tables can be used now");
    const detail = TableDetail.parse(await getTable(viewer, "local", "sales.orders"));
    expect(detail.table).toMatchObject({
      state: "on_time",
      evidence: { kind: "loaded_at_column", tookMs: 4 },
      producedBy: { pipeline: "sales_daily", taskId: "load" },
    });
    expect(detail.loads).toHaveLength(1);
  });

  test("a check that fails makes the table unknown and says why", async () => {
    await givenCheck({ error: "permission denied for schema sales", succeededAt: minutes(20) });
    const { table } = await getTable(viewer, "local", "sales.orders");
    expect(table).toMatchObject({ state: "unknown", reason: expect.stringContaining("permission denied for schema sales") });
  });

  test("a late table leads to the run that failed and to its cause", async () => {
    await givenCheck({ tableName: "sales.orders", loadedAt: minutes(60 * 60), dataThrough: "2020-01-01" });
    const run = await givenRun({ state: "failed" });
    const row = await givenAttempt({ state: "failed" });
    await givenFailure({ attemptId: row.id });
    const detail = await getTable(viewer, "local", "sales.orders");
    expect(["late", "failed"]).toContain(detail.table.state);
    expect(detail.why.map((step) => step.title)).toEqual(
      expect.arrayContaining(["The newest run of sales_daily failed", "extract_orders: Out of memory"]),
    );
    expect(detail.why.find((step) => step.tone === "fail" && step.link)?.link).toEqual({ pipeline: "sales_daily", runId: run.runId });
  });

  test("the worst come first, and pages of any size hold each table once", async () => {
    await givenCheck();
    await givenCheck({ tableName: "sales.customers", loadedAt: minutes(60 * 40), dataThrough: null });
    await givenCheck({ tableName: "finance.fx_rates", dataThrough: null });
    const names: string[] = [];
    let cursor: string | undefined;
    do {
      const page = TablePage.parse(await listTables(viewer, TableFilter.parse({ limit: 1, cursor })));
      names.push(...page.items.map((table) => `${table.state} ${table.table}`));
      cursor = page.nextCursor ?? undefined;
    } while (cursor);
    expect(names).toEqual(["late sales.customers", "on_time sales.orders", "not_expected finance.fx_rates"]);
  });

  test("loads come newest first, page by page", async () => {
    for (let index = 0; index < 7; index++) await givenLoad({ runKey: `key-${index}`, finishedAt: minutes(index % 3) });
    const all = TableLoadPage.parse(await listTableLoads(viewer, "local", "sales.orders", { limit: 100 })).items.map((load) => load.runKey);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await listTableLoads(viewer, "local", "sales.orders", { limit: 2, cursor });
      seen.push(...page.items.map((load) => load.runKey));
      cursor = page.nextCursor ?? undefined;
    } while (cursor);
    expect(seen).toEqual(all);
    expect(new Set(seen).size).toBe(7);
  });
});

describe("pipelines", () => {
  test("tell their last runs, success, usual duration, cost of 30 days and tables", async () => {
    await givenSource();
    await givenPipeline({ params: [{ name: "full_refresh", description: null, value: false, schema: { type: "boolean" } }] });
    await givenRun({ runId: "1", state: "failed", sortAt: minutes(120) });
    await givenRun({ runId: "2", startedAt: minutes(20), endedAt: minutes(10), sortAt: minutes(20) });
    const row = await givenAttempt({
      runId: "2",
      ...costing("0.0123456789", "fargate"),
    });
    await givenLoad({ attemptId: row.id, tableName: "sales.extra" });
    const { items, sentence } = PipelinePage.parse(await listPipelines(viewer, PipelineFilter.parse({})));
    expect(items).toMatchObject([
      {
        lastRun: { runId: "2", state: "success" },
        successRate: 0.5,
        medianDurationMs: 600_000,
        costUsd30Days: "0.0123456789",
        costUnknownCount: 0,
        tables: ["sales.extra", "sales.orders"],
      },
    ]);
    expect(read(sentence)).toBe("1 pipeline; the last run of none failed.");
    const detail = PipelineDetail.parse(await getPipeline(viewer, "local", "sales_daily"));
    expect(detail.params).toMatchObject([{ name: "full_refresh", schema: { type: "boolean" } }]);
    expect(detail.runs.map((run) => run.runId)).toEqual(["2", "1"]);
  });

  test("page by name", async () => {
    for (const name of ["c", "a", "b"]) await givenPipeline({ pipeline: name });
    const first = await listPipelines(viewer, PipelineFilter.parse({ limit: 2 }));
    const second = await listPipelines(viewer, PipelineFilter.parse({ limit: 2, cursor: first.nextCursor }));
    expect([...first.items, ...second.items].map((each) => each.pipeline)).toEqual(["a", "b", "c"]);
  });
});

describe("sources", () => {
  test("ok while recent, failed with its reason, stale when only silent; and every answer says so", async () => {
    await givenSource({ source: "airflow" });
    await givenSource({
      source: "warehouse",
      succeededAt: minutes(10),
      failedSince: minutes(9),
      error: "warehouse (local): cannot be reached (ECONNREFUSED)",
    });
    await givenSource({ source: "glue", succeededAt: minutes(10) });
    await givenSource({ source: "ecs", succeededAt: null, failedSince: minutes(1), error: "ecs (local): access denied" });
    const { items } = SourceList.parse(await listSources(viewer));
    expect(Object.fromEntries(items.map((source) => [source.name, source.state]))).toEqual({
      logs: "stale",
      airflow: "ok",
      warehouse: "failed",
      glue: "stale",
      ecs: "failed",
    });
    const status = await getStatus(viewer);
    expect(status.sources.find((source) => source.name === "warehouse")).toMatchObject({
      state: "failed",
      reason: expect.stringContaining("ECONNREFUSED"),
      asOf: expect.any(String),
    });
    expect(read(status.sentence)).toContain("The warehouse");
  });

  test("one failure within its allowance is not shown as one", async () => {
    await givenSource({ failedSince: minutes(0.1), error: "no answer within 8 s", succeededAt: minutes(0.2) });
    expect((await listSources(viewer)).items.find((source) => source.name === "airflow")).toMatchObject({ state: "ok" });
  });

  test("before the collector has come to a source, it is said to be unread", async () => {
    expect((await getStatus(viewer)).sources.map((source) => [source.name, source.state, source.reason])).toEqual(
      ["airflow", "logs", "ecs", "glue"].map((name) => [name, "stale", "Not read yet."]),
    );
  });
});

test("somebody without a role reads nothing", async () => {
  const nobody = { id: "x", name: "x", role: "nobody" } as never;
  for (const verb of [getStatus, listSources]) await expect(verb(nobody)).rejects.toMatchObject({ code: "forbidden" });
  await expect(listRuns(nobody, RunFilter.parse({}))).rejects.toMatchObject({ code: "forbidden" });
  await expect(getTable(nobody, "local", "sales.orders")).rejects.toMatchObject({ code: "forbidden" });
});
