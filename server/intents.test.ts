import { randomUUID } from "node:crypto";
import { asc, eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { claimIntent, finishIntent, openIntent } from "./intents";
import { ledger } from "./ledger/db";
import { auditEvent, intent } from "./ledger/schema";
import { configure } from "./testing/configuration";
import { people } from "./testing/facts";
import { startTestLedger, type TestLedger } from "./testing/postgres";

let server: TestLedger;
beforeAll(async () => {
  server = await startTestLedger();
  configure({ databaseUrl: server.url });
});
afterAll(() => server.remove());

it("a worker that stood still until another took its intent over cannot settle it a second time", async () => {
  const key = randomUUID();
  const asked = { action: "run.trigger", environment: "local", pipeline: "sales_daily", idempotencyKey: key, body: {}, reason: null };
  const { row: stalled } = await openIntent({ ...asked, user: people.operator, runId: `penstock__${key}` });
  expect(await claimIntent(stalled.id)).toBeNull();
  await ledger().update(intent).set({ claimedUntil: sql`now() - interval '1 second'` }).where(eq(intent.id, stalled.id));
  const taken = await claimIntent(stalled.id);
  expect(taken?.id).toBe(stalled.id);

  expect(taken && (await finishIntent(taken, "done", null))).toBe(true);
  expect(await finishIntent(stalled, "failed", "it stood still")).toBe(false);
  const [settled] = await ledger().select().from(intent).where(eq(intent.id, stalled.id));
  expect(settled).toMatchObject({ outcome: "done", outcomeDetail: null });
  const events = await ledger().select().from(auditEvent).where(eq(auditEvent.intentId, stalled.id)).orderBy(asc(auditEvent.seq));
  expect(events.map((event) => event.outcome)).toEqual(["intended", "done"]);
});
