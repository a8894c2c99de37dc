import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { RunDetail } from "@/lib/schemas/run";
import { ledger } from "./ledger/db";
import { addNote } from "./notes";
import { getRun } from "./runs";
import { configure } from "./testing/configuration";
import { givenAttempt, givenFailure, givenPipeline, givenRun, people } from "./testing/facts";
import { startTestLedger, type TestLedger } from "./testing/postgres";

const dayMs = 86_400_000;
const now = Date.now();
const of = { environment: "local", pipeline: "sales_daily" };
let server: TestLedger;

beforeAll(async () => {
  configure();
  server = await startTestLedger();
});
beforeEach(async () => {
  await ledger().execute("truncate run, attempt, failure, pipeline, note");
  await givenPipeline();
});
afterAll(() => server.remove());

interface Given {
  runId: string;
  agoMs: number;
  taskId?: string;
  pipeline?: string;
  failureClass?: string;
  note?: string;
}

async function givenFailed({ runId, agoMs, taskId = "load", pipeline = of.pipeline, failureClass = "database_lock", note }: Given) {
  const endedAt = new Date(now - agoMs);
  const startedAt = new Date(endedAt.getTime() - 60_000);
  await givenRun({ runId, pipeline, state: "failed", startedAt, endedAt, note: note ?? null });
  const { id } = await givenAttempt({ runId, pipeline, taskId, state: "failed", startedAt, endedAt });
  await givenFailure({ attemptId: id, class: failureClass, classifiedAt: endedAt });
  return id;
}

const context = async (runId: string) => RunDetail.parse(await getRun(people.viewer, { ...of, runId })).failureContext;

test("a failure tells how often it was seen, where, when last, and the note left then", async () => {
  await givenFailed({ runId: "long ago", agoMs: 95 * dayMs });
  await givenFailed({ runId: "a month ago", agoMs: 30 * dayMs });
  await givenFailed({ runId: "last week", agoMs: 7 * dayMs, note: "Airflow says so" });
  await givenFailed({ runId: "another task", agoMs: 3 * dayMs, taskId: "extract" });
  await givenFailed({ runId: "another pipeline", agoMs: 2 * dayMs, pipeline: "other" });
  await givenFailed({ runId: "another cause", agoMs: dayMs, failureClass: "out_of_memory" });
  await givenFailed({ runId: "tomorrow's", agoMs: -dayMs });
  await givenFailed({ runId: "now", agoMs: 0 });
  expect(await context("now")).toMatchObject({
    days: 90,
    here: { count: 2, isMore: false },
    anywhere: { count: 4, isMore: false },
    last: { runId: "last week", tryNumber: 1 },
    note: { runId: "last week", text: "Airflow says so", author: null },
  });
  await addNote(people.operator, { ...of, runId: "last week" }, { text: "Kill the BI session" }, "key-00000001");
  expect((await context("now"))?.note).toMatchObject({ runId: "last week", text: "Kill the BI session", author: "Oskar Lind" });
});

test("the note is of the last failure that has one; what Penstock wrote itself when it started a run is none", async () => {
  await givenFailed({ runId: "older", agoMs: 9 * dayMs, note: "an older word" });
  await givenFailed({ runId: "old", agoMs: 8 * dayMs, note: "Ask the shop first" });
  await givenFailed({ runId: "last", agoMs: dayMs, note: "Started from Penstock by Oskar Lind: again" });
  await givenFailed({ runId: "now", agoMs: 0 });
  expect(await context("now")).toMatchObject({ last: { runId: "last" }, note: { runId: "old", text: "Ask the shop first", author: null } });
});

test("the first failure in time is told; the others of the same kind are counted, those of another kind named", async () => {
  await givenFailed({ runId: "now", agoMs: 60_000 });
  const more = async (taskId: string, mapIndex: number, failureClass: string, agoMs: number, state = "failed") => {
    const { id } = await givenAttempt({ runId: "now", taskId, mapIndex, state, endedAt: new Date(now - agoMs) });
    if (state === "failed") await givenFailure({ attemptId: id, class: failureClass });
    return id;
  };
  await more("load_more", 0, "database_lock", 50_000);
  await more("load_more", 1, "database_lock", 40_000);
  const other = await more("mail", -1, "source_credentials", 30_000);
  const first = await more("extract", -1, "out_of_memory", 90_000);
  await more("publish", -1, "", 20_000, "upstream_failed");
  const detail = RunDetail.parse(await getRun(people.viewer, { ...of, runId: "now" }));
  expect(detail.failure).toMatchObject({ attemptId: first, taskId: "extract", class: "out_of_memory" });
  expect(detail.failureContext).toMatchObject({ alike: 0, othersCount: 4 });
  expect(detail.failureContext?.others.at(-1)).toMatchObject({ attemptId: other, taskId: "mail", class: "source_credentials" });
});

test("a cause that nobody recognised was not seen before; a run that failed nowhere has no context", async () => {
  await givenFailed({ runId: "before", agoMs: dayMs, failureClass: "unclassified" });
  await givenFailed({ runId: "now", agoMs: 0, failureClass: "unclassified" });
  expect(await context("now")).toMatchObject({ here: { count: 0 }, anywhere: { count: 0 }, last: null });
  await givenRun({ runId: "good" });
  expect(await context("good")).toBeNull();
});
