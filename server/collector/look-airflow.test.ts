import { and, eq } from "drizzle-orm";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { EnvironmentConfig } from "@/server/env";
import { ledger } from "@/server/ledger/db";
import * as schema from "@/server/ledger/schema";
import { forgetCalls } from "@/server/sources/call";
import { type Answer, type Asked, recorded, startReplay } from "@/server/sources/replay";
import { ownAnswer } from "@/server/sources/replay-airflow";
import { configure } from "@/server/testing/configuration";
import { givenRun, givenSource } from "@/server/testing/facts";
import { ledgerBesideAws } from "@/server/testing/ledger-beside-aws";
import { Activity } from "./activity";
import { overlapMs } from "./airflow-cursor";
import { AirflowReading } from "./airflow-reading";
import { AirflowLook } from "./look-airflow";
import { AirflowDetailsLook } from "./look-airflow-details";
import { AirflowHistoryLook } from "./look-airflow-history";

const server = ledgerBesideAws();
let endpoint: Awaited<ReturnType<typeof startReplay>>;
let environment: EnvironmentConfig;
let refusals: Record<string, number>;
let status: string;
let unreadable: object | null;
let open: object[];
let clockAheadMs: number;
let beganDaysAgo: number;
let turn = 0;

beforeEach(async () => {
  refusals = {};
  status = "AVAILABLE";
  unreadable = null;
  open = [];
  clockAheadMs = 0;
  beganDaysAgo = 13;
  endpoint = await startReplay((asked) => {
    const answer = airflow(asked);
    return { ...answer, ...atItsTime(answer) };
  });
  environment = { name: `local${++turn}`, region: "eu-west-1", mwaa: "penstock", ecs: [], glue: [] };
  configure({ databaseUrl: server.url, awsEndpointUrl: endpoint.url, environments: [environment] });
  forgetCalls();
});
afterEach(() => endpoint.stop());

/** The answer says what time it is there. */
const atItsTime = ({ headers }: Answer) => ({ headers: { ...headers, date: new Date(Date.now() + clockAheadMs).toUTCString() } });

/** The platform's Airflow as it was recorded; `refusals` by the end of a path. */
function airflow({ path, body }: Asked): Answer {
  if (path.startsWith("/environments/")) {
    const answer = recorded("mwaa-get-environment") as { Environment: object };
    return { body: { Environment: { ...answer.Environment, Status: status } } };
  }
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
  if ((body.QueryParameters as { order_by?: string } | undefined)?.order_by === "start_date")
    return { body: { RestApiStatusCode: 200, RestApiResponse: oldest() } };
  const runs = ownAnswer("dag-runs-changed") as { dag_runs: object[]; total_entries: number };
  if (unreadable) runs.total_entries = runs.dag_runs.push(unreadable);
  const answers: [RegExp, unknown][] = [
    [/^\/dags\/~\/dagRuns\/list$/, { dag_runs: open, total_entries: open.length }],
    [/^\/dags\/~\/dagRuns$/, old ? { dag_runs: [], total_entries: 0 } : runs],
    [/^\/dags\/~\/dagRuns\/~\/taskInstances$/, old ? { task_instances: [], total_entries: 0 } : ownAnswer("task-instances-changed")],
    [/^\/dags$/, ownAnswer("dags")],
    [/\/details$/, { ...ownAnswer("dag-details"), dag_id: asked.split("/")[2] }],
    [/\/xcomEntries$/, { xcom_entries: [], total_entries: 0 }],
  ];
  const found = answers.find(([pattern]) => pattern.test(asked));
  return { body: { RestApiStatusCode: 200, RestApiResponse: found?.[1] } };
}

/** The run that started first. */
const oldest = () => {
  const [run] = ownAnswer("dag-runs-changed").dag_runs as object[];
  const at = new Date(Date.now() - beganDaysAgo * 86_400_000).toISOString();
  return { dag_runs: [{ ...run, run_after: at, queued_at: at, start_date: at }], total_entries: 1 };
};

