import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { AttemptDetail } from "@/lib/schemas/attempt";
import { RunDetail, RunFilter, RunPage } from "@/lib/schemas/run";
import { getAttempt } from "./attempts";
import { openIntent } from "./intents";
import { ledger } from "./ledger/db";
import { getRun, listRuns } from "./runs";
import { configure } from "./testing/configuration";
import {
  costing,
  givenAttempt,
  givenEcsTask,
  givenFailure,
  givenGlueRun,
  givenLoad,
  givenPipeline,
  givenRun,
  people,
} from "./testing/facts";
import { startTestLedger, type TestLedger } from "./testing/postgres";

let server: TestLedger;
const { viewer } = people;
const read = (sentence: { text: string }[]) => sentence.map((part) => part.text).join("");
const minutes = (count: number) => new Date(Date.now() - count * 60_000);

beforeAll(async () => {
  configure();
  server = await startTestLedger();
});
beforeEach(async () => {
  configure();
  await ledger().execute("truncate run, attempt, ecs_task, glue_run, failure, table_load, table_check, pipeline, source_health, intent");
});
afterAll(() => server.remove());

describe("runs", () => {
  test("come newest first, page by page, without loss or repetition while new ones arrive", async () => {
    const same = minutes(30);
    for (let index = 0; index < 23; index++) {
      await givenRun({
        runId: `run-${String(index).padStart(2, "0")}`,
        sortAt: index % 3 === 0 ? same : new Date(same.getTime() + index * 1_000),
      });
    }
    const expected = (await listRuns(viewer, RunFilter.parse({ limit: 100 }))).items.map((run) => run.runId);
    const seen: string[] = [];
    let cursor: string | undefined;
    for (let turn = 0; turn < 20; turn++) {
      const page = RunPage.parse(await listRuns(viewer, RunFilter.parse({ limit: 4, cursor })));
      seen.push(...page.items.map((run) => run.runId));
      if (page.nextCursor === null) break;
      cursor = page.nextCursor;
      await givenRun({ runId: `new-${turn}`, sortAt: new Date() });
    }
    expect(seen).toEqual(expected);
  });

  test("microseconds of the sort time do not lose a row between pages", async () => {
    await ledger().execute(`insert into run (environment, pipeline, run_id, state, type, sort_at, changed_at)
      select 'local', 'sales_daily', 'r' || n, 'success', 'manual', timestamptz '2026-11-22 08:00:00' + n * interval '1 microsecond', now() from generate_series(1, 9) n`);
    const first = await listRuns(viewer, RunFilter.parse({ limit: 5 }));
    const second = await listRuns(viewer, RunFilter.parse({ limit: 5, cursor: first.nextCursor }));
    expect([...first.items, ...second.items].map((run) => run.runId)).toEqual(["r9", "r8", "r7", "r6", "r5", "r4", "r3", "r2", "r1"]);
  });

  test("filters apply, and what was deleted in Airflow is listed as history, not as what runs", async () => {
    await givenRun({ runId: "a", state: "failed" });
    await givenRun({ runId: "b", pipeline: "other" });
    await givenRun({ runId: "c", isGone: true });
    await givenRun({ runId: "d", state: "running", endedAt: null, isGone: true });
    const ids = async (filter: object) => (await listRuns(viewer, RunFilter.parse(filter))).items.map((run) => run.runId);
    expect(await ids({ state: "failed" })).toEqual(["a"]);
    expect(await ids({ pipeline: "other" })).toEqual(["b"]);
    expect((await ids({})).sort()).toEqual(["a", "b", "c", "d"]);
    expect(await ids({ state: "running" })).toEqual([]);
    const { items } = await listRuns(viewer, RunFilter.parse({ pipeline: "sales_daily" }));
    expect(items.map(({ runId, isGone }) => [runId, isGone]).sort()).toEqual([
      ["a", false],
      ["c", true],
      ["d", true],
    ]);
  });

  test("a run that was deleted in Airflow still opens, says so, and is not taken for one that runs", async () => {
    await givenRun({ state: "running", endedAt: null, isGone: true });
    await givenAttempt({ state: "running", endedAt: null });
    await givenRun({ runId: "manual__kept", state: "success", isGone: true });
    await givenRun({ runId: "manual__there", state: "success" });
    const id = { environment: "local", pipeline: "sales_daily" };
    const open = await getRun(viewer, { ...id, runId: "scheduled__2026-11-22T06:15:00+00:00" });
    expect(open.run.isGone).toBe(true);
    expect(open.sentence.map(({ text }) => text).join("")).toBe("Deleted in Airflow while it was running: how it ended is not known.");
    const ended = await getRun(viewer, { ...id, runId: "manual__kept" });
    expect(ended.sentence.map(({ text }) => text).join("")).toMatch(
      /^Succeeded.*Deleted in Airflow since; this is what Penstock has kept\.$/,
    );
    const page = await listRuns(viewer, RunFilter.parse({}));
    expect(page.counts.running).toBe(0);
    expect((await getRun(viewer, { ...id, runId: "manual__there" })).run.isGone).toBe(false);
  });

  test("a run tells its tasks, exact cost, unknown prices, failure and tables", async () => {
    await givenRun({ state: "failed" });
    const first = await givenAttempt({ taskId: "extract", ...costing("0.1", "fargate") });
    await givenEcsTask({ attemptId: first.id });
    const second = await givenAttempt({
      taskId: "load",
      state: "failed",
      tryNumber: 2,
      ...costing("0.2", "glue"),
    });
    await givenGlueRun({ attemptId: second.id, state: "FAILED" });
    await givenAttempt({
      taskId: "load",
      tryNumber: 1,
      isLatest: false,
      state: "up_for_retry",
      ...costing(null, "glue"),
    });
    await givenAttempt({
      taskId: "publish",
      state: "upstream_failed",
      operator: "PythonOperator",
      startedAt: null,
      endedAt: null,
      ...costing(null, "none"),
    });
    await givenAttempt({ taskId: "export", operator: "EcsRunTaskOperator", cost: null, costUsd: null });
    await givenFailure({ attemptId: second.id, class: "database_lock" });
    await givenLoad({ attemptId: second.id });

    const [run] = (await listRuns(viewer, RunFilter.parse({}))).items;
    expect(run).toMatchObject({
      taskCounts: { total: 4, done: 2, failed: 2 },
      costUsd: "0.3",
      cost: { usd: "0.3", unknownCount: 2, isEstimate: false },
      failure: { class: "database_lock", taskId: "load", tryNumber: 2, mapIndex: -1, doesRetryHelp: "yes" },
      tables: ["sales.orders"],
    });
    const detail = RunDetail.parse(await getRun(viewer, { environment: "local", pipeline: "sales_daily", runId: first.runId }));
    expect(detail.attempts).toHaveLength(5);
    expect(detail.failure).toMatchObject({ taskId: "load", class: "database_lock", isReadingLog: false });
    expect(detail.loads).toMatchObject([{ table: "sales.orders", rowsInserted: 10, runId: first.runId, costUsd: "0.2" }]);
    expect(read(detail.sentence)).toContain("load, blocked by another session");
  });

  test("the usual duration comes with its run", async () => {
    for (const [index, length] of [10, 20, 90, 20, 30].entries()) {
      const [run] = (await listRuns(viewer, RunFilter.parse({}))).items;
      expect(run?.usual ?? null).toBeNull();
      await givenRun({ runId: `r${index}`, startedAt: minutes(length), endedAt: minutes(0) });
    }
    const [run] = (await listRuns(viewer, RunFilter.parse({}))).items;
    expect(run?.usual?.count).toBe(5);
    expect(Math.round((run?.usual?.p50Ms ?? 0) / 60_000)).toBe(20);
  });

  test("one that was just asked for waits in the list of one's own page before Airflow's answer is read", async () => {
    const runId = "penstock__key-12345678";
    await openIntent({
      action: "run.trigger",
      environment: "local",
      pipeline: "sales_daily",
      idempotencyKey: "key-12345678",
      user: people.operator,
      body: { params: { full_refresh: true } },
      runId,
      reason: "again",
    });
    const detail = RunDetail.parse(await getRun(viewer, { environment: "local", pipeline: "sales_daily", runId }));
    expect(detail).toMatchObject({
      run: { state: "queued", triggeredBy: "Oskar Lind", triggerReason: "again" },
      attempts: [],
      conf: { full_refresh: true },
    });
  });

  test("a pipeline whose failure a later run has mended needs nobody", async () => {
    await givenPipeline();
    await givenPipeline({ pipeline: "other" });
    await givenRun({ runId: "1", state: "failed", sortAt: minutes(60) });
    await givenRun({ runId: "2", state: "success", sortAt: minutes(10) });
    await givenRun({ runId: "3", pipeline: "other", state: "failed", sortAt: minutes(60) });
    await givenRun({ runId: "4", pipeline: "other", state: "running", sortAt: minutes(1) });
    const page = await listRuns(viewer, RunFilter.parse({}));
    expect(page.counts).toMatchObject({ failed: 1, running: 1, queued: 0 });
    expect(read(page.sentence)).toContain("1 run needs somebody: 1 failed.");
  });
});

