import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { EnvironmentConfig } from "@/server/env";
import { call, forgetCalls } from "@/server/sources/call";
import { pollBudget, type Urgency } from "@/server/sources/mwaa";
import { airflowPace } from "./look-airflow";

const minuteMs = 60_000;
const environmentNamed = (name: string): EnvironmentConfig => ({ name, region: "eu-west-1", mwaa: name, ecs: [], glue: [] });
const after = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

interface Request {
  urgency: Urgency;
  wantedAt: number;
  askedAt: number;
}
let requests: Request[];
let isOver: boolean;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
  forgetCalls();
  requests = [];
  isOver = false;
});
afterEach(() => void vi.useRealTimers());

async function ask(environment: EnvironmentConfig, urgency: Urgency, callMs: number): Promise<void> {
  const request = { urgency, wantedAt: performance.now(), askedAt: Number.NaN };
  const work = async () => {
    request.askedAt = performance.now();
    requests.push(request);
    await after(callMs);
  };
  await call(pollBudget(environment, urgency), work, { operation: "airflow:InvokeRestApi" }).catch(() => undefined);
}

/** The look at what changes: so many requests, and then its pause. */
async function watch(environment: EnvironmentConfig, calls: number, pauseMs: number): Promise<void> {
  while (!isOver) {
    for (let count = 0; count < calls; count++) await ask(environment, "active", 60);
    await after(pauseMs);
  }
}
/** Work without end, as the details of a thousand DAGs or ten million runs of history. */
async function work(environment: EnvironmentConfig, urgency: Urgency, callMs = 60): Promise<void> {
  while (!isOver) await ask(environment, urgency, callMs);
}
const of = (urgency: Urgency) => requests.filter((request) => request.urgency === urgency);

it("history and details take only what the look at what changes leaves: not one of its requests waits for them", async () => {
  const prod = environmentNamed("prod");
  void watch(prod, 2, airflowPace.activeMs);
  void work(prod, "idle");
  void work(prod, "backfill");
  await vi.advanceTimersByTimeAsync(30 * minuteMs);
  isOver = true;
  expect(of("active").length).toBeGreaterThan(1_500);
  expect(of("active").filter(({ wantedAt, askedAt }) => askedAt > wantedAt)).toEqual([]);
  expect(of("idle").length).toBeGreaterThan(of("backfill").length);
  // Two a second for everybody, and what the bucket held at first.
  expect(requests.length).toBeLessThanOrEqual(2 * 30 * 60 + 6);
});

it("a request of history that hangs holds up nothing but history", async () => {
  const prod = environmentNamed("prod");
  void watch(prod, 2, airflowPace.activeMs);
  void work(prod, "backfill", 60 * minuteMs);
  await vi.advanceTimersByTimeAsync(minuteMs);
  isOver = true;
  expect(of("active").length).toBeGreaterThan(50);
  expect(of("active").filter(({ wantedAt, askedAt }) => askedAt > wantedAt)).toEqual([]);
});

it("while nothing runs, history has nearly all of the budget", async () => {
  const prod = environmentNamed("prod");
  void watch(prod, 2, airflowPace.idleMs);
  void work(prod, "backfill");
  await vi.advanceTimersByTimeAsync(10 * minuteMs);
  isOver = true;
  expect(of("backfill").length).toBeGreaterThan(1_000);
  expect(of("active").filter(({ wantedAt, askedAt }) => askedAt > wantedAt)).toEqual([]);
});

it("an environment that answers nothing leaves another one's requests where they were, to the millisecond", async () => {
  const times = async (withHanging: boolean) => {
    forgetCalls();
    requests = [];
    isOver = false;
    const began = performance.now();
    void watch(environmentNamed("well"), 2, airflowPace.activeMs);
    const own = requests;
    if (withHanging) {
      const hanging = environmentNamed("hanging");
      for (const urgency of ["active", "idle", "backfill"] as const) {
        void (async () => {
          while (!isOver) {
            await call(pollBudget(hanging, urgency), () => new Promise(() => undefined), { operation: "airflow:InvokeRestApi" }).catch(
              () => undefined,
            );
            await after(1_000);
          }
        })();
      }
    }
    await vi.advanceTimersByTimeAsync(10 * minuteMs);
    isOver = true;
    return own.map(({ askedAt }) => askedAt - began);
  };
  const alone = await times(false);
  await vi.advanceTimersByTimeAsync(minuteMs);
  expect(await times(true)).toEqual(alone);
  expect(alone.length).toBeGreaterThan(500);
});
