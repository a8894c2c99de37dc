import { eq, sql } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { TriggerRequest } from "@/lib/schemas/pipeline";
import { settleIntents, triggerRun } from "./actions";
import { verifyAudit } from "./audit";
import { findAppError } from "./errors";
import { openIntent } from "./intents";
import { ledger } from "./ledger/db";
import { auditEvent, intent, pipeline } from "./ledger/schema";
import { forgetAirflows } from "./sources/airflow-ask";
import { forgetCalls } from "./sources/call";
import { startTestAirflow, type TestAirflow } from "./testing/airflow";
import { configure } from "./testing/configuration";
import { givenPipeline, people } from "./testing/facts";
import { startTestLedger, type TestLedger } from "./testing/postgres";

let server: TestLedger;
let airflow: TestAirflow;
const dag = "sales_daily";
const request: TriggerRequest = { params: { full_refresh: true }, reason: "the shop corrected yesterday" };
let turn = 0;
const newKey = () => `key-for-test-${++turn}`;

beforeAll(async () => {
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" });
  server = await startTestLedger();
  airflow = await startTestAirflow();
  configure({ awsEndpointUrl: airflow.url });
  await givenPipeline({
    params: [
      { name: "full_refresh", description: null, value: false, schema: { type: "boolean" } },
      { name: "fault", description: null, value: "none", schema: { type: "string", enum: ["none", "exit_137"] } },
      { name: "note", description: null, value: null, schema: { type: ["null", "string"], maxLength: 10 } },
    ],
  });
});
beforeEach(() => {
  forgetCalls();
  forgetAirflows();
});
afterEach(async () => {
  Object.assign(airflow, { faults: [], isDown: false, onTrigger: null, awsRefusal: null, longestPath: Number.POSITIVE_INFINITY });
  airflow.triggers.length = 0;
  airflow.refusals.clear();
  airflow.readRefusals.clear();
  await ledger().update(intent).set({ claimedUntil: sql`now()` }).where(eq(intent.outcome, "pending"));
});
afterAll(async () => {
  await airflow.close();
  await server.remove();
});

const eventsOf = async (runId: string) => {
  const rows = await ledger()
    .select()
    .from(auditEvent)
    .where(eq(auditEvent.target, `local/${dag}/${runId}`))
    .orderBy(auditEvent.seq);
  return rows.map((row) => row.outcome);
};

test("a trigger makes one run under the key's id, with its parameters and who asked", async () => {
  const key = newKey();
  const result = await triggerRun(people.operator, "local", dag, request, key);
  expect(result).toEqual({ environment: "local", pipeline: dag, runId: `penstock__${key}`, outcome: "created", state: "queued" });
  const run = airflow.runs.get(`${dag}/penstock__${key}`);
  expect(run).toMatchObject({ conf: { full_refresh: true }, note: expect.stringContaining("Oskar Lind: the shop corrected yesterday") });
  expect(await eventsOf(result.runId)).toEqual(["intended", "done"]);
});

test("the intent and its audit event are committed before Airflow hears of it", async () => {
  const key = newKey();
  let seen: string[] = [];
  airflow.onTrigger = async () => {
    seen = await eventsOf(`penstock__${key}`);
  };
  await triggerRun(people.operator, "local", dag, request, key);
  expect(seen).toEqual(["intended"]);
});

test.each(["viewer", "analyst"] as const)("a %s may not, nothing is started and the attempt is recorded", async (role) => {
  const before = airflow.runs.size;
  await expect(triggerRun(people[role], "local", dag, request, newKey())).rejects.toMatchObject({ code: "forbidden", status: 403 });
  expect(airflow.runs.size).toBe(before);
  const [last] = await ledger().select().from(auditEvent).orderBy(sql`seq desc`).limit(1);
  expect(last).toMatchObject({ outcome: "denied", userId: people[role].id, action: "run.trigger", reason: request.reason });
});