describe("attempts", () => {
  test("a container that runs is priced up to now, and not final", async () => {
    const row = await givenAttempt({ state: "running", endedAt: null });
    await givenEcsTask({ attemptId: row.id, lastStatus: "RUNNING", stoppedAt: null, exitCode: null, pullStartedAt: minutes(10) });
    const { attempt } = AttemptDetail.parse(await getAttempt(viewer, row.id));
    expect(attempt).toMatchObject({ kind: "ecs", cost: { isFinal: false, basis: "fargate" } });
    expect(Number(attempt.costUsd)).toBeGreaterThan(0);
  });

  test("an attempt that Glue repeats costs what all its runs cost, also while the last one runs", async () => {
    const row = await givenAttempt({ state: "running", operator: "GlueJobOperator", endedAt: null });
    const hour = { executionSeconds: 3600, dpuSeconds: null, workerType: "G.1X", numberOfWorkers: 10 };
    await givenGlueRun({ attemptId: row.id, jobRunId: "jr_1", state: "FAILED", startedAt: minutes(120), ...hour });
    await givenGlueRun({
      attemptId: row.id,
      jobRunId: "jr_1_attempt_1",
      state: "RUNNING",
      startedAt: minutes(1),
      ...hour,
      executionSeconds: 60,
    });
    const { attempt } = AttemptDetail.parse(await getAttempt(viewer, row.id));
    expect(attempt.glueRun?.jobRunId).toBe("jr_1_attempt_1");
    expect(Number(attempt.costUsd)).toBeGreaterThan(4.4);
  });

  test("a container that ECS forgot costs nobody knows what, however long ago it was", async () => {
    const row = await givenAttempt({ state: "failed" });
    const running = { lastStatus: "RUNNING", stoppedAt: null, exitCode: null, pullStartedAt: minutes(600) };
    await givenEcsTask({ attemptId: row.id, ...running, missingSince: minutes(500) });
    expect((await getAttempt(viewer, row.id)).attempt).toMatchObject({
      costUsd: null,
      cost: { reason: expect.stringContaining("forgot") },
    });
  });

  test("a failed attempt without a class yet says that its log is being read; a classified one does not", async () => {
    const row = await givenAttempt({ state: "failed" });
    expect((await getAttempt(viewer, row.id)).failure).toMatchObject({ class: "unclassified", isReadingLog: true });
    await givenFailure({ attemptId: row.id, class: "out_of_memory", isFinal: false });
    expect((await getAttempt(viewer, row.id)).failure).toMatchObject({
      class: "out_of_memory",
      title: "Out of memory",
      isReadingLog: false,
      doesRetryHelp: "no",
    });
  });

  test("what waited for a failed task is no failure of its own to read a log for", async () => {
    const row = await givenAttempt({ state: "upstream_failed" });
    expect((await getAttempt(viewer, row.id)).failure).toMatchObject({ class: "upstream_failed", isReadingLog: false });
  });
});
