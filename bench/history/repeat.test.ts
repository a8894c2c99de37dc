import { afterAll, beforeAll, expect, it } from "vitest";
import { attemptId } from "@/server/ledger/attempt-id";
import { ledger } from "@/server/ledger/db";
import { attempt, failure, run } from "@/server/ledger/schema";
import { startTestLedger, type TestLedger } from "@/server/testing/postgres";
import { copyHistory } from "./copy";

let server: TestLedger;
beforeAll(async () => {
  server = await startTestLedger();
});
afterAll(() => server.remove());

it("a history that is told three times has each run that ended three times, with its attempts and failures, and the indexes of any ledger", async () => {
  const indexes = async () => (await ledger().execute("select indexdef from pg_indexes where schemaname = 'public' order by 1")).rows;
  const before = await indexes();
  const until = new Date("2026-11-22T12:00:00Z");
  await copyHistory(server.url, {
    seed: 3,
    runs: 300,
    pipelines: 5,
    days: 10,
    until,
    environment: "prod",
    repetition: { times: 3, days: 10 },
  });
  expect(await indexes()).toEqual(before);
  const runs = await ledger().select().from(run);
  expect(runs.filter(({ endedAt }) => endedAt === null)).toHaveLength(5);
  expect(runs).toHaveLength(3 * 295 + 5);
  const oldest = Math.min(...runs.map(({ sortAt }) => sortAt.getTime()));
  expect((until.getTime() - oldest) / 86_400_000).toBeCloseTo(30, 1);
  const attempts = await ledger().select().from(attempt);
  for (const each of attempts) expect(each.id).toBe(attemptId(each));
  const keys = new Set(runs.map(({ runId }) => runId));
  expect(attempts.filter(({ runId }) => !keys.has(runId))).toEqual([]);
  const failed = new Set(attempts.filter(({ state }) => state === "failed").map(({ id }) => id));
  const failures = await ledger().select().from(failure);
  expect(failures.length).toBeGreaterThan(10);
  expect(new Set(failures.map(({ attemptId }) => attemptId))).toEqual(failed);
});
