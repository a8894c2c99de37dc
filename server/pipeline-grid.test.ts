import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { cellAt, readGrid } from "@/lib/grid-model";
import { GridCell, GridQuery, PipelineGrid } from "@/lib/schemas/grid";
import { ledger } from "./ledger/db";
import { dagSetting, dagVersion } from "./ledger/schema-airflow";
import { getGridCell, getPipelineGrid } from "./pipeline-grid";
import { configure } from "./testing/configuration";
import { givenAttempt, givenFailure, givenPipeline, givenRun, people } from "./testing/facts";
import { explain } from "./testing/plans";
import { startTestLedger, type TestLedger } from "./testing/postgres";

let server: TestLedger;
const { viewer } = people;
const day = (number: number) => new Date(`2026-11-${String(number).padStart(2, "0")}T06:15:00Z`);
const after = (start: Date, seconds: number) => new Date(start.getTime() + seconds * 1_000);

beforeAll(async () => {
  configure();
  server = await startTestLedger();
});
beforeEach(async () => {
  configure();
  await ledger().execute("truncate run, attempt, failure, pipeline, source_health, dag_version, dag_setting");
  await givenPipeline();
});
afterAll(() => server.remove());

async function givenTry(runId: string, startedAt: Date, taskId: string, at: number, more: Parameters<typeof givenAttempt>[0] = {}) {
  return givenAttempt({ runId, taskId, startedAt: after(startedAt, at), endedAt: after(startedAt, at + 10), ...more });
}
const askGrid = async (query: Partial<GridQuery> = {}) =>
  PipelineGrid.parse(await getPipelineGrid(viewer, "local", "sales_daily", GridQuery.parse(query)));
const grid = async (query: Partial<GridQuery> = {}) => readGrid(await askGrid(query));
const shown = async (query: Partial<GridQuery> = {}) => {
  const { rows, runs } = await grid(query);
  return Object.fromEntries(rows.map(({ id, stretches }) => [id, runs.map((_, column) => cellAt(stretches, column))]));
};

async function givenRuns(count: number) {
  for (let number = 1; number <= count; number++) {
    const runId = `run-${number}`;
    await givenRun({ runId, sortAt: day(number), startedAt: day(number), endedAt: after(day(number), 60) });
    await givenTry(runId, day(number), "load", 20);
    await givenTry(runId, day(number), "extract", 1);
  }
}

