import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { PipelineDetail, PipelineFilter, PipelinePage } from "@/lib/schemas/pipeline";
import { RunFilter } from "@/lib/schemas/run";
import { SourceList, Status } from "@/lib/schemas/status";
import { TableDetail, TableFilter, TableLoadPage, TablePage } from "@/lib/schemas/table";
import { listSources } from "./health";
import { ledger } from "./ledger/db";
import { getPipeline, listPipelines } from "./pipelines";
import { listRuns } from "./runs";
import { getStatus } from "./status";
import { getTable, listTableLoads, listTables } from "./tables";
import { configure } from "./testing/configuration";
import {
  costing,
  givenAttempt,
  givenCheck,
  givenFailure,
  givenLoad,
  givenPipeline,
  givenRun,
  givenSchema,
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
  await ledger().execute(
    "truncate run, attempt, ecs_task, glue_run, failure, table_load, table_check, table_schema, pipeline, source_health, intent",
  );
});
afterAll(() => server.remove());

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

  test("columns come with what changed of them, neighbours that say the same as one; never read they are unknown", async () => {
    const schemaOf = async () => TableDetail.parse(await getTable(viewer, "local", "sales.orders")).schema;
    expect(await schemaOf()).toBeNull();
    const id = { name: "order_id", type: "bigint", isNullable: false };
    const fee = { name: "fee", type: "numeric(12,2)", isNullable: true };
    const channel = { name: "channel", type: "text", isNullable: true };
    const [first, second, third, fourth] = [50, 40, 30, 20].map(minutes) as [Date, Date, Date, Date];
    await givenSchema(third, [{ ...fee, type: "numeric(14,4)", isNullable: false }, channel, id]);
    await givenSchema(fourth, [id, channel, { ...fee, type: "numeric(14,4)", isNullable: false }]);
    await givenSchema(first, [id, fee]);
    expect(await schemaOf()).toMatchObject({ columns: [{ name: "order_id" }, { name: "channel" }, { name: "fee" }] });
    await givenSchema(second, [id, channel]);
    expect(await schemaOf()).toMatchObject({
      since: third.toISOString(),
      changes: [
        { at: third.toISOString(), added: ["fee"], removed: [], retyped: [] },
        { at: second.toISOString(), added: ["channel"], removed: ["fee"], retyped: [] },
      ],
    });
  });

  test("a column of another type says what it was", async () => {
    await givenSchema(minutes(40), [{ name: "fee", type: "numeric(12,2)", isNullable: true }]);
    await givenSchema(minutes(30), [{ name: "fee", type: "numeric(12,2)", isNullable: false }]);
    expect((await getTable(viewer, "local", "sales.orders")).schema?.changes).toMatchObject([
      { added: [], removed: [], retyped: [{ name: "fee", from: "numeric(12,2)", to: "numeric(12,2) not null" }] },
    ]);
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

  test("up to a day, each load says whether it was in time for its own", async () => {
    const load = (runKey: string, finished: string, dataThrough: string) =>
      givenLoad({ runKey, finishedAt: new Date(`${finished}:00Z`), dataThrough });
    await load("in time", "2026-03-15T07:40", "2026-03-14");
    await load("late", "2026-03-16T09:12", "2026-03-15");
    await load("again", "2026-03-16T15:00", "2026-03-15");
    await load("old", "2026-03-17T07:00", "2026-03-14");
    await load("the next", "2026-03-18T07:00", "2026-03-17");
    const { items } = TableLoadPage.parse(await listTableLoads(viewer, "local", "sales.orders", { limit: 100, until: "2026-03-17" }));
    expect(items.map(({ runKey, lateByMs }) => [runKey, lateByMs])).toEqual([
      ["old", null],
      ["again", null],
      ["late", 72 * 60_000],
      ["in time", 0],
    ]);
    expect(items[2]?.expectedBy).toBe("2026-03-16T08:00:00.000Z");
    const [first] = (await listTableLoads(viewer, "local", "sales.orders", { limit: 1, until: "2026-03-16" })).items;
    expect(first).toMatchObject({ runKey: "again", whyNotJudged: expect.stringContaining("earlier load") });
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
    expect(detail.feeds).toMatchObject([
      { table: "sales.orders", state: "unknown" },
      { table: "sales.extra", state: null },
    ]);
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
    const [local] = configure().environments;
    if (local) local.warehouse = { url: "postgresql://reader@127.0.0.1/warehouse" };
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
      metrics: "stale",
    });
    const status = await getStatus(viewer);
    expect(status.sources.find((source) => source.name === "warehouse")).toMatchObject({
      state: "failed",
      reason: expect.stringContaining("ECONNREFUSED"),
      asOf: expect.any(String),
    });
    expect(read(status.sentence)).toContain("The warehouse");
  });

  test("what the configuration no longer names is not behind, for nobody reads it", async () => {
    await givenSource({ source: "warehouse", succeededAt: minutes(1_000) });
    await givenSource({ source: "glue", environment: "closed", succeededAt: minutes(1_000) });
    const { items } = await listSources(viewer);
    expect(items.map((source) => [source.environment, source.name])).toEqual(
      ["airflow", "logs", "ecs", "glue", "metrics"].map((name) => ["local", name]),
    );
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
