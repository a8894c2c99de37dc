import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import type { EnvironmentConfig } from "@/server/env";
import { ledger } from "@/server/ledger/db";
import * as schema from "@/server/ledger/schema";
import { log } from "@/server/log";
import { forgetCalls } from "@/server/sources/call";
import { type Answer, type Asked, recorded, startReplay } from "@/server/sources/replay";
import { configure } from "@/server/testing/configuration";
import { startTestLedger, type TestLedger } from "@/server/testing/postgres";
import { Activity } from "./activity";
import { AirflowLook, nextSpanMs } from "./look-airflow";

let server: TestLedger;
let endpoint: Awaited<ReturnType<typeof startReplay>>;
let environment: EnvironmentConfig;
let refusals: Record<string, number>;
let turn = 0;

beforeAll(async () => {
  log.level = "silent";
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  server = await startTestLedger();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await server.remove();
});
beforeEach(async () => {
  refusals = {};
  endpoint = await startReplay(airflow);
  environment = { name: `local${++turn}`, region: "eu-west-1", mwaa: "penstock", ecs: [], glue: [] };
  configure({ databaseUrl: server.url, awsEndpointUrl: endpoint.url, environments: [environment] });
  forgetCalls();
});
afterEach(() => endpoint.stop());

/** The platform's Airflow as it was recorded; `refusals` by the end of a path. */
function airflow({ path, body }: Asked): Answer {
  if (path.startsWith("/environments/")) return { body: recorded("mwaa-get-environment") };
  const asked = String(body.Path);
  const refused = Object.entries(refusals).find(([end]) => asked.endsWith(end));
  if (refused) {
    return {
      status: 400,
      headers: { "x-amzn-errortype": "RestApiClientException" },
      body: { RestApiStatusCode: refused[1], RestApiResponse: { detail: "refused" } },
    };
  }
  const old = (body.QueryParameters as { updated_at_lte?: string } | undefined)?.updated_at_lte !== undefined;
  const answers: [RegExp, unknown][] = [
    [/^\/dags\/~\/dagRuns$/, old ? { dag_runs: [], total_entries: 0 } : recorded("airflow-v2-dag-runs")],
    [/^\/dags\/~\/dagRuns\/~\/taskInstances$/, old ? { task_instances: [], total_entries: 0 } : recorded("airflow-v2-task-instances")],
    [/^\/dags$/, recorded("airflow-v2-dags")],
    [/\/details$/, { ...(recorded("airflow-v2-dag-details") as object), dag_id: asked.split("/")[2] }],
    [/\/xcomEntries$/, { xcom_entries: [], total_entries: 0 }],
  ];
  const found = answers.find(([pattern]) => pattern.test(asked));
  return { body: { RestApiStatusCode: 200, RestApiResponse: found?.[1] } };
}

const look = () => {
  const scope = { environment: environment.name, region: environment.region, mwaaName: environment.mwaa, lease: null };
  return new AirflowLook(environment, scope, new Activity(environment.name));
};
const spans = () =>
  endpoint.asked
    .filter((asked) => asked.body.Path === "/dags/~/dagRuns")
    .map((asked) => asked.body.QueryParameters as { updated_at_gte: string; updated_at_lte?: string });
const minutesAgo = (text: string) => Math.round((Date.now() - new Date(text).getTime()) / 60_000);

it("brings runs, attempts, DAGs and their parameters into the ledger, and asks for no more than changed since", async () => {
  const airflowLook = look();
  // What does not fit into one look's time is left to the next.
  while (spans().filter((span) => span.updated_at_lte !== undefined).length < 2) {
    forgetCalls();
    expect(await airflowLook.look()).toEqual({ isActive: true });
  }
  const runs = (await ledger().select().from(schema.run)).filter((row) => row.environment === environment.name);
  expect(runs.map((row) => [row.pipeline, row.state]).sort()).toEqual([
    ["orders_faults", "failed"],
    ["sales_daily", "success"],
  ]);
  const dags = (await ledger().select().from(schema.pipeline)).filter((row) => row.environment === environment.name);
  expect(dags).toHaveLength(3);
  expect(dags[0]?.params).toMatchObject([{ name: "fault" }]);
  const attempts = (await ledger().select().from(schema.attempt)).filter((row) => row.environment === environment.name);
  expect(attempts.length).toBeGreaterThan(5);

  const asked = spans();
  const [first] = asked;
  expect(minutesAgo(first?.updated_at_gte ?? "")).toBe(60);
  const later = asked.slice(1).filter((span) => span.updated_at_lte === undefined);
  expect(later.map((span) => minutesAgo(span.updated_at_gte))).toEqual(later.map(() => 2));
  const [newest, older] = asked.filter((span) => span.updated_at_lte !== undefined);
  expect(newest?.updated_at_lte).toBe(first?.updated_at_gte);
  expect(older?.updated_at_lte).toBe(newest?.updated_at_gte);
});

it("goes on from the ledger's cursor in another process", async () => {
  await look().look();
  forgetCalls();
  await look().look();
  expect(
    spans()
      .filter((span) => span.updated_at_lte === undefined)
      .map((span) => minutesAgo(span.updated_at_gte)),
  ).toEqual([60, 2]);
});

it("does not move its cursor when a look fails half-way", async () => {
  refusals = { taskInstances: 503 };
  await expect(look().look()).rejects.toThrow(/refused/);
  refusals = {};
  forgetCalls();
  await look().look();
  expect(
    spans()
      .map((span) => minutesAgo(span.updated_at_gte))
      .slice(0, 2),
  ).toEqual([60, 60]);
});

it("reads the rest when one DAG's details or one task's XComs are refused", async () => {
  refusals = { "/dags/fx_rates_hourly/details": 404, xcomEntries: 404 };
  const airflowLook = look();
  while (!endpoint.asked.some((asked) => String(asked.body.Path).endsWith("xcomEntries"))) {
    forgetCalls();
    await airflowLook.look();
  }
  const dags = (await ledger().select().from(schema.pipeline)).filter((row) => row.environment === environment.name);
  expect(dags.map((row) => [row.pipeline, row.params === null]).sort()).toEqual([
    ["fx_rates_hourly", true],
    ["orders_faults", false],
    ["sales_daily", false],
  ]);
});

it("takes shorter spans of history where there is much, and longer where there is little", () => {
  expect(nextSpanMs(3_600_000, 1_000)).toBe(1_800_000);
  expect(nextSpanMs(3_600_000, 10)).toBe(7_200_000);
  expect(nextSpanMs(3_600_000, 200)).toBe(3_600_000);
  expect(nextSpanMs(600_000, 1_000)).toBe(600_000);
});
