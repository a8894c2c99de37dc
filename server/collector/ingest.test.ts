import { eq } from "drizzle-orm";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { AttemptFact, EcsTaskFact, GlueRunFact, RunFact, TableCheckFact, TableLoadFact } from "@/lib/schemas/facts";
import { attemptId } from "@/server/ledger/attempt-id";
import { ledger } from "@/server/ledger/db";
import { changeChannel, runKey } from "@/server/ledger/notify";
import * as schema from "@/server/ledger/schema";
import { startTestLedger, type TestLedger } from "@/server/testing/postgres";
import { withoutHistory } from "./airflow-gaps";
import { ingestPipelines, ingestRuns, ingestTableChecks, ingestTableLoads } from "./ingest";
import { ingestAttempts } from "./ingest-attempts";
import { ingestEcsTasks, ingestGlueRuns } from "./ingest-aws";
import { ingestHints } from "./join";
import { type Changes, ingest, type Scope } from "./scope";

let server: TestLedger;
let listener: pg.Client;
let told: string[][];

beforeAll(async () => {
  server = await startTestLedger();
  listener = new pg.Client({ connectionString: server.url });
  await listener.connect();
  await listener.query(`listen ${changeChannel}`);
  listener.on("notification", (message) => told.push(JSON.parse(message.payload ?? "[]")));
});
afterAll(async () => {
  await listener.end();
  await server.remove();
});
beforeEach(() => {
  told = [];
});
afterEach(async () => {
  await ledger().execute("truncate run, attempt, ecs_task, glue_run, join_hint, table_load, table_check, pipeline, change");
});

const scope: Scope = { environment: "local", region: "eu-west-1", mwaaName: "penstock", lease: null };
const time = (seconds: number) => new Date(Date.UTC(2026, 10, 22, 6, 15) + seconds * 1000);
const runId = "manual__2026-11-22T06:15:00+00:00";
const joinKey = (task: string, changes: object = {}) =>
  JSON.stringify({ v: 1, environment: "penstock", dag: "sales_daily", run: runId, task, map: -1, try: 1, ...changes });
const idOf = (taskId: string, tryNumber = 1) =>
  attemptId({ environment: "local", pipeline: "sales_daily", runId, taskId, mapIndex: -1, tryNumber });

const runFact = (changes: Partial<RunFact> = {}): RunFact => ({
  pipeline: "sales_daily",
  runId,
  state: "running",
  type: "manual",
  logicalDate: null,
  dataIntervalStart: null,
  dataIntervalEnd: null,
  runAfter: time(0),
  queuedAt: time(0),
  startedAt: time(1),
  endedAt: null,
  triggeredBy: null,
  conf: { full_refresh: false },
  note: null,
  dagVersion: null,
  ...changes,
});
const attemptFact = (changes: Partial<AttemptFact> = {}): AttemptFact => ({
  pipeline: "sales_daily",
  runId,
  taskId: "extract_orders",
  mapIndex: -1,
  tryNumber: 1,
  maxTries: 2,
  state: "running",
  operator: "EcsRunTaskOperator",
  queuedAt: time(1),
  startedAt: time(2),
  endedAt: null,
  ...changes,
});
const taskFact = (changes: Partial<EcsTaskFact> = {}): EcsTaskFact => ({
  taskArn: "arn:aws:ecs:eu-west-1:123456789012:task/penstock/0123456789abcdef0123456789abcdef",
  cluster: "penstock",
  taskDefinition: "penstock-extractor:1",
  lastStatus: "RUNNING",
  version: 3,
  startedBy: "data",
  joinKey: null,
  stopCode: null,
  stoppedReason: null,
  containerName: "extractor",
  image: "extractor:1",
  imageDigest: null,
  exitCode: null,
  containerReason: null,
  containers: [],
  claim: null,
  cpuUnits: 1024,
  memoryMib: 2048,
  ephemeralGib: 20,
  architecture: "x86_64",
  launchType: "FARGATE",
  capacityProvider: null,
  platformFamily: "Linux",
  availabilityZone: null,
  logGroup: "/penstock/extractor",
  logStream: "extractor/extractor/0",
  createdAt: time(3),
  pullStartedAt: time(5),
  pullStoppedAt: time(6),
  startedAt: time(7),
  stoppingAt: null,
  executionStoppedAt: null,
  stoppedAt: null,
  ...changes,
});
const stopped = { lastStatus: "STOPPED", version: 6, exitCode: 0, stoppedAt: time(3605) } satisfies Partial<EcsTaskFact>;
const glueFact = (changes: Partial<GlueRunFact> = {}): GlueRunFact => ({
  jobName: "penstock-load",
  jobRunId: `jr_${"a".repeat(64)}`,
  state: "SUCCEEDED",
  attempt: 0,
  joinKey: null,
  errorMessage: null,
  glueVersion: "5.1",
  workerType: "G.1X",
  numberOfWorkers: 2,
  maxCapacityDpu: null,
  executionSeconds: 3600,
  dpuSeconds: null,
  executionClass: "STANDARD",
  timeoutMinutes: 30,
  logGroup: "/aws-glue/jobs",
  arguments: {},
  claim: null,
  stateDetail: null,
  startedAt: time(10),
  modifiedAt: time(3700),
  completedAt: time(3700),
  ...changes,
});

