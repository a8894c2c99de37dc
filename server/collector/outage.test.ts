import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { EnvironmentConfig } from "@/server/env";
import type { Lease } from "@/server/ledger/lease";
import { log } from "@/server/log";
import { type Budget, call, forgetCalls } from "@/server/sources/call";
import { budget as cloudwatch } from "@/server/sources/cloudwatch";
import { budget as ecs } from "@/server/sources/ecs";
import { budget as glue } from "@/server/sources/glue";
import { budget as logs } from "@/server/sources/logs";
import { pollBudget as airflow } from "@/server/sources/mwaa";
import { budget as sqs } from "@/server/sources/sqs";
import { budget as warehouse } from "@/server/sources/warehouse";
import { airflowPace } from "./look-airflow";
import { ecsPace } from "./look-ecs";
import { eventsPace } from "./look-events";
import { failurePace } from "./look-failures";
import { gluePace } from "./look-glue";
import { metricsPace } from "./look-metrics";
import { warehousePace } from "./look-warehouse";
import { type Pace, runLoop, Sleeper } from "./loop";

// The loop writes each failure to the ledger; here only what it asks of a source counts.
vi.mock("@/server/ledger/lease", () => ({ inEpoch: async () => undefined }));

const environment: EnvironmentConfig = { name: "prod", region: "eu-west-1", mwaa: "prod", ecs: [], glue: [] };
const minuteMs = 60_000;

interface Source {
  name: string;
  budget: Budget;
  pace: Pace;
  /** Requests of one look, and how long each takes. */
  calls: number;
  callMs: number;
  /** Looks ask only so often, whatever the pace. */
  everyMs?: number;
}

/** As many requests as an environment with a few jobs and containers takes, by what each look of the collector asks. */
const sources: Source[] = [
  { name: "airflow", budget: airflow(environment), pace: airflowPace, calls: 3, callMs: 60 },
  { name: "ecs", budget: ecs(environment), pace: ecsPace, calls: 3, callMs: 40 },
  { name: "glue", budget: glue(environment), pace: gluePace, calls: 2, callMs: 60 },
  { name: "events", budget: sqs(environment), pace: eventsPace, calls: 1, callMs: 5_000 },
  { name: "logs", budget: logs(environment), pace: failurePace, calls: 1, callMs: 30, everyMs: minuteMs },
  { name: "metrics", budget: cloudwatch(environment), pace: metricsPace, calls: 1, callMs: 80 },
  { name: "warehouse", budget: warehouse(environment), pace: warehousePace, calls: 4, callMs: 5 },
];
const outages = ["refused", "throttled", "hang", "denied"] as const;

/** When a request was made, and when a look was whole, on the virtual clock. */
let asked: number[];
let fresh: number[];
let outage: (typeof outages)[number] | null;
let stop: AbortController;
let running: Promise<void>;

