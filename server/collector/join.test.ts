import { eq } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { AttemptClaim } from "@/lib/schemas/facts";
import { ledger } from "@/server/ledger/db";
import * as schema from "@/server/ledger/schema";
import { givenAttempt, givenEcsTask, givenGlueRun } from "@/server/testing/facts";
import { startTestLedger, type TestLedger } from "@/server/testing/postgres";
import { withoutJoin } from "./airflow-gaps";
import { reattachId } from "./airflow-uuid";
import { ingestHints, joinByEvidence } from "./join";
import { ingest, type Scope } from "./scope";

let server: TestLedger;
beforeAll(async () => {
  server = await startTestLedger();
});
afterAll(() => server.remove());
afterEach(() => ledger().execute("truncate attempt, ecs_task, glue_run, join_hint, change"));

const scope: Scope = { environment: "local", region: "eu-west-1", mwaaName: "penstock", lease: null };
const ago = (seconds: number) => new Date(Date.now() - seconds * 1000);
const runId = "scheduled__2026-11-22T06:15:00+00:00";
const claim = (changes: Partial<AttemptClaim> = {}): AttemptClaim => ({
  dag: "sales_daily",
  run: runId,
  task: "extract_orders",
  map: null,
  try: null,
  ...changes,
});
const loose = { attemptId: null, joinedBy: null, stoppedAt: null, lastStatus: "RUNNING" };
const task = (given: Partial<typeof schema.ecsTask.$inferInsert>) =>
  givenEcsTask({ ...loose, taskArn: "arn:task/1", createdAt: ago(90), ...given });
const glue = (given: Partial<typeof schema.glueRun.$inferInsert>) =>
  givenGlueRun({ attemptId: null, joinedBy: null, jobRunId: "jr_1", startedAt: ago(90), ...given });
const join = () => ingest(scope, null, (tx, changes) => joinByEvidence(tx, scope, changes));
const joined = async () => {
  await join();
  const [row] = await ledger().select().from(schema.ecsTask).where(eq(schema.ecsTask.taskArn, "arn:task/1"));
  return row && { attemptId: row.attemptId, joinedBy: row.joinedBy };
};
const joinedRun = async () => {
  await join();
  const [row] = await ledger().select().from(schema.glueRun);
  return row && { attemptId: row.attemptId, joinedBy: row.joinedBy };
};
const unjoined = { attemptId: null, joinedBy: null };

describe("the number that the ECS operator makes for reattaching", () => {
  const startedBy = reattachId({ pipeline: "sales_daily", taskId: "extract_orders", runId, mapIndex: -1 });

  it("names the task, and of its tries the one that was running", async () => {
    await givenAttempt({ tryNumber: 1, startedAt: ago(300), endedAt: ago(200), state: "failed" });
    const second = await givenAttempt({ tryNumber: 2, startedAt: ago(100), endedAt: null, state: "running" });
    await givenAttempt({ taskId: "extract_customers", startedAt: ago(100), endedAt: null });
    await task({ startedBy });
    expect(await joined()).toEqual({ attemptId: second.id, joinedBy: "reattach" });
  });

  it("is looked up for older work by the round that looks at all that is recent, and replaces what was only guessed", async () => {
    const running = await givenAttempt({ startedAt: ago(3_610), endedAt: null, operator: "EcsRunTaskOperator" });
    await task({ startedBy, createdAt: ago(3_600) });
    expect(await joined()).toEqual({ attemptId: running.id, joinedBy: "time" });
    await ingest(scope, null, (tx, changes) => joinByEvidence(tx, scope, changes, "recent"));
    expect(await joined()).toEqual({ attemptId: running.id, joinedBy: "reattach" });
  });

  it("of another mapped part is another's", async () => {
    await givenAttempt({ mapIndex: 3, startedAt: ago(100), endedAt: null });
    await givenAttempt({ mapIndex: 4, startedAt: ago(100), endedAt: null });
    await task({ startedBy });
    expect(await joined()).toEqual(unjoined);
  });

  it("gives way to what an XCom says, and does not come back", async () => {
    await givenAttempt({ startedAt: ago(100), endedAt: null });
    const other = await givenAttempt({ taskId: "other", startedAt: ago(100), endedAt: null });
    await task({ startedBy });
    await ingest(scope, null, (tx, changes) => ingestHints(tx, scope, changes, other.id, [{ ref: "arn:task/1", owner: null }]));
    expect(await joined()).toEqual({ attemptId: other.id, joinedBy: "xcom" });
    expect(await joined()).toEqual({ attemptId: other.id, joinedBy: "xcom" });
  });
});

