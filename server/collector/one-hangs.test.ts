import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { EnvironmentConfig } from "@/server/env";
import { ledger } from "@/server/ledger/db";
import * as schema from "@/server/ledger/schema";
import { log } from "@/server/log";
import { forgetCalls } from "@/server/sources/call";
import { type Answer, type Asked, startReplay } from "@/server/sources/replay";
import { configure } from "@/server/testing/configuration";
import { startTestLedger, type TestLedger } from "@/server/testing/postgres";
import { Activity } from "./activity";
import { AirflowReading } from "./airflow-reading";
import { AirflowLook } from "./look-airflow";
import { EcsLook } from "./look-ecs";
import { FailureLook } from "./look-failures";
import { GlueLook } from "./look-glue";

/** More than the ledger's pool has connections, and than a client has sockets in one place. */
const hanging = 60;

let server: TestLedger;
let endpoint: Awaited<ReturnType<typeof startReplay>>;
beforeAll(async () => {
  log.level = "silent";
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  server = await startTestLedger();
  endpoint = await startReplay(answer);
});
afterAll(async () => {
  await endpoint.stop();
  vi.unstubAllEnvs();
  await server.remove();
});

const named = (name: string): EnvironmentConfig => ({
  name,
  region: "eu-west-1",
  mwaa: name,
  ecs: [`${name}-cluster`],
  glue: [`${name}-job`],
});

/** Whatever concerns an environment called `hangs…` never answers. */
function answer({ path, operation, body }: Asked): Answer | null {
  if (`${path} ${JSON.stringify(body)}`.includes("hangs")) return null;
  if (path.startsWith("/environments/")) return { body: { Environment: { Name: "well", AirflowVersion: "3.2.1", Status: "AVAILABLE" } } };
  const rest = {
    "/dags/~/dagRuns": { dag_runs: [], total_entries: 0 },
    "/dags/~/dagRuns/list": { dag_runs: [], total_entries: 0 },
    "/dags/~/dagRuns/~/taskInstances": { task_instances: [], total_entries: 0 },
  };
  if (path.startsWith("/restapi/"))
    return { body: { RestApiStatusCode: 200, RestApiResponse: rest[String(body.Path) as keyof typeof rest] } };
  const aws: Record<string, unknown> = { ListTasks: { taskArns: [] }, ListJobs: { JobNames: [] } };
  return { body: aws[operation ?? ""] ?? {} };
}

function looksOf(environment: EnvironmentConfig) {
  const scope = { environment: environment.name, region: environment.region, mwaaName: environment.mwaa, lease: null };
  const activity = new Activity(environment.name);
  return [
    new AirflowLook(new AirflowReading(environment, scope, activity)),
    new EcsLook(environment, scope, activity),
    new GlueLook(environment, scope, activity),
    new FailureLook(environment, scope, activity),
  ];
}

it("sixty environments that never answer leave one that does its looks: no connection, socket or lock is held while they wait", async () => {
  const environments = Array.from({ length: hanging }, (_, index) => named(`hangs${index}`));
  configure({ databaseUrl: server.url, awsEndpointUrl: endpoint.url, environments: [...environments, named("well")] });
  const stuck = environments.flatMap(looksOf).map((look) => look.look().catch(() => undefined));
  await vi.waitFor(() => expect(endpoint.asked.filter((asked) => asked.path.startsWith("/environments/hangs"))).toHaveLength(hanging), {
    timeout: 20_000,
  });
  const own = looksOf(named("well"));
  for (let turn = 0; turn < 5; turn++) {
    forgetCalls();
    for (const look of own) await look.look();
  }
  const health = await ledger().select().from(schema.sourceHealth);
  expect(health.map(({ environment, source, error }) => [environment, source, error]).sort()).toEqual([
    ["well", "airflow", null],
    ["well", "ecs", null],
    ["well", "glue", null],
  ]);
  const held = await ledger().execute(
    sql`select query from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle' and backend_type = 'client backend'`,
  );
  expect(held.rows).toEqual([]);
  await endpoint.stop();
  await Promise.all(stuck);
});
