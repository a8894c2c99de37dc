import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { AttemptDetail } from "@/lib/schemas/attempt";
import { RunDetail } from "@/lib/schemas/run";
import { getAttempt } from "./attempts";
import { verifyAudit } from "./audit";
import { openIntent } from "./intents";
import { ledger } from "./ledger/db";
import { auditEvent } from "./ledger/schema";
import { note } from "./ledger/schema-notes";
import { addAttemptNote, addNote } from "./notes";
import { getRun } from "./runs";
import { configure } from "./testing/configuration";
import { givenAttempt, givenPipeline, givenRun, people } from "./testing/facts";
import { startTestLedger, type TestLedger } from "./testing/postgres";

const { viewer, analyst, operator, admin } = people;
const id = { environment: "local", pipeline: "sales_daily", runId: "scheduled__2026-11-22T06:15:00+00:00" };
let server: TestLedger;
let attemptId: string;

beforeAll(async () => {
  configure();
  server = await startTestLedger();
});
beforeEach(async () => {
  configure();
  Reflect.deleteProperty(globalThis, "penstockDenials");
  await ledger().execute("truncate run, attempt, pipeline, note, intent");
  await givenPipeline();
  await givenRun();
  attemptId = (await givenAttempt()).id;
});
afterAll(() => server.remove());

const notes = async () => RunDetail.parse(await getRun(viewer, id)).notes;
const events = async () => (await ledger().select().from(auditEvent)).filter(({ action }) => action === "run.note").slice(-1);

describe("notes", () => {
  test("are written by operators, read by everybody, and on record", async () => {
    expect(await addNote(operator, id, { text: "8 GB while the archive is in" }, "key-00000001")).toMatchObject({ outcome: "created" });
    expect(await notes()).toMatchObject([
      { text: "8 GB while the archive is in", author: "Oskar Lind", attemptId: null, changedAt: null, earlier: [] },
    ]);
    expect(await events()).toMatchObject([
      { outcome: "done", userId: operator.id, target: `local/sales_daily/${id.runId}`, detail: "8 GB while the archive is in" },
    ]);
    expect((await verifyAudit()).isIntact).toBe(true);
  });

  test.each([viewer, analyst])("a $role may not write one, and the refusal is on record", async (user) => {
    await expect(addNote(user, id, { text: "mine" }, "key-00000002")).rejects.toMatchObject({ code: "forbidden" });
    await expect(addAttemptNote(user, attemptId, { text: "mine" }, "key-00000003")).rejects.toMatchObject({ code: "forbidden" });
    expect(await notes()).toEqual([]);
    expect(await events()).toMatchObject([{ outcome: "denied", userId: user.id }]);
  });

  test("ten repetitions of one request are one note; the key stands for nothing else", async () => {
    const asked = Array.from({ length: 10 }, () => addNote(operator, id, { text: "once" }, "key-00000004"));
    const outcomes = (await Promise.all(asked)).map(({ outcome }) => outcome);
    expect(outcomes.filter((outcome) => outcome === "created")).toHaveLength(1);
    expect(await notes()).toHaveLength(1);
    await expect(addNote(operator, id, { text: "other" }, "key-00000004")).rejects.toMatchObject({ code: "invalid" });
    await expect(addNote(admin, id, { text: "once" }, "key-00000004")).rejects.toMatchObject({ code: "invalid" });
    await openIntent({
      ...id,
      action: "run.trigger",
      idempotencyKey: "key-00000005",
      user: operator,
      body: {},
      runId: "penstock__key-00000005",
      reason: null,
    });
    await expect(addNote(operator, id, { text: "once" }, "key-00000005")).rejects.toMatchObject({ code: "invalid" });
    await expect(addNote(operator, id, { text: "once" }, "no")).rejects.toMatchObject({ code: "invalid", status: 400 });
  });

  test("the author changes an own one, and what it said before is kept; nobody else can", async () => {
    const { id: written } = await addNote(operator, id, { text: "first" }, "key-00000006");
    await expect(addNote(admin, id, { text: "no, mine", id: written }, "key-00000007")).rejects.toMatchObject({ code: "forbidden" });
    await addNote(operator, id, { text: "second", id: written }, "key-00000008");
    expect(await notes()).toMatchObject([{ id: written, text: "second", changedAt: expect.any(String), earlier: [{ text: "first" }] }]);
    expect(await events()).toMatchObject([{ detail: "changed to: second" }]);
    const both = ["third", "fourth"].map((text, index) => addNote(operator, id, { text, id: written }, `key-1000000${index}`));
    await Promise.all(both);
    expect((await notes())[0]?.earlier).toHaveLength(3);
    await expect(addNote(operator, id, { text: "x", id: "unknown" }, "key-00000009")).rejects.toMatchObject({ code: "not_found" });
  });

  test("one on an attempt stands with the attempt and with its run", async () => {
    await addAttemptNote(operator, attemptId, { text: "the second container" }, "key-00000010");
    await addNote(operator, id, { text: "the run" }, "key-00000011");
    expect(AttemptDetail.parse(await getAttempt(viewer, attemptId)).notes).toMatchObject([{ text: "the second container", attemptId }]);
    expect((await notes()).map(({ text }) => text)).toEqual(["the run", "the second container"]);
  });

  test("of what is not there cannot be written, and the near is named", async () => {
    await expect(addNote(operator, { ...id, runId: "scheduled__2026-11-22" }, { text: "x" }, "key-00000012")).rejects.toMatchObject({
      code: "not_found",
      remedy: expect.stringContaining(id.runId),
    });
    await expect(addAttemptNote(operator, "0".repeat(32), { text: "x" }, "key-00000013")).rejects.toMatchObject({ code: "not_found" });
    expect(await ledger().select().from(note)).toEqual([]);
  });
});
