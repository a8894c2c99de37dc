import { afterAll, beforeAll, expect, it } from "vitest";
import { copyHistory } from "@/bench/history/copy";
import { simulateRuns } from "@/bench/history/simulate";
import { ledger } from "@/server/ledger/db";
import { givenEcsTask, givenGlueRun } from "@/server/testing/facts";
import { explain } from "@/server/testing/plans";
import { startTestLedger, type TestLedger } from "@/server/testing/postgres";
import { runsKept } from "./airflow-gaps";
import { ingestRuns } from "./ingest";
import { ingestAttempts } from "./ingest-attempts";
import { joinByEvidence } from "./join";
import { joinByNames } from "./join-evidence";
import { ingest, type Scope } from "./scope";

const scope: Scope = { environment: "local", region: "eu-west-1", mwaaName: "penstock", lease: null };
const ago = (seconds: number) => new Date(Date.now() - seconds * 1000);
const kept = { seed: 7, runs: 10_000, pipelines: 40, days: 400, until: new Date() };
let server: TestLedger;

beforeAll(async () => {
  server = await startTestLedger();
  await copyHistory(server.url, { ...kept, environment: "local" });
  await ledger().execute("analyze");
});
afterAll(() => server.remove());

/** What grows with history. */
const large = /^Seq Scan (run|attempt)$/;

it.each([
  ["that are known", kept.seed],
  ["that are new", 8],
])("a page of runs and attempts %s looks each one up, and reads no table for it", async (_, seed) => {
  const page = [...simulateRuns({ ...kept, seed, runs: 1_000 })];
  const plans = await explain(server.url, () =>
    ingest(scope, null, async (tx, changes) => {
      await ingestRuns(
        tx,
        scope,
        changes,
        page.map(({ run }) => run),
      );
      await ingestAttempts(
        tx,
        scope,
        changes,
        page.flatMap(({ attempts }) => attempts),
      );
    }),
  );
  const steps = plans.flat();
  expect(steps.map(({ index }) => index)).toEqual(expect.arrayContaining(["run_environment_pipeline_run_id_pk", "attempt_pkey"]));
  expect(steps.filter(({ name }) => large.test(name))).toEqual([]);
});

it("what nothing joins is sought among the attempts of its own time, by index", async () => {
  for (let index = 0; index < 5; index++) {
    await givenEcsTask({ taskArn: `arn:task/${index}`, attemptId: null, joinedBy: null, createdAt: ago(90) });
    await givenGlueRun({ jobRunId: `jr_${index}`, attemptId: null, joinedBy: null, startedAt: ago(90) });
  }
  await ledger().execute("analyze ecs_task, glue_run");
  const plans = await explain(server.url, () => ingest(scope, null, (tx, changes) => joinByEvidence(tx, scope, changes)));
  const steps = plans.flat();
  expect(steps.filter(({ name }) => large.test(name))).toEqual([]);
  const byStart = steps.filter(({ index }) => index === "attempt_by_start");
  expect(byStart.length).toBeGreaterThanOrEqual(3);
  for (const { condition } of byStart) expect(condition).toMatch(/started_at <= .*started_at > |started_at > .*started_at <= /);
});

it("what is named is sought among the attempts of its own time, however many its task has", async () => {
  await ledger().execute("truncate ecs_task, glue_run");
  const claim = { dag: "dag_0", run: "r", task: "t", map: null, try: "1" };
  for (let index = 0; index < 5; index++) {
    await givenEcsTask({ taskArn: `arn:task/${index}`, attemptId: null, joinedBy: null, createdAt: ago(90), claim: claim as never });
    await givenGlueRun({ jobRunId: `jr_${index}`, attemptId: null, joinedBy: null, startedAt: ago(90), claim: claim as never });
  }
  await ledger().execute("analyze ecs_task, glue_run");
  const plans = await explain(server.url, () => ingest(scope, null, (tx) => joinByNames(tx, scope)));
  const ofAttempts = plans.flat().filter(({ name }) => name.endsWith(" attempt"));
  expect(ofAttempts).toHaveLength(2);
  for (const { condition } of ofAttempts) expect(condition).toMatch(/started_at/);
});

it("what Airflow should still have of the last week is found by index, and is all of it", async () => {
  const week = new Date(Date.now() - 7 * 86_400_000);
  let found: { runId: string }[] = [];
  const plans = await explain(server.url, async () => {
    found = await runsKept("local", week, new Date());
  });
  expect(plans.flat().filter(({ name }) => large.test(name))).toEqual([]);
  const runs = [...simulateRuns(kept)].filter(({ run }) => run.startedAt && run.startedAt > week);
  expect(runs.length).toBeGreaterThan(20);
  for (const { run } of runs) expect(found.map(({ runId }) => runId)).toContain(run.runId);
});