test("20 parallel triggers with one key make one run; one is told it made it, the others that it is made or being made", async () => {
  const key = newKey();
  const results = await Promise.all(Array.from({ length: 20 }, () => triggerRun(people.operator, "local", dag, request, key)));
  expect(airflow.triggers.filter((trigger) => trigger.runId === `penstock__${key}`)).toHaveLength(1);
  expect(results.filter((result) => result.outcome === "created")).toHaveLength(1);
  expect(new Set(results.map((result) => result.runId)).size).toBe(1);
  expect(await eventsOf(`penstock__${key}`)).toEqual(["intended", "done"]);
});

test("repeated later, the same key answers the same run and starts nothing", async () => {
  const key = newKey();
  await triggerRun(people.operator, "local", dag, request, key);
  const again = await triggerRun(people.operator, "local", dag, request, key);
  expect(again).toMatchObject({ runId: `penstock__${key}`, outcome: "repeated" });
  expect(airflow.triggers).toHaveLength(1);
});

test.each([
  ["another body", people.operator, { ...request, params: {} }],
  ["another person", people.admin, request],
] as const)("the same key for %s is refused", async (_, user, other) => {
  const key = newKey();
  await triggerRun(people.operator, "local", dag, request, key);
  await expect(triggerRun(user, "local", dag, other, key)).rejects.toMatchObject({
    code: "invalid",
    status: 422,
    fields: [{ name: "Idempotency-Key" }],
  });
});

test("a key belongs to one pipeline: another one may use the same", async () => {
  await givenPipeline({ pipeline: "other" });
  const key = newKey();
  await triggerRun(people.operator, "local", dag, request, key);
  expect(await triggerRun(people.operator, "local", "other", { params: {}, reason: "" }, key)).toMatchObject({ outcome: "created" });
});

test.each(["short", "has space in it", "a".repeat(65), "../../../etc"])("the key %j is refused", async (key) => {
  await expect(triggerRun(people.operator, "local", dag, request, key)).rejects.toMatchObject({ code: "invalid", status: 400 });
});

test.each([
  [{ full_refresh: "yes" }, "full_refresh"],
  [{ fault: "fire" }, "fault"],
  [{ note: "longer than ten" }, "note"],
  [{ unknown: 1 }, "unknown"],
])("parameters %j are refused, naming the field, before anything is recorded or sent", async (params, field) => {
  const count = async () => (await ledger().select().from(intent)).length;
  const before = await count();
  await expect(triggerRun(people.operator, "local", dag, { params, reason: "" }, newKey())).rejects.toMatchObject({
    code: "invalid",
    fields: [{ name: field, message: expect.any(String) }],
  });
  expect(await count()).toBe(before);
  expect(airflow.triggers).toHaveLength(0);
});

test.each(["reset_after", "error_after"] as const)("%s: the run was made; it is read back and counted as made once", async (fault) => {
  airflow.faults.push(fault);
  const key = newKey();
  expect(await triggerRun(people.operator, "local", dag, request, key)).toMatchObject({ outcome: "created", state: "queued" });
  expect(await eventsOf(`penstock__${key}`)).toEqual(["intended", "done"]);
});

test.each(["reset_before", "error_before"] as const)(
  "%s: what became of it is said to be unknown; repeating completes it with one run",
  async (fault) => {
    airflow.faults.push(fault);
    const key = newKey();
    await expect(triggerRun(people.operator, "local", dag, request, key)).rejects.toMatchObject({ code: "upstream" });
    expect(await eventsOf(`penstock__${key}`)).toEqual(["intended"]);
    expect(await triggerRun(people.operator, "local", dag, request, key)).toMatchObject({ outcome: "repeated", state: "queued" });
    expect(await eventsOf(`penstock__${key}`)).toEqual(["intended", "done"]);
    expect([...airflow.runs.keys()].filter((name) => name.endsWith(key))).toHaveLength(1);
  },
);

test("what Airflow refuses is told, recorded as failed, and stays so under this key", async () => {
  airflow.refusals.set(dag, { status: 400, detail: "DAG has import errors" });
  const key = newKey();
  await expect(triggerRun(people.operator, "local", dag, request, key)).rejects.toMatchObject({ code: "invalid" });
  airflow.refusals.clear();
  await expect(triggerRun(people.operator, "local", dag, request, key)).rejects.toMatchObject({ code: "conflict", status: 409 });
  expect(await eventsOf(`penstock__${key}`)).toEqual(["intended", "failed"]);
});

