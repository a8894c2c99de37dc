import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { RunFact } from "@/lib/schemas/facts";
import type { EnvironmentConfig } from "@/server/env";
import type { Lease } from "@/server/ledger/lease";
import { log } from "@/server/log";
import type { AirflowSource, Page, Urgency } from "@/server/sources/airflow-source";
import { call, forgetCalls } from "@/server/sources/call";
import { pollBudget } from "@/server/sources/mwaa";
import { Activity } from "./activity";
import { AirflowReading } from "./airflow-reading";
import { AirflowLook, airflowPace } from "./look-airflow";
import { AirflowDetailsLook, detailsPace } from "./look-airflow-details";
import { AirflowHistoryLook, historyPace } from "./look-airflow-history";
import { type Loop, runLoop, Sleeper } from "./loop";

// The looks, their loops and the call budget are the real ones, on a virtual clock; the ledger keeps the cursor and nothing else.
const kept = vi.hoisted(() => ({ cursor: null as unknown, open: [] as { pipeline: string; runId: string }[], joins: 0 }));
const nothing = vi.hoisted(() => async () => undefined);
vi.mock("@/server/ledger/db", () => {
  const query = { from: () => query, where: () => query, orderBy: () => query, limit: async () => kept.open };
  return { ledger: () => ({ select: () => query }) };
});
vi.mock("@/server/ledger/lease", () => ({ inEpoch: nothing }));
vi.mock("@/server/ledger/source-health", () => ({
  readCursor: async () => kept.cursor,
  writeCursor: async (_tx: unknown, _key: unknown, cursor: unknown) => {
    kept.cursor = JSON.parse(JSON.stringify(cursor));
  },
  recordFailure: nothing,
}));
vi.mock("./scope", () => ({
  ingest: async (_scope: unknown, look: { cursor?: (stored: unknown) => unknown } | null, work: (tx: unknown) => Promise<unknown>) => {
    await work({});
    if (look?.cursor) kept.cursor = JSON.parse(JSON.stringify(look.cursor(kept.cursor)));
  },
}));
vi.mock("./ingest", () => ({
  ...{ ingestEnvironment: nothing, ingestRuns: nothing, ingestGoneRun: nothing },
  ...{ ingestPipelines: nothing, ingestPipelineDetails: nothing },
}));
vi.mock("./join", () => ({ ingestHints: nothing }));
vi.mock("./airflow-gaps", () => ({
  withoutHistory: async () => [],
  withoutJoin: async (_environment: string, limit: number) => Array.from({ length: Math.min(limit, kept.joins) }, (_, id) => ({ id })),
}));

const callMs = 40;
const minuteMs = 60_000;
const environment: EnvironmentConfig = { name: "prod", region: "eu-west-1", mwaa: "prod", ecs: [], glue: [] };
const now = () => new Date();
const whole = () => ({
  since: now().toISOString(),
  sweptAt: new Date(Date.now() + 86_400_000).toISOString(),
  gaps: [],
  beginsAt: now().toISOString(),
});

let asked: { urgency: Urgency; at: number }[];
let looks: number[];
let stop: AbortController;
let running: Promise<unknown>;

beforeEach(() => {
  log.level = "silent";
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
  forgetCalls();
  asked = [];
  looks = [];
  stop = new AbortController();
  kept.open = [{ pipeline: "sales_daily", runId: "now" }];
  kept.joins = 0;
});
afterEach(async () => {
  stop.abort();
  await vi.advanceTimersByTimeAsync(minuteMs);
  await running;
  vi.useRealTimers();
});

const page = <T>(items: T[]): Page<T> => ({ items, rejected: [], total: items.length });

