import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { EnvironmentConfig } from "@/server/env";
import { ledger } from "@/server/ledger/db";
import * as schema from "@/server/ledger/schema";
import { forgetCalls } from "@/server/sources/call";
import { startTestCloudWatch, type TestCloudWatch } from "@/server/testing/cloudwatch";
import { configure } from "@/server/testing/configuration";
import { startTestLedger, type TestLedger } from "@/server/testing/postgres";
import { Activity } from "./activity";
import { ingestAttempts } from "./ingest-attempts";
import { FailureLook } from "./look-failures";
import { ingest } from "./scope";

const environment: EnvironmentConfig = { name: "local", region: "eu-west-1", mwaa: "penstock", ecs: [], glue: [] };
const scope = { environment: "local", region: "eu-west-1", mwaaName: "penstock", lease: null };
const group = "airflow-penstock-Task";
const stream = "dag_id=sales_daily/run_id=run/task_id=load/attempt=1.log";
let server: TestLedger;
let cloudwatch: TestCloudWatch;

beforeAll(async () => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  server = await startTestLedger();
  cloudwatch = await startTestCloudWatch();
  configure({ databaseUrl: server.url, awsEndpointUrl: cloudwatch.url, environments: [environment] });
  await ledger().insert(schema.environment).values({ name: "local", region: "eu-west-1", taskLogGroup: group });
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await cloudwatch.close();
  await server.remove();
});

const fail = (taskId: string) =>
  ingest(scope, null, (tx, changes) =>
    ingestAttempts(tx, scope, changes, [
      {
        pipeline: "sales_daily",
        runId: "run",
        taskId,
        mapIndex: -1,
        tryNumber: 1,
        maxTries: 1,
        state: "failed",
        operator: "PythonOperator",
        queuedAt: null,
        startedAt: new Date(Date.now() - 60_000),
        endedAt: new Date(),
      },
    ]),
  );
const failures = async () =>
  (await ledger().select().from(schema.failure)).map(({ class: found, evidence }) => ({ class: found, evidence }));
const isDueAgain = () =>
  ledger()
    .update(schema.failure)
    .set({ classifiedAt: new Date(Date.now() - 60_000) });

it("keeps what a log told while logs cannot be read, says that they cannot, and goes on when they can", async () => {
  const message = JSON.stringify({
    event: "Task failed with exception",
    level: "error",
    error_detail: [{ exc_type: "ValueError", exc_value: "no such column" }],
  });
  cloudwatch.streams.set(`${group} ${stream}`, [{ timestamp: Date.now(), message }]);
  await fail("load");
  const look = new FailureLook(environment, scope, new Activity("local"));
  await look.look();
  const known = await failures();
  expect(JSON.stringify(known)).toContain("Task failed with exception");

  cloudwatch.isDown = true;
  await isDueAgain();
  await fail("other");
  await expect(look.look()).rejects.toMatchObject({ code: "upstream", system: "logs (local)" });
  // The one that was never classified is, by what is known without its log.
  const meanwhile = await failures();
  expect(meanwhile).toHaveLength(2);
  expect(meanwhile).toContainEqual(known[0]);

  cloudwatch.isDown = false;
  forgetCalls();
  await isDueAgain();
  await look.look();
  expect(await failures()).toContainEqual(known[0]);
  const [health] = await ledger().select().from(schema.sourceHealth);
  expect(health).toMatchObject({ source: "logs", error: null });
});
