import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { allowAudited, flushDenials, recordAudit, verifyAudit } from "./audit";
import { ledger } from "./ledger/db";
import { auditEvent } from "./ledger/schema";
import { configure } from "./testing/configuration";
import { people } from "./testing/facts";
import { startTestLedger, type TestLedger } from "./testing/postgres";

let server: TestLedger;
beforeAll(async () => {
  configure();
  server = await startTestLedger();
});
afterAll(() => server.remove());

const fact = (detail: string) => ({
  user: people.operator,
  action: "run.trigger",
  environment: "local",
  target: "local/sales_daily",
  reason: null,
  outcome: "done" as const,
  detail,
  intentId: null,
});

/** What only the owner of the database can do, by taking the triggers away: the chain must show it. */
async function tamper(statement: string): Promise<void> {
  await ledger().transaction(async (tx) => {
    await tx.execute(sql`set local session_replication_role = replica`);
    await tx.execute(sql.raw(statement));
  });
}

let snapshot: string;
beforeEach(async () => {
  await tamper("delete from audit_event");
  await tamper("update audit_head set seq = 0, hash = repeat('0', 64)");
  for (const detail of ["a", "b", "c", "d"]) await recordAudit(fact(detail));
  snapshot = JSON.stringify(await verifyAudit());
});

test("an untouched chain verifies, with its length", () => {
  expect(JSON.parse(snapshot)).toMatchObject({ isIntact: true, events: 4 });
});

test("concurrent writers, as many as there are connections, make one chain without a fork", async () => {
  const writer = async (name: string) => {
    for (let turn = 0; turn < 6; turn++) await recordAudit(fact(`${name} ${turn}`));
  };
  await Promise.all(Array.from({ length: 10 }, (_, index) => writer(`writer ${index}`)));
  expect(await verifyAudit()).toMatchObject({ isIntact: true, events: 64 });
  const rows = await ledger().select().from(auditEvent);
  expect(new Set(rows.map((row) => row.previousHash)).size).toBe(64);
});

test.each([
  ["an edited detail", "update audit_event set detail = 'x' where seq = 2", 2],
  ["a moved microsecond", "update audit_event set at = at + interval '1 microsecond' where seq = 3", 3],
  ["a null made empty", "update audit_event set reason = '' where seq = 1", 1],
  ["a removed event", "delete from audit_event where seq = 2", 2],
  ["a removed tail", "delete from audit_event where seq = 4", 4],
  ["a text moved between fields", "update audit_event set action = 'run.', target = 'trigger' || target where seq = 2", 2],
])("%s is found, at its place", async (_, statement, seq) => {
  await tamper(statement);
  expect(await verifyAudit()).toMatchObject({ isIntact: false, seq });
});

test.each([
  "update audit_event set detail = 'x' where seq = 1",
  "delete from audit_event where seq = 1",
  "truncate audit_event",
  "delete from audit_head",
  "truncate audit_head",
  "update audit_head set seq = 0",
])("the database refuses: %s", async (statement) => {
  await expect(ledger().execute(sql.raw(statement))).rejects.toThrow();
  expect(JSON.stringify(await verifyAudit())).toBe(snapshot);
});

test("refusals are recorded, at most five a minute for one person, and the others are counted", async () => {
  const about = { action: "run.trigger", environment: "local", target: "local/sales_daily", reason: null };
  for (let turn = 0; turn < 12; turn++) {
    await expect(allowAudited(people.viewer, "run:trigger", about)).rejects.toMatchObject({ code: "forbidden", status: 403 });
  }
  const denied = () => ledger().select().from(auditEvent).where(sql`${auditEvent.outcome} = 'denied'`).orderBy(auditEvent.seq);
  expect((await denied()).length).toBe(5);
  await flushDenials(Date.now() + 61_000);
  const all = await denied();
  expect(all.reduce((sum, row) => sum + 1 + row.suppressed, 0)).toBe(12);
  expect(all.at(-1)).toMatchObject({ userId: people.viewer.id, suppressed: 6 });
  expect(await verifyAudit()).toMatchObject({ isIntact: true });
});

test("counted refusals wait for a ledger that is away", async () => {
  const about = { action: "run.trigger", environment: "local", target: "local/sales_daily", reason: null };
  for (let turn = 0; turn < 8; turn++) await allowAudited(people.analyst, "run:trigger", about).catch(() => undefined);
  await ledger().execute("alter table audit_event rename to audit_away");
  await expect(flushDenials(Date.now() + 61_000)).rejects.toThrow();
  await ledger().execute("alter table audit_away rename to audit_event");
  await flushDenials(Date.now() + 61_000);
  const rows = await ledger().select().from(auditEvent).where(sql`${auditEvent.userId} = ${people.analyst.id}`);
  expect(rows.reduce((sum, row) => sum + 1 + row.suppressed, 0)).toBe(8);
});

test("what is allowed leaves no refusal", async () => {
  await allowAudited(people.operator, "run:trigger", { action: "run.trigger", environment: null, target: "x", reason: null });
  expect(JSON.stringify(await verifyAudit())).toBe(snapshot);
});