const read = () => {
  const scope = { environment: environment.name, region: environment.region, mwaaName: environment.mwaa, lease: null };
  const reading = new AirflowReading(environment, scope, new Activity(environment.name));
  return { changes: new AirflowLook(reading), details: new AirflowDetailsLook(reading), history: new AirflowHistoryLook(reading), reading };
};
/** A look whose requests wait for nobody. */
const once = (look: { look(): Promise<{ isActive: boolean }> }) => {
  forgetCalls();
  return look.look();
};
const spans = () =>
  endpoint.asked
    .filter((asked) => asked.body.Path === "/dags/~/dagRuns")
    .map((asked) => asked.body.QueryParameters as { updated_at_gte: string; updated_at_lte?: string })
    .filter((query) => query.updated_at_gte !== undefined);
const minutesAgo = (text = "") => Math.round((Date.now() - new Date(text).getTime()) / 60_000);
const asksFrom = () => spans().map((span) => (span.updated_at_lte === undefined ? minutesAgo(span.updated_at_gte) : "history"));

it("brings runs and attempts into the ledger, and asks for no more than changed since", async () => {
  const { changes } = read();
  await once(changes);
  await once(changes);
  const runs = (await ledger().select().from(schema.run)).filter((row) => row.environment === environment.name);
  expect(runs.map((row) => [row.pipeline, row.state]).sort()).toEqual([
    ["fx_rates_hourly", "success"],
    ...Array.from({ length: 4 }, () => ["orders_faults", "failed"]),
    ["sales_daily", "success"],
  ]);
  const attempts = (await ledger().select().from(schema.attempt)).filter((row) => row.environment === environment.name);
  expect(attempts.length).toBeGreaterThan(5);
  expect(asksFrom()).toEqual([15, 2]);
});

it("reads history behind it, the newest span first, and goes on where it was in another process", async () => {
  const first = read();
  await once(first.history);
  expect(spans()).toEqual([]);
  await once(first.changes);
  // How far it reaches, then the first span.
  await once(first.history);
  expect(await once(first.history)).toEqual({ isActive: true });
  const second = read();
  await once(second.changes);
  await once(second.history);
  const [newest, older] = spans().filter((span) => span.updated_at_lte !== undefined);
  expect([minutesAgo(newest?.updated_at_lte), minutesAgo(newest?.updated_at_gte)]).toEqual([15, 75]);
  expect(older?.updated_at_lte).toBe(newest?.updated_at_gte);
  expect(asksFrom().filter((from) => from !== "history")).toEqual([15, 2]);
});

it.each([
  [13, 20],
  [800, 130],
])("reads all of a history of %i days, as far as Airflow has any, and then rests", async (days, most) => {
  beganDaysAgo = days;
  const { changes, history } = read();
  await once(changes);
  while ((await once(history)).isActive);
  expect(minutesAgo(spans().at(-1)?.updated_at_gte)).toBe((days + 1) * 24 * 60);
  expect(spans().length).toBeLessThan(most);
  const asked = endpoint.asked.length;
  const again = read();
  await once(again.changes);
  expect(await once(again.history)).toEqual({ isActive: false });
  expect(endpoint.asked.length - asked).toBeLessThan(5);
});

it("brings DAGs and their parameters into the ledger", async () => {
  const { changes, details } = read();
  await once(changes);
  await once(details);
  const dags = (await ledger().select().from(schema.pipeline)).filter((row) => row.environment === environment.name);
  expect(dags).toHaveLength(3);
  expect(dags[0]?.params).toMatchObject([{ name: "fault" }]);
});

it("does not move its cursor when a look fails half-way, and asks for nothing else until one works", async () => {
  refusals = { taskInstances: 503 };
  const { changes, details, history } = read();
  await expect(once(changes)).rejects.toThrow(/refused/);
  const asked = endpoint.asked.length;
  await once(details);
  await once(history);
  expect(endpoint.asked).toHaveLength(asked);
  refusals = {};
  await once(changes);
  expect(asksFrom()).toEqual([15, 15]);
});

it("reads the rest when one DAG's details or one task's XComs are refused", async () => {
  refusals = { "/dags/fx_rates_hourly/details": 404, xcomEntries: 404 };
  const { changes, details } = read();
  await once(changes);
  await once(details);
  expect(endpoint.asked.some((asked) => String(asked.body.Path).endsWith("xcomEntries"))).toBe(true);
  const dags = (await ledger().select().from(schema.pipeline)).filter((row) => row.environment === environment.name);
  expect(dags.map((row) => [row.pipeline, row.params === null]).sort()).toEqual([
    ["fx_rates_hourly", true],
    ["orders_faults", false],
    ["sales_daily", false],
  ]);
});