type Work = Parameters<typeof ingest<unknown>>[2];
const put = (work: Work) => ingest(scope, null, work);
const putRun = (fact: RunFact) => put((tx, changes) => ingestRuns(tx, scope, changes, [fact]));
const putAttempts = (...facts: AttemptFact[]) => ingest(scope, null, (tx, changes) => ingestAttempts(tx, scope, changes, facts));
const putTasks = (...facts: EcsTaskFact[]) => put((tx, changes) => ingestEcsTasks(tx, scope, changes, facts));
const putGlue = (...facts: GlueRunFact[]) => put((tx, changes) => ingestGlueRuns(tx, scope, changes, facts));
const hint = (taskId: string, ref: string) => put((tx, changes) => ingestHints(tx, scope, changes, idOf(taskId), [{ ref, owner: null }]));
const attemptRow = async (id: string) => (await ledger().select().from(schema.attempt).where(eq(schema.attempt.id, id)))[0];
const taskRow = async () => (await ledger().select().from(schema.ecsTask))[0];
const glueRow = async () => (await ledger().select().from(schema.glueRun))[0];
/** Notifications arrive in order of commit: after one of our own, all before it are here. */
async function heard(): Promise<string[][]> {
  await listener.query("select 1");
  return told;
}

describe("a replay changes nothing", () => {
  const everything: [string, (changes: Changes, tx: Parameters<Work>[0]) => Promise<unknown>][] = [
    ["runs", (changes, tx) => ingestRuns(tx, scope, changes, [runFact(), runFact({ runId: "other", conf: null })])],
    [
      "attempts",
      (changes, tx) => ingestAttempts(tx, scope, changes, [attemptFact(), attemptFact({ taskId: "load", operator: "GlueJobOperator" })]),
    ],
    ["containers", (changes, tx) => ingestEcsTasks(tx, scope, changes, [taskFact({ ...stopped, joinKey: joinKey("extract_orders") })])],
    [
      "Glue runs",
      (changes, tx) => ingestGlueRuns(tx, scope, changes, [glueFact({ joinKey: joinKey("load"), arguments: { "--RUN_KEY": "k" } })]),
    ],
    [
      "DAGs",
      (changes, tx) =>
        ingestPipelines(tx, scope, changes, [
          {
            pipeline: "sales_daily",
            description: null,
            owners: ["data"],
            tags: [],
            schedule: null,
            isPaused: false,
            hasImportErrors: false,
            nextRunAt: null,
          },
        ]),
    ],
  ];

  it.each(everything)("of %s: no row is written and nobody is told", async (_, work) => {
    await put((tx, changes) => work(changes, tx));
    expect((await heard()).length).toBe(1);
    const before = await ledger().execute(
      "select xmin::text from run union all select xmin::text from attempt union all select xmin::text from ecs_task union all select xmin::text from glue_run union all select xmin::text from pipeline",
    );
    told = [];
    await put((tx, changes) => work(changes, tx));
    const after = await ledger().execute(
      "select xmin::text from run union all select xmin::text from attempt union all select xmin::text from ecs_task union all select xmin::text from glue_run union all select xmin::text from pipeline",
    );
    expect(after.rows).toEqual(before.rows);
    expect(await heard()).toEqual([]);
  });
});

