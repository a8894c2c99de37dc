import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ledger } from "./ledger/db";
import { configure } from "./testing/configuration";
import { givenAttempt, givenRun } from "./testing/facts";
import { startTestLedger, type TestLedger } from "./testing/postgres";
import { quantile, usualOf, usualOfPipelines, usualOfTasks } from "./usual";

const minuteMs = 60_000;
const dayMs = 86_400_000;
const key = { environment: "local", pipeline: "sales_daily" };
const now = Date.now();

let server: TestLedger;
beforeAll(async () => {
  configure();
  server = await startTestLedger();
});
beforeEach(async () => {
  await ledger().execute("truncate run, attempt");
});
afterAll(() => server.remove());

/** A run that began so long ago and took so many minutes. */
async function given(runId: string, agoMs: number, tookMinutes: number, state = "success") {
  const startedAt = new Date(now - agoMs);
  const endedAt = new Date(startedAt.getTime() + tookMinutes * minuteMs);
  await givenRun({ runId, state, startedAt, endedAt });
  await givenAttempt({ runId, taskId: "load", state, startedAt, endedAt });
}
const usual = async () => (await usualOfPipelines([key]))(key);

describe("what is usual", () => {
  test("a quantile lies between its neighbours in proportion", () => {
    expect(quantile([10, 20, 30, 40], 0.5)).toBe(25);
    expect(quantile([10], 0.9)).toBe(10);
    expect(usualOf([5, 4, 3, 2])).toBeNull();
    expect(usualOf([50, 10, 20, 40, 30])).toEqual({ count: 5, p50Ms: 30, p90Ms: 46, p95Ms: 48 });
  });

  test("is unknown with fewer than five good runs, whatever failed", async () => {
    for (let index = 0; index < 4; index++) await given(`good-${index}`, dayMs * (index + 1), 10);
    await given("bad", dayMs * 6, 3, "failed");
    expect(await usual()).toBeNull();
    await given("good-4", dayMs * 5, 10);
    expect(await usual()).toEqual({ count: 5, p50Ms: 10 * minuteMs, p90Ms: 10 * minuteMs, p95Ms: 10 * minuteMs });
  });

  test("is over the newest fifty, and over none older than sixty days", async () => {
    for (let index = 0; index < 50; index++) await given(`new-${index}`, (index + 1) * 3_600_000, 10);
    for (let index = 0; index < 50; index++) await given(`earlier-${index}`, 20 * dayMs + index, 60);
    expect(await usual()).toMatchObject({ count: 50, p95Ms: 10 * minuteMs });
    await ledger().execute("delete from run where run_id like 'new-%' or run_id >= 'earlier-2'");
    for (let index = 0; index < 50; index++) await given(`old-${index}`, 61 * dayMs + index, 1);
    expect(await usual()).toMatchObject({ count: 12, p50Ms: 60 * minuteMs });
  });

  test("each task has its own, from the tries that succeeded", async () => {
    for (let index = 0; index < 6; index++) await given(`good-${index}`, dayMs * (index + 1), 10 + index);
    await givenAttempt({ runId: "good-0", taskId: "rare", startedAt: new Date(now - dayMs), endedAt: new Date(now) });
    const tasks = await usualOfTasks(key);
    expect(tasks.get("load")).toMatchObject({ count: 6, p50Ms: 12.5 * minuteMs });
    expect(tasks.has("rare")).toBe(false);
  });
});
