import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { AppError } from "@/server/errors";
import { ledger } from "@/server/ledger/db";
import { type Lease, takeLease } from "@/server/ledger/lease";
import { selectCalls } from "@/server/ledger/read/sources";
import { lease, sourceHealth } from "@/server/ledger/schema";
import { sourceCall } from "@/server/ledger/schema-source-call";
import { pruneCalls } from "@/server/ledger/source-health";
import { log } from "@/server/log";
import { configure } from "@/server/testing/configuration";
import { startTestLedger, type TestLedger } from "@/server/testing/postgres";
import { isSettled } from "./look-failures";
import { type Pace, runLoop, Sleeper } from "./loop";
import { ingest, type Scope } from "./scope";

let server: TestLedger;
let held: Lease;

beforeAll(async () => {
  log.level = "silent";
  server = await startTestLedger();
  configure({ databaseUrl: server.url });
});
afterAll(() => server.remove());
beforeEach(async () => {
  await ledger().delete(sourceHealth);
  await ledger().delete(lease);
  held = (await takeLease("collector", "test")) as Lease;
});

const quick: Pace = { activeMs: 1, idleMs: 1, failedMs: 1 };
const scope = (): Scope => ({ environment: "local", region: "eu-west-1", mwaaName: "penstock", lease: held });
const succeed = (source: string, cursor?: unknown) =>
  ingest(
    scope(),
    { source, calls: [{ operation: "ecs:DescribeTasks", calls: 2, throttled: 0, failed: 0 }], staleAfterMs: 60_000, cursor },
    async () => undefined,
  );
const health = async (source: string) => (await ledger().select().from(sourceHealth)).find((row) => row.source === source);

/** Runs a loop until its look says that it has seen enough. */
async function run(source: string, look: (turn: number, enough: () => void) => Promise<void>, sleeper = new Sleeper(), pace = quick) {
  const stop = new AbortController();
  let turn = 0;
  await runLoop(
    {
      environment: "local",
      source,
      pace,
      lease: held,
      signal: stop.signal,
      look: async () => {
        await look(++turn, () => stop.abort());
        return { isActive: true };
      },
    },
    sleeper,
  );
}

it("records a failure with its first moment, and forgets it at the next success", async () => {
  const failure = new AppError("upstream", "ecs (local): cannot be reached", { system: "ecs (local)" });
  await succeed("ecs", { at: 1 });
  await run("ecs", async (turn, enough) => {
    if (turn < 3) throw failure;
    if (turn === 3) {
      const failed = await health("ecs");
      expect(failed).toMatchObject({ error: failure.message, cursor: { at: 1 } });
      expect(failed?.failedSince?.getTime()).toBeLessThan(failed?.attemptedAt?.getTime() ?? 0);
      expect(failed?.succeededAt).not.toBeNull();
      await succeed("ecs");
    }
    enough();
  });
  expect(await health("ecs")).toMatchObject({ error: null, failedSince: null, cursor: { at: 1 }, calls: 4 });
});

it("tells people of a mistake of our own that it is one, and not its text", async () => {
  await run("logs", async (turn, enough) => {
    if (turn === 1) throw new Error("Failed query: insert … params: a secret");
    enough();
  });
  expect((await health("logs"))?.error).toBe("Penstock made a mistake reading it; the collector's log says which");
});

it("goes on where it was after the ledger was away", async () => {
  const seen: unknown[] = [];
  await succeed("glue", { at: 1 });
  await run("glue", async (turn, enough) => {
    if (turn === 1) await server.down();
    if (turn === 2) await server.up();
    const [row] = await ledger().select({ cursor: sourceHealth.cursor }).from(sourceHealth);
    seen.push(row?.cursor);
    enough();
  });
  expect(seen).toEqual([{ at: 1 }]);
});

it("looks at once when it is woken, though it had long to sleep", async () => {
  const sleeper = new Sleeper();
  await run(
    "airflow",
    async (turn, enough) => {
      if (turn === 1) setImmediate(() => sleeper.wake());
      else enough();
    },
    sleeper,
    { activeMs: 3_600_000, idleMs: 3_600_000 },
  );
});

it("believes no log to be whole that could not be read, however long ago the attempt ended", () => {
  const ended = new Date("2026-11-22T06:15:00Z");
  expect(isSettled(ended, { newestAt: null, isWhole: false }, ended.getTime() + 86_400_000)).toBe(false);
});

it("believes that a log is whole when it was read and quiet, or after two minutes", () => {
  const ended = new Date("2026-11-22T06:15:00Z");
  const after = (seconds: number) => ended.getTime() + seconds * 1000;
  const log = { newestAt: after(-1), isWhole: true };
  expect(isSettled(ended, log, after(10))).toBe(false);
  expect(isSettled(ended, log, after(91))).toBe(true);
  expect(isSettled(ended, { ...log, newestAt: after(60) }, after(91))).toBe(false);
  expect(isSettled(ended, { newestAt: null, isWhole: true }, after(91))).toBe(false);
  expect(isSettled(ended, { newestAt: null, isWhole: true }, after(121))).toBe(true);
  expect(isSettled(ended, { ...log, isWhole: false }, after(121))).toBe(false);
});

it("counts calls by operation and hour, throttled and failed ones too, and forgets them after a month", async () => {
  await ledger().delete(sourceCall);
  const counts = { operation: "ecs:DescribeTasks", calls: 3, throttled: 1, failed: 1 };
  const look = { source: "ecs", calls: [counts, { ...counts, operation: "ecs:ListTasks" }], staleAfterMs: 60_000 };
  await ingest(scope(), look, async () => undefined);
  await ingest(scope(), { ...look, calls: [counts] }, async () => undefined);
  const now = await selectCalls();
  expect(now.map(({ operation, calls, throttled, failed }) => [operation, calls, throttled, failed])).toEqual([
    ["ecs:DescribeTasks", 6, 2, 2],
    ["ecs:ListTasks", 3, 1, 1],
  ]);
  await ledger()
    .update(sourceCall)
    .set({ hour: sql`${sourceCall.hour} - interval '31 days'` })
    .where(eq(sourceCall.operation, "ecs:ListTasks"));
  await pruneCalls(ledger());
  expect(await ledger().select({ operation: sourceCall.operation }).from(sourceCall)).toEqual([{ operation: "ecs:DescribeTasks" }]);
});