describe("one notification tells what changed", () => {
  it("with the run's key, its ids encoded", async () => {
    await putRun(runFact());
    expect(await heard()).toEqual([["pipelines", runKey("local", "sales_daily", runId), "runs", "status", "tables"]]);
    expect(runKey("local", "sales_daily", runId)).toBe("run:local/sales_daily/manual__2026-11-22T06%3A15%3A00%2B00%3A00");
  });

  it("coarsely when the keys would not fit", async () => {
    await put((tx, changes) =>
      ingestRuns(
        tx,
        scope,
        changes,
        Array.from({ length: 300 }, (_, index) => runFact({ runId: `${runId}-${index}` })),
      ),
    );
    expect(await heard()).toEqual([["pipelines", "runs", "status", "tables"]]);
  });
});

describe("out of order", () => {
  it("an older version of a container changes nothing", async () => {
    await putTasks(taskFact(stopped));
    await putTasks(taskFact({ version: 4 }));
    expect(await taskRow()).toMatchObject({ lastStatus: "STOPPED", version: 6, exitCode: 0 });
  });

  it("an older answer about a Glue run changes nothing", async () => {
    await putGlue(glueFact());
    await putGlue(glueFact({ state: "RUNNING", modifiedAt: time(100), completedAt: null }));
    expect(await glueRow()).toMatchObject({ state: "SUCCEEDED" });
  });

  it("a container that is known before its attempt is priced when the attempt comes", async () => {
    await putTasks(taskFact({ ...stopped, joinKey: joinKey("extract_orders") }));
    await putAttempts(attemptFact({ state: "success", endedAt: time(3700) }));
    expect(await attemptRow(idOf("extract_orders"))).toMatchObject({ costUsd: "0.04937" });
  });
});

describe("what arrives together", () => {
  it("is priced, whichever commits first", async () => {
    for (let turn = 1; turn <= 10; turn++) {
      const taskArn = `arn:${turn}`;
      const key = joinKey("extract_orders", { try: turn });
      await Promise.all([
        putAttempts(attemptFact({ tryNumber: turn, state: "success", endedAt: time(3700) })),
        putTasks(taskFact({ ...stopped, taskArn, joinKey: key })),
      ]);
      expect(await attemptRow(idOf("extract_orders", turn))).toMatchObject({ costUsd: "0.04937" });
    }
  });

  it("is priced when an XCom names a Glue run that had already ended", async () => {
    await putAttempts(attemptFact({ taskId: "start_load", operator: "PythonOperator" }));
    await putGlue(glueFact());
    expect((await attemptRow(idOf("start_load")))?.cost).toMatchObject({ basis: "none" });
    await hint("start_load", glueFact().jobRunId);
    expect(await attemptRow(idOf("start_load"))).toMatchObject({ costUsd: "0.88", cost: { basis: "glue" } });
  });
});