beforeEach(() => {
  log.level = "silent";
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
  forgetCalls();
  let seed = 42;
  vi.spyOn(Math, "random").mockImplementation(() => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return seed / 2 ** 31;
  });
  asked = [];
  fresh = [];
  outage = null;
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await vi.advanceTimersByTimeAsync(minuteMs);
  await running;
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const after = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

async function answer(callMs: number, signal: AbortSignal): Promise<void> {
  asked.push(performance.now());
  if (outage === "refused") throw Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
  if (outage === "throttled") throw Object.assign(new Error("Rate exceeded"), { name: "ThrottlingException" });
  if (outage === "denied") throw Object.assign(new Error("not authorized"), { name: "AccessDeniedException" });
  if (outage === "hang") await new Promise((_, fail) => signal.addEventListener("abort", () => fail(signal.reason)));
  await after(callMs);
}

function watch({ budget, pace, calls, callMs, everyMs = 0 }: Source, isActive: boolean): void {
  let lookedAt = Number.NEGATIVE_INFINITY;
  const look = async () => {
    if (performance.now() - lookedAt < everyMs) return { isActive };
    lookedAt = performance.now();
    for (let count = 0; count < calls; count++) {
      await call(budget, (signal) => answer(callMs, signal), { operation: "test:Ask" });
    }
    fresh.push(performance.now());
    return { isActive };
  };
  running = runLoop({ environment: "prod", source: budget.source, pace, lease: {} as Lease, signal: stop.signal, look }, new Sleeper());
}

const between = (times: number[], from: number, to: number) => times.filter((at) => at >= from && at < to).length;
/** The most requests in any window of this length. */
function peak(from: number, to: number, windowMs: number): number {
  const within = asked.filter((at) => at >= from && at < to);
  return Math.max(0, ...within.map((at) => between(within, at, at + windowMs)));
}

describe.each(sources)("$name", (source) => {
  it.each(outages.flatMap((kind) => [true, false].map((isActive) => [kind, isActive] as const)))(
    "when %s (active: %s) is asked no more than when it is well, is fresh soon after, and is not met with a burst",
    async (kind, isActive) => {
      const ownMs = isActive ? source.pace.activeMs : source.pace.idleMs;
      const periodMs = Math.max(source.everyMs ?? 0, ownMs + source.calls * source.callMs);
      const spanMs = Math.max(10 * minuteMs, 40 * periodMs);
      watch(source, isActive);
      // The first looks spend what the bucket has; after them it is as every day.
      await vi.advanceTimersByTimeAsync(5 * minuteMs);
      const began = performance.now();
      await vi.advanceTimersByTimeAsync(spanMs);
      const down = performance.now();
      outage = kind;
      await vi.advanceTimersByTimeAsync(spanMs);
      const back = performance.now();
      outage = null;
      await vi.advanceTimersByTimeAsync(10 * periodMs + minuteMs);

      const normal = between(asked, began, down);
      expect(between(asked, down, back) / normal, "requests in the outage, of the normal number").toBeLessThanOrEqual(1.1);
      expect((fresh.find((at) => at > back) ?? Number.POSITIVE_INFINITY) - back, "milliseconds until fresh").toBeLessThanOrEqual(
        periodMs + 10_000,
      );
      const usual = peak(began, down, periodMs);
      expect(peak(back, performance.now(), periodMs), `requests in a period, of usually ${usual}`).toBeLessThanOrEqual(2 * usual);
    },
  );
});

it("while a system is down, callers that come together are answered by one probe", async () => {
  running = Promise.resolve();
  const budget = airflow(environment);
  const ask = () =>
    call(budget, (signal) => answer(10, signal), { operation: "test:Ask" }).then(
      () => "answer",
      (error: Error) => error.message,
    );
  outage = "refused";
  for (let turn = 0; turn < 5; turn++) {
    const asking = ask();
    await vi.advanceTimersByTimeAsync(1_000);
    await asking;
  }
  await vi.advanceTimersByTimeAsync(10_000);
  asked = [];
  const together = Promise.all(Array.from({ length: 6 }, ask));
  await vi.advanceTimersByTimeAsync(30_000);
  expect(new Set(await together)).toEqual(new Set(["airflow (prod): cannot be reached (ECONNREFUSED)"]));
  expect(asked).toHaveLength(1);
});

it("of ten requests one may be repeated, so that odd failures pass unnoticed and an outage is not doubled", async () => {
  running = Promise.resolve();
  const budget = ecs(environment);
  const ask = async (fails: boolean) => {
    let isFirst = true;
    const asking = call(
      budget,
      async () => {
        asked.push(performance.now());
        if (fails && isFirst) {
          isFirst = false;
          throw Object.assign(new Error("reset"), { code: "ECONNRESET" });
        }
      },
      { operation: "test:Ask" },
    ).then(
      () => true,
      () => false,
    );
    await vi.advanceTimersByTimeAsync(2_000);
    return asking;
  };
  const outcomes: boolean[] = [];
  for (let turn = 0; turn < 60; turn++) outcomes.push(await ask(turn % 12 === 0));
  expect(outcomes).not.toContain(false);
  expect(asked).toHaveLength(65);
});
