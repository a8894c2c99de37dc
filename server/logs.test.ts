import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type LogLine, LogPage, LogQuery } from "@/lib/schemas/attempt";
import { ledger } from "./ledger/db";
import { attempt } from "./ledger/schema";
import { readLogOpening } from "./log-opening";
import { readAttemptLog } from "./logs";
import { forgetReads } from "./shared-reads";
import { forgetCalls } from "./sources/call";
import { startTestCloudWatch, type TestCloudWatch } from "./testing/cloudwatch";
import { configure } from "./testing/configuration";
import { givenAttempt, givenEcsTask, givenEnvironment, givenGlueRun, people } from "./testing/facts";
import { startTestLedger, type TestLedger } from "./testing/postgres";

let server: TestLedger;
let logs: TestCloudWatch;
let id: string;
const { viewer } = people;
const task = "airflow-penstock-Task dag_id=sales_daily/run_id=scheduled__2026-11-22T06_15_00+00_00/task_id=extract_orders/attempt=1.log";
const at = Date.UTC(2026, 10, 22, 8);
const container = () => `/penstock/extractor extractor/extractor/${id}`;
const say = (stream: string, ...events: [number, string][]) =>
  logs.streams.set(stream, [...(logs.streams.get(stream) ?? []), ...events.map(([ms, message]) => ({ timestamp: at + ms, message }))]);
const ask = async (query: object = {}) => LogPage.parse(await readAttemptLog(viewer, id, LogQuery.parse(query)));

async function readAll(limit: number): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  let cursor: string | undefined;
  for (let turn = 0; turn < 50; turn++) {
    const page = await ask({ limit, cursor });
    lines.push(...page.lines);
    if (page.nextCursor === null || page.lines.length === 0) return lines;
    cursor = page.nextCursor;
  }
  throw new Error("the log does not end");
}

beforeAll(async () => {
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" });
  server = await startTestLedger();
  logs = await startTestCloudWatch();
  configure({ awsEndpointUrl: logs.url });
  await givenEnvironment();
});
beforeEach(async () => {
  forgetReads();
  forgetCalls();
  logs.streams.clear();
  logs.isDown = false;
  logs.pageSize = 3;
  logs.calls.GetLogEvents = 0;
  logs.calls.DescribeLogStreams = 0;
  await ledger().execute("truncate attempt, ecs_task, glue_run");
  const row = await givenAttempt();
  id = row.id;
  await givenEcsTask({ attemptId: id });
});
afterAll(async () => {
  await logs.close();
  await server.remove();
});

test("the streams are one log in the order of time, each line with its source and level", async () => {
  say(task, [0, '{"event":"Task started","level":"info"}'], [9_000, '{"event":"Task done","level":"info"}']);
  say(`${task}.trigger.7.log`, [4_000, '{"event":"waiting","level":"debug"}']);
  say(container(), [2_000, '{"level":"info","event":"started"}'], [5_000, '{"level":"warning","event":"retry","reason":"HTTP 503"}']);
  const page = await ask();
  expect(page.lines.map((line) => [line.source, line.level, line.text])).toEqual([
    ["airflow", "info", "Task started"],
    ["container", "info", "started"],
    ["airflow", "debug", "waiting"],
    ["container", "warning", "retry"],
    ["airflow", "info", "Task done"],
  ]);
  expect(page).toMatchObject({ isComplete: true, nextCursor: null, sources: [{ name: "logs", state: "ok" }] });
});

test.each([1, 2, 3, 5, 100])("read in pages of %i lines, nothing is lost, repeated or out of order", async (limit) => {
  for (let index = 0; index < 20; index++) say(index % 3 === 0 ? task : container(), [Math.floor(index / 2) * 1_000, `line ${index}`]);
  const whole = (await ask({ limit: 1_000 })).lines;
  const lines = await readAll(limit);
  expect(lines).toEqual(whole);
  expect(new Set(lines.map((line) => line.id)).size).toBe(20);
  expect(lines.map((line) => line.id)).toEqual(lines.map((line) => line.id).toSorted());
});

