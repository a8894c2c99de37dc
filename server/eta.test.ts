import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { RunDetail } from "@/lib/schemas/run";
import { keepEstimates, measureEstimates } from "@/server/collector/estimates";
import { ledger } from "./ledger/db";
import { selectEtaTrial } from "./ledger/read/eta";
import { etaTrial } from "./ledger/schema-eta";
import { getRun } from "./runs";
import { forgetReads } from "./shared-reads";
import { configure } from "./testing/configuration";
import { givenAttempt, givenPipeline, givenRun, people } from "./testing/facts";
import { startTestLedger, type TestLedger } from "./testing/postgres";

const minuteMs = 60_000;
const hourMs = 3_600_000;
const now = Date.now();
const of = { environment: "local", pipeline: "sales_daily" };

let server: TestLedger;
beforeAll(async () => {
  configure();
  server = await startTestLedger();
});
beforeEach(async () => {
  forgetReads();
  await ledger().execute("truncate run, attempt, pipeline, eta_trial");
});
afterAll(() => server.remove());

/** A good run whose extract took ten minutes and whose load took as many as are given. */
async function given(index: number, loadMinutes: number) {
  const startedAt = new Date(now - (index + 1) * hourMs);
  const loadingAt = new Date(startedAt.getTime() + 10 * minuteMs);
  const endedAt = new Date(loadingAt.getTime() + loadMinutes * minuteMs);
  const runId = `run-${index}`;
  await givenRun({ runId, startedAt, endedAt });
  await givenAttempt({ runId, taskId: "extract", startedAt, endedAt: loadingAt });
  await givenAttempt({ runId, taskId: "load", startedAt: loadingAt, endedAt });
}

async function running() {
  const startedAt = new Date(now - 30 * minuteMs);
  const loadingAt = new Date(now - minuteMs);
  await givenRun({ runId: "now", state: "running", startedAt, endedAt: null });
  await givenAttempt({ runId: "now", taskId: "extract", startedAt, endedAt: loadingAt });
  await givenAttempt({ runId: "now", taskId: "load", state: "running", startedAt: loadingAt, endedAt: null });
  return RunDetail.parse(await getRun(people.viewer, { ...of, runId: "now" }));
}

test("a running run tells when it ends, counted from the task that it is in", async () => {
  for (let index = 0; index < 19; index++) await given(index, index + 2);
  const { eta } = await running();
  expect(eta).toMatchObject({ missing: null, trial: null, eta: { stage: { kind: "task_started", taskId: "load" }, count: 19 } });
  const left = Math.round((Date.parse(eta?.eta?.p50At ?? "") - now) / minuteMs);
  expect(left).toBe(10);
});

test("with too few good runs it says so; one that has ended has no end to come", async () => {
  for (let index = 0; index < 4; index++) await given(index, 5);
  expect((await running()).eta).toMatchObject({ eta: null, missing: "few_runs" });
  expect((await getRun(people.viewer, { ...of, runId: "run-1" })).eta).toBeNull();
});

test("how often estimates held is measured on the ledger's own runs, written down, and shown", async () => {
  await givenPipeline();
  for (let index = 0; index < 30; index++) await given(index, 1 + ((index * 7) % 20));
  const trial = await measureEstimates("local");
  expect(trial.ends + trial.silent).toBe(29);
  expect(trial.ends).toBeGreaterThan(10);
  expect(trial).toMatchObject({ pipelines: 1, byType: [{ type: "scheduled" }] });

  const stop = new AbortController();
  const kept = keepEstimates({ environment: "local", region: "eu-west-1", mwaaName: "penstock", lease: null }, stop.signal, 0);
  await expect.poll(() => selectEtaTrial("local"), { timeout: 10_000 }).toMatchObject({ ends: trial.ends, held: trial.held });
  stop.abort();
  await kept;
  const { eta } = await running();
  expect(eta?.trial).toMatchObject({ ends: trial.ends, held: trial.held, pipelines: 1 });
});

test("what was measured yesterday is measured again", async () => {
  await givenPipeline();
  const old = {
    environment: "local",
    measuredAt: new Date(now - 25 * hourMs),
    ends: 5_000,
    held: 1,
    trial: await measureEstimates("local"),
  };
  await ledger().insert(etaTrial).values(old);
  const stop = new AbortController();
  const kept = keepEstimates({ environment: "local", region: "eu-west-1", mwaaName: "penstock", lease: null }, stop.signal, 0);
  await expect.poll(async () => (await selectEtaTrial("local"))?.ends, { timeout: 10_000 }).toBe(0);
  stop.abort();
  await kept;
});
