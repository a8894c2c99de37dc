import { describe, expect, test } from "vitest";
import type { Failure } from "./schemas/attempt";
import type { Sentence, SourceHealth } from "./schemas/common";
import type { Run } from "./schemas/run";
import type { TableState, TableSummary } from "./schemas/table";
import {
  countStates,
  pipelineSentence,
  pipelinesSentence,
  runSentence,
  runsSentence,
  sourcesSentence,
  statusSentence,
  tableSentence,
} from "./sentences";

const read = (sentence: Sentence) => sentence.map((part) => part.text).join("");
const states = (...list: TableState[]) => countStates(list.map((state) => ({ state })));

describe("Can I use the data?", () => {
  test.each([
    [states("on_time", "on_time", "not_expected"), "All 3 tables can be used now."],
    [states("on_time"), "The table can be used now."],
    [states("on_time", "late", "late", "unknown", "failed"), "1 of 5 tables can be used now. 2 are late, 1 did not load, 1 is unknown."],
    [states("unknown", "unknown"), "The state of all 2 tables is unknown now."],
    [states(), "No tables are configured yet."],
  ])("%o", (counts, text) => {
    expect(read(statusSentence(counts, []))).toBe(text);
  });

  test("unknown is never counted as usable", () => {
    expect(read(statusSentence(states("unknown", "on_time"), []))).toContain("1 of 2 tables can be used now");
  });

  test("a source that is behind is named, once, after what it may change", () => {
    const behind: SourceHealth = { name: "warehouse", environment: "local", state: "failed", asOf: null };
    expect(read(statusSentence(states("on_time"), [behind, { ...behind, environment: "prod" }]))).toBe(
      "The table can be used now. The warehouse is behind: what depends on it may be older than it looks.",
    );
  });
});

const table: TableSummary = {
  environment: "local",
  table: "sales.orders",
  state: "on_time",
  reason: "Arrived 06:43.",
  lateByMs: null,
  dataThrough: "2026-11-22",
  loadedAt: "2026-11-22T06:43:00.000Z",
  expectedBy: null,
  expectedZone: "UTC",
  nextExpectedBy: null,
  producedBy: null,
  lastRun: null,
  evidence: { kind: "none", description: "", readAt: null, tookMs: null },
};

describe("Can I use this table?", () => {
  test("on time, through which day and since when", () => {
    const sentence = tableSentence(table);
    expect(read(sentence)).toBe(
      "Yes. sales.orders is on time and holds data through Sun 22 Nov 2026. Last loaded 2026-11-22T06:43:00.000Z.",
    );
    expect(sentence.find((part) => part.at)).toMatchObject({ at: table.loadedAt });
  });
  test.each([
    [{ state: "late", lateByMs: 35 * 60_000 }, "Not yet. sales.orders is 35 min late and holds data through Sun 22 Nov 2026."],
    [{ state: "failed" }, "Not yet. The run that loads sales.orders failed. It holds data through Sun 22 Nov 2026."],
    [{ state: "failed", dataThrough: null, loadedAt: null }, "Not yet. The run that loads sales.orders failed. It was not loaded."],
    [
      { state: "due_soon" },
      "Yes, sales.orders can be used and holds data through Sun 22 Nov 2026. Last loaded 2026-11-22T06:43:00.000Z. Its next load is due.",
    ],
    [{ state: "not_expected" }, "Yes. sales.orders expects no load today"],
    [
      { state: "unknown", reason: "Not judged: access denied." },
      "Unknown. Nobody can say now whether sales.orders can be used. Not judged: access denied.",
    ],
  ] as [Partial<TableSummary>, string][])("%o", (change, text) => {
    expect(read(tableSentence({ ...table, ...change }))).toContain(text);
  });
  test("an instant is left to the reader's zone", () => {
    const through = "2026-11-22T08:00:00Z";
    expect(tableSentence({ ...table, dataThrough: through }).some((part) => part.at === "2026-11-22T08:00:00.000Z")).toBe(true);
  });
});

const run = {
  state: "running",
  startedAt: "2026-11-22T06:15:00.000Z",
  queuedAt: "2026-11-22T06:14:00.000Z",
  durationMs: null,
  usual: { count: 30, p50Ms: 31 * 60_000, p90Ms: 36 * 60_000, p95Ms: 38 * 60_000 },
  isGone: false,
  taskCounts: { total: 5, done: 2, failed: 0 },
  tables: [],
} as unknown as Run;
const now = Date.parse("2026-11-22T06:25:00.000Z");

