import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { EnvironmentConfig } from "@/server/env";
import { AppError, findAppError } from "@/server/errors";
import { ledger } from "@/server/ledger/db";
import { type Lease, takeLease } from "@/server/ledger/lease";
import * as schema from "@/server/ledger/schema";
import { log } from "@/server/log";
import { forgetCalls } from "@/server/sources/call";
import { CloudModel } from "@/server/testing/cloud-model";
import { CloudStory } from "@/server/testing/cloud-story";
import { configure } from "@/server/testing/configuration";
import { givenAttempt, givenRun } from "@/server/testing/facts";
import { startTestLedger, type TestLedger } from "@/server/testing/postgres";
import { StructureModel } from "@/server/testing/structure-model";
import { Activity } from "./activity";
import { AirflowReading } from "./airflow-reading";
import { AirflowLook } from "./look-airflow";
import { AirflowDetailsLook } from "./look-airflow-details";
import { AirflowHistoryLook } from "./look-airflow-history";
import { AirflowStructureLook } from "./look-airflow-structure";
import { EcsLook } from "./look-ecs";
import { FailureLook } from "./look-failures";
import { GlueLook } from "./look-glue";
import { runLoop, Sleeper } from "./loop";
import type { Scope } from "./scope";

const cloud = vi.hoisted(() => ({ model: undefined as unknown as CloudModel }));
vi.mock("@/server/sources/ecs", () => ({
  listTasks: (_environment: unknown, _cluster: string, status: "RUNNING" | "STOPPED") => cloud.model.listTasks(status),
  describeTasks: (_environment: unknown, _cluster: string, arns: string[]) => cloud.model.describeTasks(arns),
}));
vi.mock("@/server/sources/glue", async (original) => ({
  ...(await original<typeof import("@/server/sources/glue")>()),
  listJobs: async () => ["load"],
  listJobRuns: () => cloud.model.listJobRuns(),
}));

const environment: EnvironmentConfig = { name: "local", region: "eu-west-1", mwaa: "model", ecs: ["penstock"], glue: ["load"] };
let server: TestLedger;
let stalled: Lease;
let scope: Scope;

beforeAll(async () => {
  log.level = "silent";
  server = await startTestLedger();
  configure({ databaseUrl: server.url });
});
afterAll(() => server.remove());
beforeEach(async () => {
  forgetCalls();
  const model = new CloudModel(() => Date.now());
  cloud.model = model;
  const story = new CloudStory(model);
  for (const kind of ["start", "start", "advance", "container", "glue"] as const) story.tell({ kind, pick: 3, delayMs: 0 });
  await ledger().delete(schema.lease);
  stalled = (await takeLease("collector", "stalled")) as Lease;
  scope = { environment: "local", region: "eu-west-1", mwaaName: "model", lease: stalled };
});

/** Another takes over while the first stands still. */
async function takeOver(): Promise<void> {
  await ledger().update(schema.lease).set({ expiresAt: sql`clock_timestamp() - interval '1 second'` });
  expect(await takeLease("collector", "leader")).not.toBeNull();
}

/** Every row of every table, as text; who wrote it last included. */
async function everything(): Promise<string> {
  const tables = await ledger().execute<{ name: string }>(
    sql`select quote_ident(table_name) as name from information_schema.tables where table_schema = 'public' order by 1`,
  );
  const rows: string[] = [];
  for (const { name } of tables.rows) {
    const found = await ledger().execute<{ row: string }>(sql.raw(`select xmin || ' ' || t::text as row from ${name} t order by 1`));
    rows.push(name, ...found.rows.map(({ row }) => row));
  }
  return rows.join("\n");
}

const activity = new Activity("local");
const reading = () => {
  const made = new AirflowReading(environment, scope, activity, { airflow: () => cloud.model.airflow() });
  made.isOpen = true;
  return made;
};
const looks: Record<string, () => { look(): Promise<unknown> }> = {
  "what changes in Airflow": () => new AirflowLook(reading()),
  "DAGs, tries and XComs": () => new AirflowDetailsLook(reading()),
  "tasks, code and pools": () => new AirflowStructureLook(reading(), new StructureModel(() => Date.now()).source()),
  history: () => new AirflowHistoryLook(reading()),
  containers: () => new EcsLook(environment, scope, activity),
  "Glue runs": () => new GlueLook(environment, scope, activity),
  "failures and their logs": () => new FailureLook(environment, scope, activity),
};

describe("a leader that stood still while another took over", () => {
  it.each(Object.keys(looks))("writes nothing of %s", async (name) => {
    await givenRun({ state: "failed" }).catch(() => undefined);
    await givenAttempt({ state: "failed", tryNumber: 2 }).catch(() => undefined);
    const look = looks[name]?.();
    await takeOver();
    const before = await everything();
    const error = await look?.look().catch((thrown: unknown) => thrown);
    expect(findAppError(error)?.message).toMatch(/no longer leads/);
    expect(await everything()).toBe(before);
  });

  it("does not note that a source failed", async () => {
    const stop = new AbortController();
    await takeOver();
    const before = await everything();
    let looked = 0;
    const look = async () => {
      looked += 1;
      throw new AppError("upstream", "ecs (local): cannot be reached", { system: "ecs (local)" });
    };
    const sleeper = new Sleeper();
    // The loop sleeps when the failure was noted, or refused.
    sleeper.sleep = async () => stop.abort();
    const pace = { activeMs: 1, idleMs: 1 };
    await runLoop({ environment: "local", source: "ecs", pace, lease: stalled, signal: stop.signal, look }, sleeper);
    expect(looked).toBe(1);
    expect(await everything()).toBe(before);
  });
});