/** Airflow answers each request after the same time; what changed fills so many pages of each list. */
function airflowWith(pages: number) {
  return (urgency: Urgency): AirflowSource => {
    const ask = () =>
      call(
        pollBudget(environment, urgency),
        async () => {
          asked.push({ urgency, at: performance.now() });
          await new Promise<void>((done) => setTimeout(done, callMs));
        },
        { operation: "airflow:InvokeRestApi" },
      );
    async function* list<T>(count: number, items: T[] = []): AsyncGenerator<Page<T>> {
      for (let index = 0; index < count; index++) {
        await ask();
        yield page(items);
      }
    }
    const changed = urgency === "active" ? pages : 1;
    return {
      environment: async () => ({
        mwaaName: "prod",
        airflowVersion: "3.2.1",
        status: "AVAILABLE",
        webserverUrl: null,
        taskLogGroup: null,
      }),
      runsChanged: () => list(changed),
      attemptsChanged: () => list(changed),
      openRuns: () => list(1, kept.open as RunFact[]),
      joinHints: () => ask().then(() => []),
      dags: () => ask().then(() => page([])),
      oldest: () => ask().then(() => null),
      remarks: () => [],
      serverNow: () => null,
    } as Partial<AirflowSource> as AirflowSource;
  };
}

/** The three loops of one environment's Airflow, as the collector has them. */
function collect(pages = 1): void {
  const scope = { environment: "prod", region: "eu-west-1", mwaaName: "prod", lease: null };
  const reading = new AirflowReading(environment, scope, new Activity("prod"), { airflow: airflowWith(pages), clock: { now } });
  const changes = new AirflowLook(reading);
  const loop = { environment: "prod", source: "airflow", lease: {} as Lease, signal: stop.signal };
  const noted: Loop["look"] = () => {
    looks.push(performance.now());
    return changes.look();
  };
  const details = new AirflowDetailsLook(reading);
  const history = new AirflowHistoryLook(reading);
  running = Promise.all([
    runLoop({ ...loop, pace: airflowPace, look: noted }, new Sleeper()),
    runLoop({ ...loop, pace: detailsPace, look: () => details.look(), trouble: () => undefined }, new Sleeper()),
    runLoop({ ...loop, pace: historyPace, look: () => history.look(), trouble: () => undefined }, new Sleeper()),
  ]);
}

const periods = () => looks.slice(1).map((at, index) => at - (looks[index] ?? 0));
const mean = (values: number[]) => values.reduce((sum, each) => sum + each, 0) / values.length;
const of = (urgency: Urgency) => asked.filter((request) => request.urgency === urgency).length;

function expectEvery(periodMs: number): void {
  expect(Math.min(...periods())).toBeGreaterThanOrEqual(periodMs * 0.9 - 1);
  expect(Math.max(...periods())).toBeLessThanOrEqual(periodMs * 1.1 + 1);
  expect(Math.abs(mean(periods()) / periodMs - 1)).toBeLessThan(0.03);
}

it("while something runs and history is whole, what changes is read every two seconds, however long its requests take", async () => {
  kept.cursor = whole();
  collect();
  await vi.advanceTimersByTimeAsync(10 * minuteMs);
  expectEvery(2_000);
  expect(of("backfill")).toBe(0);
});

it("it is read as often while history and joins have work without end", async () => {
  kept.cursor = null;
  kept.joins = 1_000;
  collect();
  await vi.advanceTimersByTimeAsync(10 * minuteMs);
  expectEvery(2_000);
  expect(of("idle")).toBeGreaterThan(200);
});

it("history is filled meanwhile", async () => {
  kept.cursor = null;
  collect();
  await vi.advanceTimersByTimeAsync(10 * minuteMs);
  expectEvery(2_000);
  expect(kept.cursor).toMatchObject({ gaps: [] });
});

it("when more changes than the budget has room for every two seconds, joins still get their share of it", async () => {
  kept.cursor = whole();
  kept.joins = 1_000;
  collect(3);
  await vi.advanceTimersByTimeAsync(10 * minuteMs);
  expect(mean(periods())).toBeGreaterThan(3_600);
  expect(mean(periods())).toBeLessThan(5_000);
  expect(of("idle") / asked.length).toBeGreaterThan(0.1);
});