describe("the strongest evidence joins", () => {
  it("the join key, over whatever an XCom says", async () => {
    await putAttempts(attemptFact(), attemptFact({ taskId: "other" }));
    await hint("other", taskFact().taskArn);
    await putTasks(taskFact({ joinKey: joinKey("extract_orders") }));
    expect(await taskRow()).toMatchObject({ attemptId: idOf("extract_orders"), joinedBy: "join_key" });
  });

  it("an XCom, whether it comes before the run or after it", async () => {
    await putAttempts(attemptFact({ taskId: "start_load", operator: "PythonOperator" }));
    await hint("start_load", glueFact().jobRunId);
    await putGlue(glueFact());
    expect(await glueRow()).toMatchObject({ attemptId: idOf("start_load"), joinedBy: "xcom" });
    expect(await attemptRow(idOf("start_load"))).toMatchObject({ costUsd: "0.88" });

    await putTasks(taskFact(stopped));
    expect((await taskRow())?.attemptId).toBeNull();
    await hint("start_load", taskFact().taskArn);
    expect(await taskRow()).toMatchObject({ attemptId: idOf("start_load"), joinedBy: "xcom" });
  });

  it("the first task that named a run, not one that passes the name on", async () => {
    await putAttempts(
      attemptFact({ taskId: "start_load", operator: "PythonOperator" }),
      attemptFact({ taskId: "wait_load", operator: "PythonOperator" }),
    );
    await hint("start_load", glueFact().jobRunId);
    await hint("wait_load", glueFact().jobRunId);
    await putGlue(glueFact());
    expect((await glueRow())?.attemptId).toBe(idOf("start_load"));
  });

  it("the DAG's owner and the time, last and only when one attempt fits", async () => {
    await put((tx, changes) =>
      ingestPipelines(tx, scope, changes, [
        {
          pipeline: "sales_daily",
          description: null,
          owners: ["data"],
          tags: [],
          schedule: null,
          isPaused: false,
          hasImportErrors: false,
          nextRunAt: null,
        },
      ]),
    );
    const recent = (seconds: number) => new Date(Date.now() - 120_000 + seconds * 1000);
    await putAttempts(attemptFact({ startedAt: recent(0) }));
    await putTasks(taskFact({ createdAt: recent(1) }));
    expect(await taskRow()).toMatchObject({ attemptId: idOf("extract_orders"), joinedBy: "started_by" });
    await hint("extract_orders", taskFact().taskArn);
    expect((await taskRow())?.joinedBy).toBe("xcom");
  });

  it("so that whom weaker evidence had named gives the cost back", async () => {
    const recent = (seconds: number) => new Date(Date.now() - 120_000 + seconds * 1000);
    await putAttempts(attemptFact({ startedAt: recent(0) }), attemptFact({ taskId: "extract_customers", startedAt: recent(60) }));
    await putTasks(taskFact({ ...stopped, createdAt: recent(1), pullStartedAt: recent(2), stoppedAt: recent(90) }));
    expect((await attemptRow(idOf("extract_orders")))?.costUsd).not.toBeNull();
    await hint("extract_customers", taskFact().taskArn);
    expect(await attemptRow(idOf("extract_orders"))).toMatchObject({ cost: null, costUsd: null });
    expect((await attemptRow(idOf("extract_customers")))?.costUsd).not.toBeNull();
  });

  it("not at all while two attempts fit", async () => {
    const recent = (seconds: number) => new Date(Date.now() - 120_000 + seconds * 1000);
    await putAttempts(attemptFact({ startedAt: recent(0) }), attemptFact({ taskId: "extract_customers", startedAt: recent(0) }));
    await putTasks(taskFact({ createdAt: recent(1) }));
    expect((await taskRow())?.attemptId).toBeNull();
  });

  it("never a key of another Airflow environment, nor one that is none", async () => {
    await putTasks(taskFact({ joinKey: joinKey("extract_orders", { environment: "other" }) }));
    expect((await taskRow())?.attemptId).toBeNull();
    await putTasks(taskFact({ version: 4, joinKey: "not JSON" }));
    expect((await taskRow())?.attemptId).toBeNull();
  });
});

describe("attempts", () => {
  const tries = async () =>
    (await ledger().select().from(schema.attempt).orderBy(schema.attempt.tryNumber)).map((row) => [row.tryNumber, row.state, row.isLatest]);

  it("keep every try, and only the newest is the latest", async () => {
    await putAttempts(attemptFact({ state: "up_for_retry", endedAt: time(9) }));
    await putAttempts(attemptFact({ tryNumber: 2, startedAt: time(20) }));
    expect(await withoutHistory("local", 10, new Date())).toMatchObject([
      { pipeline: "sales_daily", runId, taskId: "extract_orders", mapIndex: -1 },
    ]);
    await putAttempts(attemptFact({ state: "failed", endedAt: time(9) }), attemptFact({ tryNumber: 2, startedAt: time(20) }));
    expect(await tries()).toEqual([
      [1, "failed", false],
      [2, "running", true],
    ]);
    expect(await withoutHistory("local", 10, new Date())).toEqual([]);
  });

  it("that ended are not undone when the task is cleared: the next try waits", async () => {
    await putAttempts(attemptFact({ state: "success", endedAt: time(9) }));
    await putAttempts(attemptFact({ state: "none", startedAt: null, queuedAt: null, endedAt: null }));
    expect(await tries()).toEqual([
      [1, "success", false],
      [2, "none", true],
    ]);
  });

  it("count from one, though Airflow says none before the first is scheduled", async () => {
    await putAttempts(attemptFact({ tryNumber: 0, state: "none", startedAt: null, queuedAt: null }));
    await putAttempts(attemptFact());
    expect(await tries()).toEqual([[1, "running", true]]);
  });

  it("on Airflow's own workers cost nothing of their own; an operator's without its container are not known yet", async () => {
    await putAttempts(attemptFact({ taskId: "publish", operator: "PythonOperator" }), attemptFact());
    expect((await attemptRow(idOf("publish")))?.cost).toMatchObject({ basis: "none" });
    expect((await attemptRow(idOf("extract_orders")))?.cost).toBeNull();
    await putAttempts(
      attemptFact({ taskId: "load", operator: "GlueJobOperator", state: "upstream_failed", startedAt: null }),
      attemptFact({ taskId: "wait", operator: "GlueJobSensor" }),
    );
    expect((await attemptRow(idOf("load")))?.cost).toMatchObject({ basis: "none", reason: "never started: nothing is metered" });
    expect((await attemptRow(idOf("wait")))?.cost).toMatchObject({ basis: "none" });
  });
});