test("a live log goes on from its cursor with the new lines only", async () => {
  await ledger().update(attempt).set({ state: "running", endedAt: null }).where(eq(attempt.id, id));
  say(container(), [0, "one"], [0, "two"]);
  const first = await ask();
  expect(first).toMatchObject({ isComplete: false, lines: [{ text: "one" }, { text: "two" }] });
  say(container(), [0, "three"], [1, "four"]);
  forgetReads();
  const second = await ask({ cursor: first.nextCursor });
  expect(second.lines.map((line) => line.text)).toEqual(["three", "four"]);
  expect(second.streams.find((stream) => stream.source === "container")?.lines).toBe(4);
  expect(new Set([...first.lines, ...second.lines].map((line) => line.id)).size).toBe(4);
});

test("a hundred viewers cost what one costs", async () => {
  say(task, [0, "a"]);
  say(container(), [0, "b"]);
  await ask();
  const one = { ...logs.calls };
  forgetReads();
  forgetCalls();
  await Promise.all(Array.from({ length: 100 }, () => ask()));
  expect(logs.calls.GetLogEvents).toBe(one.GetLogEvents * 2);
  expect(logs.calls.DescribeLogStreams).toBe(one.DescribeLogStreams * 2);
});

test("a stream that is absent is named with the reason; the others are shown", async () => {
  say(container(), [0, "alone"]);
  const page = await ask();
  expect(page.lines).toHaveLength(1);
  expect(page.streams).toMatchObject([
    { source: "airflow", state: "absent", reason: expect.stringContaining("retention") },
    { source: "container", state: "read", lines: 1 },
  ]);
});

test("with CloudWatch away the answer says so, and the log is not called complete", async () => {
  logs.isDown = true;
  const page = await ask();
  expect(page).toMatchObject({ lines: [], isComplete: false, sources: [{ name: "logs", state: "failed", reason: expect.any(String) }] });
  expect(page.streams.every((stream) => stream.state === "failed")).toBe(true);
  logs.isDown = false;
  forgetReads();
  forgetCalls();
  say(container(), [0, "back"]);
  expect((await ask({ cursor: page.nextCursor })).lines).toMatchObject([{ text: "back" }]);
});

test("a Glue run's driver and executors are read from both groups", async () => {
  const row = await givenAttempt({ taskId: "load", operator: "GlueJobOperator" });
  const glue = await givenGlueRun({ attemptId: row.id });
  id = row.id;
  say(`/aws-glue/jobs/output ${glue.jobRunId}`, [0, '{"level":"info","event":"load_started"}']);
  say(`/aws-glue/jobs/error ${glue.jobRunId}-1`, [1, "26/11/22 08:00:00 ERROR Executor: lost"]);
  expect((await ask()).lines.map((line) => [line.source, line.level])).toEqual([
    ["glue", "info"],
    ["glue", "error"],
  ]);
});

test.each(["nonsense", Buffer.from("[]").toString("base64url"), Buffer.from('{"a":[1]}').toString("base64url")])(
  "the cursor %s is refused",
  async (cursor) => {
    await expect(ask({ cursor })).rejects.toMatchObject({ code: "invalid", status: 400 });
  },
);

test("what comes with an opened page is around the first error of a failed try, else the end, else nothing", async () => {
  const opened = (state: "failed" | "success") => readLogOpening(viewer, { id, state });
  expect(await opened("failed")).toBeNull();
  forgetReads();
  logs.pageSize = 100;
  for (let index = 0; index < 100; index++)
    say(container(), [index * 1_000, `{"level":"${index === 40 || index === 90 ? "error" : "info"}","event":"line ${index}"}`]);
  const failed = await opened("failed");
  expect(failed?.lines.map(({ number }) => number)).toEqual(Array.from({ length: 26 }, (_, at) => 28 + at));
  expect(failed?.lines.find(({ line }) => line.level === "error")).toMatchObject({ number: 41, line: { text: "line 40" } });
  expect(failed).toMatchObject({ bySource: [["container", 100]] });
  expect(failed?.byLevel).toContainEqual(["error", 2]);
  expect((await opened("success"))?.lines.at(-1)).toMatchObject({ number: 100 });
  forgetReads();
  logs.isDown = true;
  expect(await opened("failed")).toBeNull();
});
