import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { RunComparison } from "@/lib/schemas/compare";
import { compareRuns } from "./compare";
import { ledger } from "./ledger/db";
import { tableSchema } from "./ledger/schema";
import { taskDefinition } from "./ledger/schema-aws";
import { configure } from "./testing/configuration";
import { givenAttempt, givenEcsTask, givenFailure, givenGlueRun, givenLoad, givenPipeline, givenRun, people } from "./testing/facts";
import { startTestLedger, type TestLedger } from "./testing/postgres";

let server: TestLedger;
const { viewer } = people;
const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000);
const id = { environment: "local", pipeline: "sales_daily", runId: "bad" };
const read = (sentence: { text: string }[]) => sentence.map((part) => part.text).join("");
const compare = async (other?: string) => RunComparison.parse(await compareRuns(viewer, id, { with: other }));

beforeAll(async () => {
  configure();
  server = await startTestLedger();
});
beforeEach(async () => {
  configure();
  await ledger().execute(
    "truncate run, attempt, ecs_task, glue_run, failure, table_load, table_schema, task_definition, pipeline, source_health, intent",
  );
  await givenPipeline();
});
afterAll(() => server.remove());

async function givenPair() {
  await givenRun({ runId: "older", state: "success", sortAt: hoursAgo(72) });
  await givenRun({ runId: "good", state: "success", sortAt: hoursAgo(48), startedAt: hoursAgo(48), endedAt: hoursAgo(47) });
  await givenRun({ runId: "other-bad", state: "failed", sortAt: hoursAgo(36) });
  await givenRun({
    runId: "bad",
    state: "failed",
    sortAt: hoursAgo(24),
    startedAt: hoursAgo(24),
    endedAt: hoursAgo(23),
    conf: { date: "2026-11-22", mode: "full" },
  });
  await givenRun({ runId: "later", state: "success", sortAt: hoursAgo(1) });
  const good = await givenAttempt({ runId: "good", taskId: "extract", state: "success", startedAt: hoursAgo(48), endedAt: hoursAgo(47.9) });
  await givenAttempt({
    runId: "bad",
    taskId: "extract",
    state: "failed",
    tryNumber: 1,
    isLatest: false,
    startedAt: hoursAgo(24),
    endedAt: hoursAgo(23.95),
  });
  const bad = await givenAttempt({
    runId: "bad",
    taskId: "extract",
    state: "failed",
    tryNumber: 2,
    startedAt: hoursAgo(23.9),
    endedAt: hoursAgo(23.8),
  });
  return { good, bad };
}

