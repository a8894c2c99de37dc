import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { SearchQuery, SearchResult } from "@/lib/schemas/search";
import { ledger } from "./ledger/db";
import { searchAll } from "./search";
import { forgetReads } from "./shared-reads";
import { configure } from "./testing/configuration";
import { givenPipeline, givenRun, people } from "./testing/facts";
import { startTestLedger, type TestLedger } from "./testing/postgres";

let server: TestLedger;
const find = async (q: string) => SearchResult.parse(await searchAll(people.viewer, SearchQuery.parse({ q })));
const runsOf = async (q: string) => (await find(q)).runs.map(({ pipeline, runId }) => `${pipeline} ${runId}`);

beforeAll(async () => {
  configure();
  server = await startTestLedger();
});
beforeEach(async () => {
  configure();
  forgetReads();
  await ledger().execute("truncate run, attempt, pipeline, table_check, table_load, source_health");
  for (const pipeline of ["sales_daily", "orders", "orders_incremental", "erp_orders"]) await givenPipeline({ pipeline });
});
afterAll(() => server.remove());

describe("search", () => {
  test("finds pipelines by any of their words, the nearest first, with the state of the last run", async () => {
    await givenRun({ pipeline: "orders", runId: "a", state: "failed" });
    const { pipelines } = await find("Orders");
    expect(pipelines.map(({ pipeline }) => pipeline)).toEqual(["orders", "orders_incremental", "erp_orders"]);
    expect(pipelines[0]).toMatchObject({ lastState: "failed" });
    expect(pipelines[1]).toMatchObject({ lastState: null });
    expect((await find("inc ord")).pipelines.map(({ pipeline }) => pipeline)).toEqual(["orders_incremental"]);
  });

  test("finds a run by its whole id, by its day, and by its pipeline", async () => {
    const sortAt = new Date("2026-11-20T00:50:00Z");
    await givenRun({ pipeline: "erp_orders", runId: "scheduled__2026-11-20T00:50:00+00:00", sortAt });
    await givenRun({ pipeline: "orders", runId: "penstock__abc-123", sortAt: new Date("2026-11-21T10:00:00Z") });
    expect(await runsOf("penstock__abc-123")).toEqual(["orders penstock__abc-123"]);
    expect(await runsOf("scheduled__2026-11-20T00:50:00+00:00")).toEqual(["erp_orders scheduled__2026-11-20T00:50:00+00:00"]);
    expect(await runsOf("scheduled__2026-11-20T00")).toEqual(["erp_orders scheduled__2026-11-20T00:50:00+00:00"]);
    expect(await runsOf("sales_daily 2026-11-20")).toEqual([]);
    expect(await runsOf("erp_orders")).toEqual(["erp_orders scheduled__2026-11-20T00:50:00+00:00"]);
    expect(await runsOf("penstock__abc")).toEqual([]);
  });

  test("finds tables with their state, and without a text the runs that failed last", async () => {
    await givenRun({ pipeline: "orders", runId: "bad", state: "failed" });
    await givenRun({ pipeline: "orders", runId: "good", state: "success" });
    const { tables } = await find("sales.ord");
    expect(tables.map(({ table }) => table)).toContain("sales.orders");
    expect(await find("")).toMatchObject({ tables: [], pipelines: [], runs: [{ runId: "bad", state: "failed" }] });
  });

  test("what means something to SQL or to patterns is only text", async () => {
    for (const q of ["%", "_____", "'; drop table run; --", "\\", "2026-99-99", "(", "a".repeat(500), "🦆"]) {
      expect(await find(q)).toMatchObject({ pipelines: [], runs: [] });
    }
  });

  test("an unknown environment is refused by name", async () => {
    await expect(searchAll(people.viewer, SearchQuery.parse({ q: "x", environment: "nowhere" }))).rejects.toMatchObject({
      code: "not_found",
    });
  });
});
