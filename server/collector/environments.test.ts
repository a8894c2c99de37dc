import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { EnvironmentConfig } from "@/server/env";
import type { Lease } from "@/server/ledger/lease";
import { log } from "@/server/log";
import { call, forgetCalls } from "@/server/sources/call";
import { budget as ecs } from "@/server/sources/ecs";
import { budget as glue } from "@/server/sources/glue";
import { pollBudget as airflow } from "@/server/sources/mwaa";
import { airflowPace } from "./look-airflow";
import { ecsPace } from "./look-ecs";
import { gluePace } from "./look-glue";
import { runLoop, Sleeper } from "./loop";

// The loop writes each failure to the ledger; here only when a source was read counts.
vi.mock("@/server/ledger/lease", () => ({ inEpoch: async () => undefined }));

const common = { mwaa: "penstock", ecs: ["penstock"], glue: ["penstock-*"] };
const own: EnvironmentConfig = { ...common, name: "own", region: "eu-west-1" };
const account: EnvironmentConfig = {
  ...common,
  name: "account",
  region: "eu-west-1",
  roleArn: "arn:aws:iam::210987654321:role/penstock-reader",
  externalId: "shared",
};
const abroad: EnvironmentConfig = { ...common, name: "abroad", region: "us-east-1" };
const environments = [own, account, abroad];
const sources = [
  { name: "airflow", budget: airflow, pace: airflowPace },
  { name: "ecs", budget: ecs, pace: ecsPace },
  { name: "glue", budget: glue, pace: gluePace },
];
const callMs = 60;
const minuteMs = 60_000;

const breakages = {
  "its role is denied": () => {
    throw Object.assign(new Error("User: … is not authorized to perform: sts:AssumeRole on resource: …"), { name: "AccessDenied" });
  },
  "its endpoint refuses": () => {
    throw Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
  },
  "its endpoint hangs": (signal: AbortSignal) =>
    new Promise<void>((_, fail) => signal.addEventListener("abort", () => fail(signal.reason), { once: true })),
  "it is throttled": () => {
    throw Object.assign(new Error("Rate exceeded"), { name: "ThrottlingException" });
  },
};
type Breakage = keyof typeof breakages;

/** When each source of each environment was read whole, on the virtual clock. */
let read: Map<string, number[]>;
let broken: { environment: string; how: Breakage } | null;
let stop: AbortController;
let running: Promise<unknown>;

beforeEach(() => {
  log.level = "silent";
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
  forgetCalls();
  read = new Map();
  broken = null;
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await vi.advanceTimersByTimeAsync(minuteMs);
  await running;
  vi.useRealTimers();
});

async function answer(environment: string, signal: AbortSignal): Promise<void> {
  if (broken?.environment === environment) await breakages[broken.how](signal);
  await new Promise<void>((done) => setTimeout(done, callMs));
}

/** Every source of every environment in a loop of its own, as the collector has them. */
function collect(): void {
  running = Promise.all(
    environments.flatMap((environment) =>
      sources.map(({ name, budget, pace }) => {
        const times: number[] = [];
        read.set(`${environment.name} ${name}`, times);
        const look = async () => {
          await call(budget(environment), (signal) => answer(environment.name, signal), { operation: "test:Ask" });
          times.push(performance.now());
          return { isActive: false };
        };
        return runLoop({ environment: environment.name, source: name, pace, lease: {} as Lease, signal: stop.signal, look }, new Sleeper());
      }),
    ),
  );
}

/** The longest that a source went unread between two instants: how old what it shows became. */
function greatestAge(times: number[], from: number, to: number): number {
  const within = [from, ...times.filter((at) => at > from && at < to), to];
  return Math.max(...within.slice(1).map((at, index) => at - (within[index] ?? from)));
}

it.each(environments.flatMap(({ name }) => (Object.keys(breakages) as Breakage[]).map((how) => [name, how] as const)))(
  "when of three environments %s breaks (%s) the others are read as before, and it is read again soon after",
  async (environment, how) => {
    collect();
    await vi.advanceTimersByTimeAsync(minuteMs);
    broken = { environment, how };
    const from = performance.now();
    await vi.advanceTimersByTimeAsync(15 * minuteMs);
    const to = performance.now();
    broken = null;
    await vi.advanceTimersByTimeAsync(minuteMs);
    for (const [key, times] of read) {
      const pace = sources.find(({ name }) => key.endsWith(` ${name}`))?.pace ?? airflowPace;
      // The pause varies by a tenth.
      const periodMs = pace.idleMs * 1.1 + callMs;
      if (key.startsWith(`${environment} `)) {
        expect(
          times.filter((at) => at > from + callMs && at < to),
          `${key} while broken`,
        ).toEqual([]);
        const firstAgain = times.find((at) => at > to) ?? Number.POSITIVE_INFINITY;
        expect(firstAgain - to, `${key} after it`).toBeLessThanOrEqual(periodMs + 10_000);
      } else {
        expect(greatestAge(times, from, to), key).toBeLessThanOrEqual(periodMs + 1);
      }
    }
  },
);