it.each(["MAINTENANCE", "UPDATING", "CREATING_SNAPSHOT", "ROLLING_BACK"])(
  "asks MWAA alone while it says %s, and the reason is told",
  async (busy) => {
    status = busy;
    const { changes, details, history } = read();
    for (let turn = 0; turn < 5; turn++) {
      await expect(once(changes)).rejects.toThrow(`MWAA says ${busy}, so reading Airflow waits until it is AVAILABLE`);
      await once(details);
      await once(history);
    }
    expect(endpoint.asked.map((asked) => asked.path)).toEqual(["/environments/penstock"]);
    const [known] = await ledger().select().from(schema.environment).where(eq(schema.environment.name, environment.name));
    expect(known?.status).toBe(busy);
  },
);

it("leaves out a row that it cannot read, and says which with the source's health", async () => {
  unreadable = { dag_id: "odd", dag_run_id: "manual__x", state: "levitating" };
  const { changes } = read();
  await once(changes);
  const [health] = await ledger().select().from(schema.sourceHealth).where(eq(schema.sourceHealth.environment, environment.name));
  expect(health?.error).toBeNull();
  expect(health?.remark).toMatch(/^1 row is left out as unreadable; the last: odd\/manual__x: /);
  const runs = (await ledger().select().from(schema.run)).filter((row) => row.environment === environment.name);
  expect(runs.map((row) => row.pipeline)).toContain("sales_daily");
  expect(runs.map((row) => row.pipeline)).not.toContain("odd");
});

it("shows at the first look what runs since long ago, before history comes to it", async () => {
  open = [{ ...(ownAnswer("dag-runs-changed").dag_runs as object[])[0], dag_run_id: "manual__long", state: "running", end_date: null }];
  const { changes } = read();
  expect(await once(changes)).toMatchObject({ isActive: true });
  const runs = (await ledger().select().from(schema.run)).filter((row) => row.environment === environment.name);
  expect(runs.filter((row) => row.state === "running").map((row) => row.runId)).toEqual(["manual__long"]);
});

it("notices that an open run was deleted, and keeps it as history", async () => {
  const { changes } = read();
  const gone = { pipeline: "sales_daily", runId: "manual__deleted" };
  await givenRun({ environment: environment.name, ...gone, state: "running", endedAt: null });
  refusals = { manual__deleted: 404 };
  await once(changes);
  const [run] = await ledger()
    .select()
    .from(schema.run)
    .where(and(eq(schema.run.environment, environment.name), eq(schema.run.runId, gone.runId)));
  expect(run).toMatchObject({ state: "running", isGone: true });
  expect((await once(changes)).isActive).toBe(false);
});

it.each([
  [61 * 60_000, "61 min behind"],
  [-3 * 60_000, "3 min ahead of"],
])("goes by Airflow's clock when it is %s ms ahead of ours, and says so", async (aheadMs, by) => {
  clockAheadMs = aheadMs;
  const { changes } = read();
  await once(changes);
  await once(changes);
  const [, second] = spans();
  const there = Date.now() + aheadMs;
  expect(Math.abs(there - overlapMs - Date.parse(second?.updated_at_gte ?? ""))).toBeLessThan(5_000);
  const [health] = await ledger().select().from(schema.sourceHealth).where(eq(schema.sourceHealth.environment, environment.name));
  expect(health?.remark).toBe(`The clock of Penstock's machine is ${by} AWS's: set it (NTP). Nothing is missed by it`);
});

it("reads anew what a cursor in the future may have passed over", async () => {
  const ahead = new Date(Date.now() + 3_600_000).toISOString();
  await givenSource({ environment: environment.name, cursor: { since: ahead, sweptAt: ahead, gaps: [] } });
  const { changes, history } = read();
  await once(changes);
  expect(asksFrom()).toEqual([15]);
  expect(await once(history)).toEqual({ isActive: true });
});