test.each([401, 403])("Airflow's %s is a refusal with its remedy: nothing was started, and that is known", async (status) => {
  airflow.refusals.set(dag, { status, detail: "Forbidden" });
  airflow.readRefusals.set(dag, { status, detail: "Forbidden" });
  const key = newKey();
  const error = await triggerRun(people.operator, "local", dag, request, key).catch((thrown: unknown) => thrown);
  expect(findAppError(error)).toMatchObject({ code: "upstream", remedy: expect.stringContaining("Airflow role") });
  expect(findAppError(error)?.message).not.toContain("not known");
  expect(await eventsOf(`penstock__${key}`)).toEqual(["intended", "failed"]);
});

test.each(["AccessDeniedException", "ExpiredTokenException"])("AWS's %s is a refusal as well", async (name) => {
  airflow.awsRefusal = name;
  const key = newKey();
  await expect(triggerRun(people.operator, "local", dag, request, key)).rejects.toMatchObject({ code: "upstream", isRefusal: true });
  expect(await eventsOf(`penstock__${key}`)).toEqual(["intended", "failed"]);
});

test("who may not read the run back does not know what became of it: it stays open, and is settled when it can be read", async () => {
  const key = newKey();
  await givenOpenIntent(key, 300);
  airflow.runs.set(`${dag}/penstock__${key}`, {
    dag_id: dag,
    dag_run_id: `penstock__${key}`,
    state: "running",
    conf: request.params,
    note: null,
  });
  airflow.readRefusals.set(dag, { status: 403, detail: "Forbidden" });
  expect(await settleIntents()).toBe(0);
  expect(await eventsOf(`penstock__${key}`)).toEqual(["intended"]);
  airflow.readRefusals.clear();
  await ledger().update(intent).set({ claimedUntil: sql`now() - interval '1 second'` }).where(eq(intent.idempotencyKey, key));
  expect(await settleIntents()).toBe(1);
  expect(await eventsOf(`penstock__${key}`)).toEqual(["intended", "done"]);
});

test("where MWAA does not take the run's path, the run is read back by the other way; not to be there settles nothing", async () => {
  airflow.longestPath = 40;
  airflow.faults.push("reset_after");
  const key = newKey();
  expect(await triggerRun(people.operator, "local", dag, request, key)).toMatchObject({ outcome: "created", state: "queued" });
  expect(await eventsOf(`penstock__${key}`)).toEqual(["intended", "done"]);

  const old = newKey();
  await givenOpenIntent(old, 300);
  expect(await settleIntents()).toBe(0);
  expect(await eventsOf(`penstock__${old}`)).toEqual(["intended"]);
  airflow.longestPath = Number.POSITIVE_INFINITY;
  forgetAirflows();
  await ledger().update(intent).set({ claimedUntil: sql`now() - interval '1 second'` }).where(eq(intent.idempotencyKey, old));
  expect(await settleIntents()).toBe(1);
  expect(await eventsOf(`penstock__${old}`)).toEqual(["intended", "failed"]);
});

test("a run with that id and other parameters is a conflict, not ours", async () => {
  const key = newKey();
  airflow.runs.set(`${dag}/penstock__${key}`, {
    dag_id: dag,
    dag_run_id: `penstock__${key}`,
    state: "success",
    conf: { full_refresh: false },
    note: null,
  });
  await expect(triggerRun(people.operator, "local", dag, request, key)).rejects.toMatchObject({ code: "conflict" });
  expect(await eventsOf(`penstock__${key}`)).toEqual(["intended", "failed"]);
});

/** The state that a kill -9 leaves: the intent is committed, and its claim runs out. */
async function givenOpenIntent(key: string, createdSecondsAgo: number) {
  const body = { params: request.params, reason: request.reason };
  const { row } = await openIntent({
    action: "run.trigger",
    environment: "local",
    pipeline: dag,
    idempotencyKey: key,
    user: people.operator,
    body,
    runId: `penstock__${key}`,
    reason: null,
  });
  await ledger()
    .update(intent)
    .set({ claimedUntil: sql`now() - interval '1 second'`, createdAt: sql`now() - make_interval(secs => ${createdSecondsAgo})` })
    .where(eq(intent.id, row.id));
}

