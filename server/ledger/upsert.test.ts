import { sql } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { startTestLedger, type TestLedger } from "@/server/testing/postgres";
import { ledger } from "./db";
import { ecsTask, pipeline, run } from "./schema";
import { upsertChanged, upsertNews } from "./upsert";

let server: TestLedger;
beforeAll(async () => {
  server = await startTestLedger();
});
afterAll(() => server.remove());
afterEach(() => ledger().execute("truncate run, pipeline, ecs_task"));

const at = (seconds: number) => new Date(Date.UTC(2026, 10, 22) + seconds * 1000);
const hostile = ["", "NULL", "null", '"', "\\", '\\"', "{a,b}", "a,b", "' or ''='", "line\nbreak\ttab", "emoji 🚰 שלום", "$1", "\u0001"];
const runRow = (runId: string, changes: Partial<typeof run.$inferInsert> = {}): typeof run.$inferInsert => ({
  environment: "local",
  pipeline: "sales_daily",
  runId,
  state: "running",
  type: "manual",
  sortAt: at(0),
  conf: null,
  note: null,
  changedAt: at(1),
  ...changes,
});
const options = { table: run, key: ["environment", "pipeline", "runId"], silent: ["changedAt"] } satisfies Parameters<
  typeof upsertNews<typeof run>
>[2];

it("keeps every text, in keys, columns, JSON and lists, as it came", async () => {
  const rows = hostile.map((text) => runRow(text, { note: text, conf: { [text]: [text, null, 1.5] } }));
  await upsertNews(ledger(), rows, options);
  const kept = await ledger().select().from(run);
  expect(new Map(kept.map((row) => [row.runId, row]))).toEqual(
    new Map(rows.map((row) => [row.runId, expect.objectContaining({ note: row.note, conf: row.conf, sortAt: row.sortAt })])),
  );
  const dag = { environment: "local", pipeline: "p", owners: hostile, tags: [], isPaused: true, params: [], readAt: at(0) };
  const [written] = await upsertChanged(ledger(), [dag], { table: pipeline, key: ["environment", "pipeline"] });
  expect(written).toMatchObject(dag);
});

it("tells what is new and what changed; a replay writes nothing, not even a lock", async () => {
  const first = await upsertNews(ledger(), [runRow("a"), runRow("b")], options);
  expect(first.map(({ row, isNew }) => [row.runId, isNew])).toEqual([
    ["a", true],
    ["b", true],
  ]);
  const second = await upsertNews(ledger(), [runRow("a", { changedAt: at(9) }), runRow("b", { state: "success" }), runRow("c")], options);
  expect(second.map(({ row, isNew }) => [row.runId, isNew]).sort()).toEqual([
    ["b", false],
    ["c", true],
  ]);
  const versions = () => ledger().execute("select ctid::text, xmin::text, xmax::text, run_id from run order by run_id");
  const before = (await versions()).rows;
  expect(await upsertNews(ledger(), [runRow("a"), runRow("b", { state: "success" }), runRow("c")], options)).toEqual([]);
  expect((await versions()).rows).toEqual(before);
});

it("lets the last of one key win, in one statement", async () => {
  const written = await upsertNews(ledger(), [runRow("a", { state: "queued" }), runRow("a", { state: "failed" })], options);
  expect(written).toMatchObject([{ row: { state: "failed" }, isNew: true }]);
  expect(await ledger().select({ state: run.state }).from(run)).toEqual([{ state: "failed" }]);
});

it("lets an older answer change nothing, keeps what others write, and returns rows as they are", async () => {
  const task = (version: number, lastStatus: string): typeof ecsTask.$inferInsert => ({
    taskArn: "arn:1",
    environment: "local",
    attemptId: "given at insert only",
    cluster: "penstock",
    taskDefinition: "extract:1",
    lastStatus,
    version,
    createdAt: at(version),
    changedAt: at(version),
  });
  const guarded = {
    table: ecsTask,
    key: ["taskArn" as const],
    insertOnly: ["attemptId" as const],
    guard: sql`excluded.version >= ${ecsTask.version}`,
  };
  await upsertChanged(ledger(), [task(3, "RUNNING")], guarded);
  await ledger().update(ecsTask).set({ attemptId: "joined since" });
  expect(await upsertChanged(ledger(), [task(2, "PENDING")], guarded)).toEqual([]);
  expect(await upsertChanged(ledger(), [task(4, "STOPPED")], guarded)).toMatchObject([
    { attemptId: "joined since", lastStatus: "STOPPED", version: 4, createdAt: at(4), exitCode: null },
  ]);
});