describe("compare", () => {
  test("takes the last success before the run, not a later one, and says what differs of the container", async () => {
    const { good, bad } = await givenPair();
    const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
    await givenEcsTask({
      attemptId: good.id,
      taskDefinition: "x:1",
      imageDigest: digest("a"),
      image: "repo/x:1.0",
      memoryMib: 2048,
      startedAt: hoursAgo(48),
    });
    await givenEcsTask({
      attemptId: bad.id,
      taskDefinition: "x:2",
      imageDigest: digest("b"),
      image: "repo/x:1.1",
      memoryMib: 1024,
      startedAt: hoursAgo(23.9),
    });
    await givenFailure({ attemptId: bad.id, class: "out_of_memory" });
    const answer = await compare();
    expect(answer.with?.runId).toBe("good");
    expect(answer.isLastGood).toBe(true);
    expect(read(answer.sentence)).toContain("The size of extract changed from 0.5 vCPU, 2 GB to 0.5 vCPU, 1 GB.");
    expect(answer.things.filter(({ state }) => state === "differs").map(({ kind, explains }) => [kind, explains])).toEqual([
      ["size", "yes"],
      ["image", "maybe"],
      ["parameters", "maybe"],
    ]);
    // A revision that was never read is unknown, not alike.
    expect(answer.things.find(({ kind }) => kind === "definition")).toMatchObject({ state: "unknown" });
    expect(answer.tasks).toMatchObject([{ taskId: "extract", isAlike: false, before: { id: good.id }, now: { id: bad.id, tryNumber: 2 } }]);
    expect(answer.parameters).toEqual([
      { name: "date", before: null, now: '"2026-11-22"' },
      { name: "mode", before: null, now: '"full"' },
    ]);
  });

  test("tells what a task definition says otherwise, and hides what is secret", async () => {
    const { good, bad } = await givenPair();
    const container = {
      name: "x",
      image: "i",
      isEssential: true,
      cpuUnits: null,
      memoryMib: null,
      entryPoint: [],
      command: ["run"],
      environment: {},
      secretNames: [],
      logDriver: null,
      logOptions: {},
    };
    const definition = {
      cpuUnits: 512,
      memoryMib: 1024,
      ephemeralGib: null,
      architecture: null,
      taskRole: "r1",
      executionRole: null,
      containers: [container],
    };
    await ledger()
      .insert(taskDefinition)
      .values([
        { environment: "local", name: "x:1", definition, seenAt: new Date() },
        { environment: "local", name: "x:2", definition: { ...definition, taskRole: "r2" }, seenAt: new Date() },
      ]);
    await givenEcsTask({ attemptId: good.id, taskDefinition: "x:1", startedAt: hoursAgo(48) });
    await givenEcsTask({ attemptId: bad.id, taskDefinition: "x:2", startedAt: hoursAgo(23.9) });
    await givenFailure({ attemptId: bad.id, class: "aws_permission" });
    const answer = await compare();
    expect(answer.definitions).toEqual([
      { taskId: "extract", before: "x:1", now: "x:2", changes: [{ what: "task role", before: "r1", now: "r2" }] },
    ]);
    expect(read(answer.sentence)).toContain("The task definition of extract changed in task role.");
  });

  test("a renamed column between the two explains a failure of the schema", async () => {
    const { good, bad } = await givenPair();
    await givenLoad({ attemptId: good.id, tableName: "sales.orders", rowsInserted: 5, rowsUpdated: 1 });
    const column = (name: string) => [{ name, type: "text", isNullable: true }];
    await ledger()
      .insert(tableSchema)
      .values([
        { environment: "local", tableName: "sales.orders", since: hoursAgo(900), columns: column("note") },
        { environment: "local", tableName: "sales.orders", since: hoursAgo(30), columns: column("comment") },
      ]);
    await givenFailure({ attemptId: bad.id, class: "schema_mismatch" });
    const answer = await compare();
    expect(read(answer.sentence)).toContain("The columns of sales.orders changed, note became comment.");
    expect(answer.tasks[0]?.before?.rows).toBe(6);
    expect((await compare("later")).things.filter(({ kind }) => kind === "columns")).toEqual([]);
  });

  test("Glue settings are compared, its dates and Penstock's own argument are not", async () => {
    const { good, bad } = await givenPair();
    const own = { "--PENSTOCK_JOIN_KEY": "a", "--date": "2026-11-21", "--mode": "delta", "--password": "hunter2" };
    await givenGlueRun({ attemptId: good.id, arguments: own });
    await givenGlueRun({
      attemptId: bad.id,
      arguments: { ...own, "--PENSTOCK_JOIN_KEY": "b", "--date": "2026-11-22", "--mode": "full" },
      numberOfWorkers: 4,
    });
    const answer = await compare();
    expect(
      answer.things
        .filter(({ kind, state }) => kind === "glue" && state === "differs")
        .map(({ title, before, now }) => [title, before, now]),
    ).toEqual([
      ["Glue workers", "2 × G.1X", "4 × G.1X"],
      ["Glue argument --mode", "delta", "full"],
    ]);
    expect(JSON.stringify(answer)).not.toContain("hunter2");
  });

  test("any run of the pipeline can be chosen; another one is not found, and a run is not compared with itself", async () => {
    await givenPair();
    expect(await compare("later")).toMatchObject({ with: { runId: "later" }, isLastGood: false });
    await expect(compare("goood")).rejects.toMatchObject({ code: "not_found", remedy: expect.stringContaining("good") });
    await expect(compare("bad")).rejects.toMatchObject({ code: "invalid" });
  });

  test("without an earlier success it says so and compares nothing", async () => {
    await givenRun({ runId: "bad", state: "failed", sortAt: hoursAgo(24) });
    await givenRun({ runId: "later", state: "success", sortAt: hoursAgo(1) });
    const answer = await compare();
    expect(answer).toMatchObject({ with: null, things: [], tasks: [] });
    expect(read(answer.sentence)).toBe("No earlier run of sales_daily succeeded, so there is nothing to compare it with.");
  });
});