describe("the grid", () => {
  test("tells the newest try of every task in each run, oldest run first, tasks as they start", async () => {
    await givenRuns(2);
    await givenTry("run-2", day(2), "check", 40, { tryNumber: 1, isLatest: false, state: "failed" });
    await givenTry("run-2", day(2), "check", 50, { tryNumber: 2, state: "success" });
    const ok = { state: "success", tries: 1, instances: null, failed: 0 };
    expect(await shown()).toEqual({ extract: [ok, ok], load: [ok, ok], check: [null, { ...ok, tries: 2 }] });
    const { runs, rows } = await grid();
    expect(runs.map(({ runId, durationMs }) => [runId, durationMs])).toEqual([
      ["run-1", 60_000],
      ["run-2", 60_000],
    ]);
    expect(rows.map(({ id, medianMs }) => [id, medianMs])).toEqual([
      ["extract", 10_000],
      ["load", 10_000],
      ["check", 10_000],
    ]);
  });

  test("shows what has changed since it was asked for last, in the runs and in the DAG", async () => {
    await givenRuns(2);
    const attempt = await givenTry("run-2", day(2), "check", 40, { state: "running", endedAt: null });
    const states = async () =>
      Object.entries(await shown()).map(([id, cells]) => `${id} ${cells.map((cell) => cell?.state ?? "-").join(" ")}`);
    const before = ["extract success success", "load success success"];
    expect(await states()).toEqual([...before, "check - running"]);
    await ledger().execute(`update attempt set state = 'failed' where id = '${attempt.id}'`);
    expect(await states()).toEqual([...before, "check - failed"]);
    await ledger().execute(`delete from attempt where id = '${attempt.id}'`);
    expect(await states()).toEqual(before);
  });

  test("pages to older runs without loss or repetition", async () => {
    await givenRuns(7);
    const seen: string[] = [];
    let before: string | undefined;
    for (let turn = 0; turn < 5; turn++) {
      const page = await askGrid({ runs: 3, ...(before && { before }) });
      seen.unshift(...page.runs.map(({ runId }) => runId));
      if (page.olderCursor === null) break;
      before = page.olderCursor;
    }
    expect(seen).toEqual(["run-1", "run-2", "run-3", "run-4", "run-5", "run-6", "run-7"]);
  });

  test("a mapped task is one cell that says how many of its instances failed; asked for, they are rows in their order", async () => {
    await givenRuns(1);
    for (let index = 0; index < 12; index++)
      await givenTry("run-1", day(1), "mapped", 30, { mapIndex: index, state: index === 3 ? "failed" : "success" });
    expect((await shown()).mapped).toEqual([{ state: "failed", tries: 1, instances: 12, failed: 1 }]);
    const { rows, more } = await grid({ task: "mapped" });
    expect(rows.map(({ id }) => Number(id))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(rows.map(({ stretches }) => stretches[0]?.cell?.state).indexOf("failed")).toBe(3);
    expect(more).toBe(0);
  });

  test("of 5,000 instances and more, 5,000 are told and the rest is counted", async () => {
    await givenRuns(1);
    await ledger().execute(`insert into attempt (id, environment, pipeline, run_id, task_id, map_index, try_number, is_latest, state, changed_at)
      select md5('m' || n), 'local', 'sales_daily', 'run-1', 'mapped', n, 1, true, 'success', now() from generate_series(0, 5099) n`);
    expect((await shown()).mapped).toEqual([{ state: "success", tries: 1, instances: 5_100, failed: 0 }]);
    const answer = await askGrid({ task: "mapped" });
    expect([readGrid(answer).rows.length, answer.more]).toEqual([5_000, 100]);
    expect(JSON.stringify(answer).length).toBeLessThan(60_000);
  });

  test("rows follow the DAG where it is known, groups together, with tasks that never ran and ones that it has no more", async () => {
    await givenRuns(1);
    await givenTry("run-1", day(1), "retired", 2);
    const task = { operator: null, isMapped: false, pool: null, poolSlots: null, retries: null, triggerRule: null };
    await ledger()
      .insert(dagVersion)
      .values({
        environment: "local",
        pipeline: "sales_daily",
        version: "1",
        firstSeenAt: day(1),
        tasks: [
          { ...task, taskId: "marts.publish", label: "publish", groupId: "marts", upstream: ["load"] },
          { ...task, taskId: "load", label: "Load", groupId: null, upstream: ["extract"] },
          { ...task, taskId: "extract", label: "extract", groupId: null, upstream: [] },
        ],
        groups: [{ groupId: "marts", label: "marts", parentId: null }],
      } as typeof dagVersion.$inferInsert);
    await ledger()
      .insert(dagSetting)
      .values({ environment: "local", pipeline: "sales_daily", currentVersion: "1", readAt: day(1) } as typeof dagSetting.$inferInsert);
    const { rows, groups } = await grid();
    expect(rows.map(({ id, label }) => `${id} ${label}`)).toEqual([
      "extract extract",
      "load Load",
      "marts.publish publish",
      "retired retired",
    ]);
    expect(groups).toEqual([{ groupId: "marts", label: "marts", parentId: null, first: 2, count: 1 }]);
    expect(rows[2]?.stretches).toEqual([{ cell: null, from: 0, length: 1 }]);
  });

  test("of a pipeline that never ran is empty, and of one that nobody knows is not found", async () => {
    expect(await grid()).toMatchObject({ runs: [], rows: [], groups: [] });
    await expect(getPipelineGrid(viewer, "local", "sales_dayly", GridQuery.parse({}))).rejects.toThrow("sales_dayly");
  });

  test("reads one range of the attempts by run for each run, whatever the ledger holds", async () => {
    await ledger().execute(`insert into run (environment, pipeline, run_id, state, type, sort_at, changed_at)
      select 'local', 'sales_daily', 'r' || n, 'success', 'scheduled', now() - n * interval '1 hour', now() from generate_series(1, 400) n`);
    await ledger().execute(`insert into attempt (id, environment, pipeline, run_id, task_id, map_index, try_number, is_latest, state, changed_at)
      select md5(r || ' ' || t), 'local', 'sales_daily', 'r' || r, 't' || t, -1, 1, true, 'success', now()
      from generate_series(1, 400) r, generate_series(1, 60) t`);
    await ledger().execute("analyze run, attempt");
    const plans = await explain(server.url, () => getPipelineGrid(viewer, "local", "sales_daily", GridQuery.parse({ runs: 50 })));
    const steps = plans.flat().filter(({ name }) => name.includes("attempt"));
    expect(steps.map(({ name, index }) => `${name} ${index}`)).not.toContain("Seq Scan attempt undefined");
    const range = plans.flat().find(({ index, condition }) => index === "attempt_by_run" && condition.includes("run_id"));
    expect(range?.condition).toContain("k.run_id");
  });
});

describe("a cell", () => {
  test("tells try, duration and cause, of a mapped task those of the instance that failed", async () => {
    await givenRuns(1);
    for (let index = 0; index < 3; index++) {
      const attempt = await givenTry("run-1", day(1), "mapped", 30, {
        mapIndex: index,
        tryNumber: 2,
        state: index === 1 ? "failed" : "success",
      });
      if (index === 1) await givenFailure({ attemptId: attempt.id, class: "out_of_memory" });
    }
    const cell = GridCell.parse(await getGridCell(viewer, "local", "sales_daily", { run: "run-1", task: "mapped" }));
    expect(cell).toMatchObject({ state: "failed", mapIndex: 1, tryNumber: 2, durationMs: 10_000, failureClass: "out_of_memory" });
    const other = await getGridCell(viewer, "local", "sales_daily", { run: "run-1", task: "mapped", map: 0 });
    expect(other).toMatchObject({ state: "success", mapIndex: 0 });
    await expect(getGridCell(viewer, "local", "sales_daily", { run: "run-1", task: "nothing" })).rejects.toThrow("nothing of the task");
  });
});