test("killed after the effect: the run is found and its outcome recorded", async () => {
  const key = newKey();
  await givenOpenIntent(key, 300);
  airflow.runs.set(`${dag}/penstock__${key}`, {
    dag_id: dag,
    dag_run_id: `penstock__${key}`,
    state: "running",
    conf: request.params,
    note: null,
  });
  expect(await settleIntents()).toBe(1);
  expect(await eventsOf(`penstock__${key}`)).toEqual(["intended", "done"]);
  expect(airflow.triggers).toHaveLength(0);
});

test("killed before the effect: within a minute it is completed, once", async () => {
  const key = newKey();
  await givenOpenIntent(key, 5);
  await Promise.all([settleIntents(), settleIntents()]);
  expect(airflow.triggers).toHaveLength(1);
  expect(await eventsOf(`penstock__${key}`)).toEqual(["intended", "done"]);
});

test("killed before the effect, long ago: nothing is started and that is recorded", async () => {
  const key = newKey();
  await givenOpenIntent(key, 300);
  expect(await settleIntents()).toBe(1);
  expect(airflow.triggers).toHaveLength(0);
  expect(await eventsOf(`penstock__${key}`)).toEqual(["intended", "failed"]);
});

test("while Airflow is away nothing is settled; once it is back, it is", async () => {
  const key = newKey();
  await givenOpenIntent(key, 300);
  airflow.isDown = true;
  expect(await settleIntents()).toBe(0);
  expect(await eventsOf(`penstock__${key}`)).toEqual(["intended"]);
  airflow.isDown = false;
  forgetCalls();
  await ledger().update(intent).set({ claimedUntil: sql`now() - interval '1 second'` }).where(eq(intent.idempotencyKey, key));
  expect(await settleIntents()).toBe(1);
  expect(await eventsOf(`penstock__${key}`)).toEqual(["intended", "failed"]);
});

test("an intent that somebody works on is left alone", async () => {
  const key = newKey();
  await givenOpenIntent(key, 5);
  await ledger().update(intent).set({ claimedUntil: sql`now() + interval '10 seconds'` }).where(eq(intent.idempotencyKey, key));
  expect(await settleIntents()).toBe(0);
  expect(await triggerRun(people.operator, "local", dag, request, key)).toMatchObject({ outcome: "pending" });
  expect(airflow.triggers).toHaveLength(0);
});

test("an unknown pipeline names those that are near; one that is gone cannot be started", async () => {
  await expect(triggerRun(people.operator, "local", "sales_dayly", request, newKey())).rejects.toMatchObject({
    code: "not_found",
    remedy: expect.stringContaining(dag),
  });
  await givenPipeline({ pipeline: "retired", isGone: true });
  await expect(triggerRun(people.operator, "local", "retired", request, newKey())).rejects.toMatchObject({ code: "conflict" });
});

test("parameters that the ledger does not know yet are asked of Airflow before anything is recorded", async () => {
  await ledger()
    .insert(pipeline)
    .values({ environment: "local", pipeline: "fresh", owners: [], tags: [], isPaused: false, readAt: new Date() });
  airflow.isDown = true;
  await expect(triggerRun(people.operator, "local", "fresh", request, newKey())).rejects.toMatchObject({ code: "upstream" });
  expect(await ledger().select().from(intent).where(eq(intent.pipeline, "fresh"))).toEqual([]);
});

test("without a ledger nothing is started: 503 naming it", async () => {
  await server.down();
  const error = await triggerRun(people.operator, "local", dag, request, newKey()).catch((thrown: unknown) => thrown);
  await server.up();
  expect(findAppError(error)).toMatchObject({ code: "upstream", status: 503, system: "ledger" });
  expect(airflow.triggers).toHaveLength(0);
  expect(await verifyAudit()).toMatchObject({ isIntact: true });
});