describe("names in tags, environment or arguments", () => {
  it("find the try that was running, though a tag cannot hold the run's id as it is", async () => {
    await givenAttempt({ tryNumber: 1, startedAt: ago(300), endedAt: ago(200), state: "failed" });
    const second = await givenAttempt({ tryNumber: 2, startedAt: ago(100), endedAt: null });
    await task({ claim: claim({ run: runId.replaceAll(":", "_") }) });
    expect(await joined()).toEqual({ attemptId: second.id, joinedBy: "names" });
  });

  it("find the very try that they name", async () => {
    const first = await givenAttempt({ tryNumber: 1, startedAt: ago(300), endedAt: ago(200), state: "failed" });
    await givenAttempt({ tryNumber: 2, startedAt: ago(100), endedAt: null });
    await glue({ claim: claim({ try: 1 }) });
    expect(await joinedRun()).toEqual({ attemptId: first.id, joinedBy: "names" });
  });

  it("wait for their attempt, and take it from weaker evidence", async () => {
    const guessed = await givenAttempt({ taskId: "other", startedAt: ago(100), endedAt: null });
    await task({ claim: claim() });
    expect(await joined()).toEqual({ attemptId: guessed.id, joinedBy: "time" });
    const named = await givenAttempt({ startedAt: ago(100), endedAt: null });
    expect(await joined()).toEqual({ attemptId: named.id, joinedBy: "names" });
  });

  it("of a mapped task need its index", async () => {
    const mapped = await givenAttempt({ mapIndex: 2, startedAt: ago(100), endedAt: null });
    await givenAttempt({ mapIndex: 3, startedAt: ago(100), endedAt: null });
    await task({ claim: claim() });
    expect(await joined()).toEqual(unjoined);
    await ledger()
      .update(schema.ecsTask)
      .set({ claim: claim({ map: 2 }) });
    expect(await joined()).toEqual({ attemptId: mapped.id, joinedBy: "names" });
  });
});

describe("time", () => {
  it("joins a Glue run to the one Glue operator that was running, after the others had their time", async () => {
    const load = await givenAttempt({ operator: "GlueJobOperator", startedAt: ago(100), endedAt: null });
    await givenAttempt({ taskId: "extract", operator: "EcsRunTaskOperator", startedAt: ago(100), endedAt: null });
    await glue({ startedAt: ago(10) });
    expect(await joinedRun()).toEqual(unjoined);
    await ledger()
      .update(schema.glueRun)
      .set({ startedAt: ago(60) });
    expect(await joinedRun()).toEqual({ attemptId: load.id, joinedBy: "time" });
  });

  it("is a guess that XComs are still asked about; what they said is not asked again", async () => {
    const load = await givenAttempt({ operator: "GlueJobOperator", startedAt: ago(100), endedAt: ago(20) });
    await glue({ startedAt: ago(60) });
    expect(await joinedRun()).toEqual({ attemptId: load.id, joinedBy: "time" });
    expect(await withoutJoin("local", 10, new Date())).toMatchObject([{ id: load.id }]);
    await ingest(scope, null, (tx, changes) => ingestHints(tx, scope, changes, load.id, [{ ref: "jr_1", owner: null }]));
    expect(await joinedRun()).toEqual({ attemptId: load.id, joinedBy: "xcom" });
    expect(await withoutJoin("local", 10, new Date())).toEqual([]);
  });

  it("joins nothing when two fit", async () => {
    for (const taskId of ["load", "load_again"])
      await givenAttempt({ taskId, operator: "GlueJobOperator", startedAt: ago(100), endedAt: null });
    await glue({});
    expect(await joinedRun()).toEqual(unjoined);
  });
});
