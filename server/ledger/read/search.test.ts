import { afterAll, beforeAll, expect, it } from "vitest";
import { copyHistory } from "@/bench/history/copy";
import { pipelineName } from "@/bench/history/simulate";
import { explain } from "@/server/testing/plans";
import { startTestLedger, type TestLedger } from "@/server/testing/postgres";
import { ledger } from "../db";
import { attempt, run } from "../schema";
import { selectLastGoodAttempt, selectLastGoodRun } from "./compare";
import { selectFailedLast, selectNewestOf, selectRunsById, selectRunsOfSpan } from "./search";

let server: TestLedger;
const until = new Date("2026-11-22T12:00:00Z");
const environments = ["local"];

beforeAll(async () => {
  server = await startTestLedger();
  await copyHistory(server.url, { seed: 7, runs: 10_000, pipelines: 40, days: 400, until, environment: "local" });
});
afterAll(() => server.remove());

it("finding a run, and the last good one before it, walks no history", async () => {
  const [own] = await ledger().select().from(run).limit(1);
  const [tried] = await ledger().select().from(attempt).limit(1);
  if (!own || !tried) throw new Error("the history is empty");
  const day = { from: new Date("2026-03-01T00:00:00Z"), to: new Date("2026-03-02T00:00:00Z") };
  const plans = await explain(server.url, async () => {
    await selectRunsById(environments, own.runId, 8);
    await selectRunsOfSpan(environments, { words: ["2026-03-01"], span: day }, 8);
    await selectNewestOf([{ environment: "local", pipeline: pipelineName(3) }], 3);
    await selectFailedLast(environments, 8);
    await selectLastGoodRun(own);
    await selectLastGoodAttempt(tried);
  });
  expect(plans.length).toBeGreaterThanOrEqual(7);
  for (const steps of plans) expect(steps.map(({ name }) => name).filter((name) => /^Seq Scan (run|attempt)$/.test(name))).toEqual([]);
});