describe("What happened in this run?", () => {
  test.each([
    [{}, null, "Running for 10 min: 2 of 5 tasks done; it usually takes 31 min."],
    [{ state: "queued" }, null, "Waiting to start, for 11 min."],
    [{ state: "success", durationMs: 1_860_000, tables: ["a", "b"] }, null, "Succeeded after 31 min; wrote 2 tables."],
    [{ state: "failed", durationMs: 60_000 }, null, "Failed after 1 min."],
    [
      { state: "failed", durationMs: 60_000 },
      { taskId: "extract_orders", title: "Out of memory" } as Failure,
      "Failed after 1 min: extract_orders, out of memory.",
    ],
  ] as [Partial<Run>, Failure | null, string][])("%o", (change, failure, text) => {
    expect(read(runSentence({ ...run, ...change }, failure, now))).toBe(text);
  });
});

test("a running run says when all of it is done, where that can be told", () => {
  const endsAt = "2026-11-22T06:46:00.000Z";
  const parts = runSentence(run, null, now, endsAt);
  expect(read(parts)).toBe(`Running for 10 min: 2 of 5 tasks done, all by about ${endsAt}.`);
  expect(parts).toContainEqual({ text: endsAt, at: endsAt });
});

test("What needs me?", () => {
  const counts = { failed: 0, overrunning: 0, queuedLong: 0, isMore: false, running: 0, queued: 0, succeededToday: 0 };
  expect(read(runsSentence(counts, []))).toBe("Nothing needs you. None went well yet today.");
  expect(read(runsSentence({ ...counts, failed: 1, running: 2, queued: 1, succeededToday: 7 }, []))).toBe(
    "1 run needs somebody: 1 failed. 2 running, 1 queued. 7 went well today.",
  );
  expect(read(runsSentence({ ...counts, failed: 1000, isMore: true, overrunning: 1, queuedLong: 2 }, []))).toBe(
    "More than 1003 runs need somebody: more than 1000 failed, 1 takes longer than usual, 2 wait too long. None went well yet today.",
  );
});

test("pipelines", () => {
  expect(read(pipelinesSentence({ total: 3, failing: 1, paused: 2, broken: 0 }, []))).toBe(
    "3 pipelines; the last run of 1 failed. 2 are paused.",
  );
  expect(read(pipelinesSentence({ total: 3, failing: 0, paused: 0, broken: 1 }, []))).toBe(
    "3 pipelines; the last run of none failed. 1 file cannot be imported.",
  );
  expect(read(pipelinesSentence({ total: 0, failing: 0, paused: 0, broken: 2 }, []))).toBe(
    "No pipelines are known yet. 2 files cannot be imported.",
  );
  expect(
    read(pipelineSentence({ pipeline: "sales_daily", isPaused: true, lastRun: { state: "failed", endedAt: null }, nextRunAt: null }, now)),
  ).toBe("The last run of sales_daily failed. It is paused: nothing starts by schedule.");
  const coming = { pipeline: "sales_daily", isPaused: false, lastRun: null, nextRunAt: "2026-11-23T06:15:00.000Z" };
  expect(read(pipelineSentence(coming, Date.parse("2026-11-23T06:14:59Z")))).toBe(
    "sales_daily has not run yet. Next by schedule 2026-11-23T06:15:00.000Z.",
  );
  expect(read(pipelineSentence(coming, Date.parse("2026-11-23T06:15:00Z")))).toBe(
    "sales_daily has not run yet. The next was due 2026-11-23T06:15:00.000Z.",
  );
});

test.each([
  [["failed", "success", "success", "success", "failed"], "The last run of sales_daily failed after 3 good runs."],
  [["failed", "success", "failed"], "The last run of sales_daily failed."],
  [["failed", "failed", "success"], "The last 2 runs of sales_daily failed."],
  [["failed", "running", "success", "success"], "The last run of sales_daily failed."],
])("a failure is told against the runs before it: %s", (states, text) => {
  const recentRuns = states.map((state) => ({ state }));
  const lastRun = { state: "failed", endedAt: null };
  expect(read(pipelineSentence({ pipeline: "sales_daily", isPaused: false, lastRun, recentRuns, nextRunAt: null }, now))).toBe(text);
});

test("a source that fails is named before its last reading is old", () => {
  const source = (name: string, more: Partial<SourceHealth> = {}): SourceHealth => ({
    name,
    environment: "prod",
    state: "ok",
    asOf: "2026-11-22T06:15:00Z",
    ...more,
  });
  const text = (...sources: SourceHealth[]) => read(sourcesSentence(sources));
  const failing = { failingSince: "2026-11-22T06:14:00Z", reason: "access denied" };
  expect(text(source("ecs"), source("glue", { reason: "2 runs cannot be read" }))).toBe("All 2 sources are current.");
  expect(text(source("ecs", failing), source("glue"))).toBe("1 source fails now: ECS; what was read last is still current.");
  expect(text(source("ecs", { ...failing, state: "failed" }), source("glue"))).toBe("1 source is behind, of 2: ECS.");
  expect(text(source("ecs", { state: "stale" }), source("glue", failing), source("logs", { environment: "other" }))).toBe(
    "1 source is behind, of 3: ECS of prod. 1 source fails now: Glue of prod; what was read last is still current.",
  );
});