describe("a container that ECS forgot before it was seen to stop", () => {
  it("is kept, marked, and its cost is unknown", async () => {
    await putAttempts(attemptFact());
    await putTasks(taskFact({ joinKey: joinKey("extract_orders") }));
    await put((tx, changes) => ingestEcsTasks(tx, scope, changes, [], [taskFact().taskArn]));
    expect((await taskRow())?.missingSince).toBeInstanceOf(Date);
    expect(await attemptRow(idOf("extract_orders"))).toMatchObject({
      costUsd: null,
      cost: { usd: null, isFinal: true, reason: expect.stringContaining("ECS forgot") },
    });
  });
});

describe("the warehouse's record", () => {
  const load = (changes: Partial<TableLoadFact> = {}): TableLoadFact => ({
    runKey: "sales_daily.load-1a2b3c4d",
    tableName: "sales.orders",
    joinKey: joinKey("load"),
    glueRunId: glueFact().jobRunId,
    rowsRead: 12,
    rowsInserted: 10,
    rowsUpdated: 1,
    rowsRejected: 1,
    dataThrough: "2026-11-22",
    startedAt: time(100),
    finishedAt: time(200),
    ...changes,
  });
  const putLoads = (...facts: TableLoadFact[]) => ingest(scope, null, (tx, changes) => ingestTableLoads(tx, scope, changes, facts));
  const loadRow = async () => (await ledger().select().from(schema.tableLoad))[0];

  it("is joined by its own key, once", async () => {
    expect(await putLoads(load())).toBe(1);
    expect(await putLoads(load())).toBe(0);
    expect(await loadRow()).toMatchObject({ attemptId: idOf("load"), rowsInserted: 10 });
  });

  it("without a key is joined through the Glue run that it names, though that is joined later", async () => {
    await putAttempts(attemptFact({ taskId: "start_load", operator: "PythonOperator" }));
    await putLoads(load({ joinKey: null }));
    expect((await loadRow())?.attemptId).toBeNull();
    await putGlue(glueFact());
    await hint("start_load", glueFact().jobRunId);
    expect((await loadRow())?.attemptId).toBe(idOf("start_load"));
  });

  it("keeps the last good look at a table when the next one fails", async () => {
    const check = (changes: Partial<TableCheckFact> = {}): TableCheckFact => ({
      tableName: "sales.orders",
      evidence: "loaded_at_column",
      evidenceDetail: "Newest loaded_at of sales.orders",
      loadedAt: time(200),
      dataThrough: "2026-11-22",
      error: null,
      tookMs: 2,
      checkedAt: time(300),
      ...changes,
    });
    const putCheck = (fact: TableCheckFact) => put((tx, changes) => ingestTableChecks(tx, scope, changes, [fact]));
    await putCheck(check());
    await putCheck(check({ checkedAt: time(400), tookMs: 3 }));
    expect(await heard()).toEqual([["status", "tables"]]);
    await putCheck(check({ checkedAt: time(500), error: "no such table", loadedAt: null, dataThrough: null }));
    const [row] = await ledger().select().from(schema.tableCheck);
    expect(row).toMatchObject({
      error: "no such table",
      loadedAt: time(200),
      dataThrough: "2026-11-22",
      checkedAt: time(500),
      succeededAt: time(400),
    });
    expect(await heard()).toHaveLength(2);
  });
});
