import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { countOf, spansOf, statesOf } from "@/lib/folded";
import { taskRows } from "@/lib/format/task-timeline";
import { runCostSums } from "@/lib/run-cost";
import { AttemptList, AttemptQuery, RunDetail } from "@/lib/schemas/run";
import { listAttempts } from "./attempts";
import { ledger } from "./ledger/db";
import { getRun } from "./runs";
import { configure } from "./testing/configuration";
import { costing, givenAttempt, givenEcsTask, givenFailure, givenPipeline, givenRun, people } from "./testing/facts";
import { startTestLedger, type TestLedger } from "./testing/postgres";

let server: TestLedger;
const { viewer } = people;
const instances = 5_000;
const begun = Date.UTC(2026, 10, 22, 6);
const at = (second: number) => new Date(begun + second * 1_000);
const id = { environment: "local", pipeline: "fan_out", runId: "wide" };
const mapped = { ...id, taskId: "part" };
const last = 4_321;

beforeAll(async () => {
  configure();
  server = await startTestLedger();
  await givenPipeline({ pipeline: id.pipeline });
  await givenRun({ ...id, state: "failed", startedAt: at(0), endedAt: at(20_000) });
  await givenAttempt({ ...id, taskId: "list", startedAt: at(0), endedAt: at(60), ...costing("0.5") });
  const first = await givenAttempt({ ...mapped, mapIndex: 0, startedAt: at(61), endedAt: at(70), ...costing("0.01") });
  await givenEcsTask({ attemptId: first.id });
  await ledger().execute(sql`
    insert into attempt (id, environment, pipeline, run_id, task_id, map_index, try_number, is_latest, state, operator, started_at, ended_at, cost_usd, cost, changed_at)
    select md5(index::text), environment, pipeline, run_id, task_id, index, 1, true, state, operator, started_at + index * interval '1 second',
      ended_at + index * interval '1 second' + case when index = ${last} then interval '2 hours' else interval '0' end, cost_usd, cost, changed_at
    from attempt, generate_series(1, ${instances - 1}::int) as index where id = ${first.id}`);
  // Three fail, the later in order first in time; one of them after a first try that was lost.
  await ledger().execute(sql`update attempt set state = 'failed' where task_id = 'part' and map_index in (40, 2000, 4900)`);
  await ledger().execute(sql`update attempt set ended_at = ${at(65).toISOString()} where task_id = 'part' and map_index = 4900`);
  await ledger().execute(sql`update attempt set try_number = 2 where task_id = 'part' and map_index = 2000`);
  await givenAttempt({
    ...mapped,
    mapIndex: 2_000,
    isLatest: false,
    state: "up_for_retry",
    startedAt: at(100),
    endedAt: at(110),
    ...costing("0.02"),
  });
  const { rows } = await ledger().execute<{ id: string }>(sql`select id from attempt where state = 'failed'`);
  for (const row of rows) await givenFailure({ attemptId: row.id });
}, 60_000);
afterAll(() => server.remove());

const wide = async () => RunDetail.parse(await getRun(viewer, id));

test("a run of 5,000 mapped instances is a small answer that counts and prices all of them", async () => {
  const detail = await wide();
  expect(JSON.stringify(detail).length).toBeLessThan(300_000);
  expect(detail.folded).toMatchObject([
    { taskId: "part", instances, states: { success: instances - 3, failed: 3 }, endedAt: at(70 + last + 7_200).toISOString() },
  ]);
  const sums = runCostSums(detail.attempts, detail.folded);
  expect(sums).toEqual({ usd: "50.52", lostUsd: "0.05", metered: instances + 2, unknown: 0, open: 0 });
  expect(sums.usd).toBe(detail.run.costUsd);
  const counts = statesOf(taskRows(detail.attempts), detail.folded);
  expect([countOf(counts), countOf(counts, "failed"), countOf(counts, "success")]).toEqual([instances + 1, 3, instances - 2]);
  expect(spansOf(detail.folded, 0)).toEqual([{ taskId: "part", from: begun + 61_000, to: begun + (70 + last + 7_200) * 1_000 }]);
});

test("what failed, what ended last and every try of them are among what is sent", async () => {
  const { attempts, folded, failure, failureContext } = await wide();
  const sent = attempts.filter(({ taskId }) => taskId === "part");
  expect(new Set(sent.map(({ mapIndex }) => mapIndex)).size).toBe(folded[0]?.sent);
  expect(
    sent
      .filter(({ state }) => state === "failed")
      .map(({ mapIndex }) => mapIndex)
      .sort((a, b) => a - b),
  ).toEqual([40, 2_000, 4_900]);
  expect(sent.filter(({ mapIndex }) => mapIndex === 2_000).map(({ tryNumber }) => tryNumber)).toEqual([1, 2]);
  expect(sent.map(({ mapIndex }) => mapIndex)).toContain(last);
  // The chart begins with the first.
  expect(sent.map(({ mapIndex }) => mapIndex)).toContain(0);
  expect(sent.find(({ id: own }) => own === failure?.attemptId)?.mapIndex).toBe(4_900);
  expect(failureContext?.alike).toBe(2);
});

test("all instances are read a page at a time, without loss or repetition, and one by its number", async () => {
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = AttemptList.parse(await listAttempts(viewer, id, AttemptQuery.parse({ task: "part", limit: 100, cursor })));
    expect(page.items.length).toBeLessThanOrEqual(100);
    seen.push(...page.items.map(({ mapIndex, tryNumber }) => `${mapIndex}/${tryNumber}`));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  expect(seen).toHaveLength(instances + 1);
  expect(new Set(seen).size).toBe(seen.length);
  const { items } = await listAttempts(viewer, id, AttemptQuery.parse({ task: "part", map: 3_333 }));
  expect(items.map(({ mapIndex }) => mapIndex)).toEqual([3_333]);
});

test("a cursor that nobody gave out is refused as a bad request", async () => {
  for (const parts of [
    ["part", "nine", 1],
    ["part", 9],
    ["part", 9, 99_999_999_999],
  ]) {
    const cursor = Buffer.from(JSON.stringify(parts)).toString("base64url");
    await expect(listAttempts(viewer, id, AttemptQuery.parse({ cursor }))).rejects.toMatchObject({ code: "invalid", status: 400 });
  }
});

test("a run with few mapped instances is sent whole", async () => {
  const few = { ...id, runId: "few" };
  await givenRun(few);
  for (let mapIndex = 0; mapIndex < 50; mapIndex++) await givenAttempt({ ...few, taskId: "part", mapIndex });
  const detail = RunDetail.parse(await getRun(viewer, few));
  expect(detail.folded).toEqual([]);
  expect(detail.attempts).toHaveLength(50);
});
