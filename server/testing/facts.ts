import "server-only";
import type { Cost } from "@/lib/schemas/cost";
import type { TableColumn } from "@/lib/schemas/table";
import type { User } from "@/lib/schemas/user";
import { attemptId } from "@/server/ledger/attempt-id";
import { ledger } from "@/server/ledger/db";
import {
  attempt,
  ecsTask,
  environment,
  failure,
  glueRun,
  pipeline,
  run,
  sourceHealth,
  tableCheck,
  tableLoad,
  tableSchema,
} from "@/server/ledger/schema";

export const people = {
  viewer: { id: "demo:vera", name: "Vera Novak", role: "viewer" },
  analyst: { id: "demo:ana", name: "Ana Costa", role: "analyst" },
  operator: { id: "demo:oskar", name: "Oskar Lind", role: "operator" },
  admin: { id: "demo:ada", name: "Ada Okafor", role: "admin" },
} satisfies Record<string, User>;

type Given<T extends { $inferInsert: unknown }> = Partial<T["$inferInsert"]>;

const ago = (ms: number) => new Date(Date.now() - ms);

/** The cost of an attempt as ingest leaves it, with its decimal copy for sums; null dollars are an unknown price. */
export function costing(usd: string | null, basis: Cost["basis"] = "fargate"): { costUsd: string | null; cost: Cost } {
  return {
    costUsd: usd,
    cost: {
      usd,
      isFinal: true,
      basis,
      seconds: 60,
      formula: "",
      lines: [],
      priceList: null,
      ...(usd === null ? { reason: "unknown" } : {}),
    },
  };
}

export async function givenEnvironment(given: Given<typeof environment> = {}) {
  const row = {
    name: "local",
    region: "eu-west-1",
    mwaaName: "penstock",
    taskLogGroup: "airflow-penstock-Task",
    readAt: new Date(),
    ...given,
  };
  await ledger().insert(environment).values(row).onConflictDoNothing();
  return row;
}

export async function givenPipeline(given: Given<typeof pipeline> = {}) {
  const [row] = await ledger()
    .insert(pipeline)
    .values({
      environment: "local",
      pipeline: "sales_daily",
      description: "Orders of the shop",
      runbook: "Read the log.",
      owners: ["data"],
      tags: ["sales"],
      schedule: "15 6 * * *",
      isPaused: false,
      params: [],
      readAt: new Date(),
      ...given,
    })
    .returning();
  return row as NonNullable<typeof row>;
}

export async function givenRun(given: Given<typeof run> = {}) {
  const startedAt = given.startedAt ?? ago(600_000);
  const [row] = await ledger()
    .insert(run)
    .values({
      environment: "local",
      pipeline: "sales_daily",
      runId: "scheduled__2026-11-22T06:15:00+00:00",
      state: "success",
      type: "scheduled",
      startedAt,
      endedAt: ago(0),
      sortAt: startedAt,
      changedAt: new Date(),
      ...given,
    })
    .returning();
  return row as NonNullable<typeof row>;
}

export async function givenAttempt(given: Given<typeof attempt> = {}) {
  const key = {
    environment: "local",
    pipeline: "sales_daily",
    runId: "scheduled__2026-11-22T06:15:00+00:00",
    taskId: "extract_orders",
    mapIndex: -1,
    tryNumber: 1,
    ...given,
  };
  const [row] = await ledger()
    .insert(attempt)
    .values({
      isLatest: true,
      state: "success",
      operator: "EcsRunTaskOperator",
      startedAt: ago(500_000),
      endedAt: ago(400_000),
      changedAt: new Date(),
      ...key,
      id: attemptId(key),
    })
    .returning();
  return row as NonNullable<typeof row>;
}

export async function givenEcsTask(given: Given<typeof ecsTask> & { attemptId: string | null }) {
  const [row] = await ledger()
    .insert(ecsTask)
    .values({
      taskArn: `arn:aws:ecs:eu-west-1:123456789012:task/penstock/${given.attemptId}`,
      environment: "local",
      joinedBy: "join_key",
      cluster: "penstock",
      taskDefinition: "penstock-extractor:1",
      lastStatus: "STOPPED",
      version: 5,
      exitCode: 0,
      cpuUnits: 512,
      memoryMib: 1024,
      architecture: "x86_64",
      launchType: "FARGATE",
      logGroup: "/penstock/extractor",
      logStream: `extractor/extractor/${given.attemptId}`,
      createdAt: ago(500_000),
      pullStartedAt: ago(495_000),
      startedAt: ago(490_000),
      stoppedAt: ago(400_000),
      changedAt: new Date(),
      ...given,
    })
    .returning();
  return row as NonNullable<typeof row>;
}

export async function givenGlueRun(given: Given<typeof glueRun> & { attemptId: string | null }) {
  const [row] = await ledger()
    .insert(glueRun)
    .values({
      environment: "local",
      jobName: "penstock-load",
      jobRunId: `jr_${given.attemptId}`,
      joinedBy: "join_key",
      state: "SUCCEEDED",
      attempt: 0,
      glueVersion: "5.1",
      workerType: "G.1X",
      numberOfWorkers: 2,
      executionSeconds: 75,
      executionClass: "STANDARD",
      logGroup: "/aws-glue/jobs",
      startedAt: ago(300_000),
      completedAt: ago(200_000),
      changedAt: new Date(),
      ...given,
    })
    .returning();
  return row as NonNullable<typeof row>;
}

export async function givenFailure(given: Given<typeof failure> & { attemptId: string }) {
  await ledger()
    .insert(failure)
    .values({
      class: "out_of_memory",
      facts: ["Exit code 137 (SIGKILL)"],
      evidence: [],
      isFinal: true,
      classifiedAt: new Date(),
      ...given,
    });
}

export async function givenLoad(given: Given<typeof tableLoad> = {}) {
  const [row] = await ledger()
    .insert(tableLoad)
    .values({
      environment: "local",
      runKey: "sales_daily.scheduled.load-1a2b3c4d",
      tableName: "sales.orders",
      rowsInserted: 10,
      rowsUpdated: 2,
      rowsRejected: 1,
      dataThrough: "2026-11-22",
      finishedAt: new Date(),
      ...given,
    })
    .returning();
  return row as NonNullable<typeof row>;
}

export async function givenCheck(given: Given<typeof tableCheck> = {}) {
  await ledger()
    .insert(tableCheck)
    .values({
      environment: "local",
      tableName: "sales.orders",
      evidence: "loaded_at_column",
      evidenceDetail: "Newest loaded_at and order_date of sales.orders.",
      loadedAt: new Date(),
      dataThrough: new Date().toISOString().slice(0, 10),
      tookMs: 4,
      checkedAt: new Date(),
      succeededAt: new Date(),
      ...given,
    });
}

export async function givenSchema(since: Date, columns: TableColumn[]) {
  await ledger().insert(tableSchema).values({ environment: "local", tableName: "sales.orders", since, columns });
}

export async function givenSource(given: Given<typeof sourceHealth> = {}) {
  await ledger()
    .insert(sourceHealth)
    .values({
      environment: "local",
      source: "airflow",
      succeededAt: new Date(),
      attemptedAt: new Date(),
      callsHour: new Date(),
      calls: 12,
      staleAfterMs: 60_000,
      ...given,
    });
}
