import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { EnvironmentConfig } from "@/server/env";
import { ledger } from "@/server/ledger/db";
import * as schema from "@/server/ledger/schema";
import { forgetCalls } from "@/server/sources/call";
import { type Answer, type Asked, recorded, startReplay } from "@/server/sources/replay";
import { configure } from "@/server/testing/configuration";
import { ledgerBesideAws } from "@/server/testing/ledger-beside-aws";
import { Activity } from "./activity";
import { GlueLook } from "./look-glue";
import type { Scope } from "./scope";

type Run = { Id: string; JobRunState: string } & Record<string, unknown>;
const server = ledgerBesideAws();
let endpoint: Awaited<ReturnType<typeof startReplay>>;
let environment: EnvironmentConfig;
let jobs: Record<string, Run[]>;
let closed: Set<string>;
/** What ListJobs says instead of their names. */
let listed: object | null;
/** What time it is at Glue. */
let time: Date | null;
let rowsPerPage: number;

beforeEach(async () => {
  [closed, listed, time, rowsPerPage] = [new Set(), null, null, 100];
  const [run] = (recorded("glue-get-job-runs") as { JobRuns: Run[] }).JobRuns;
  jobs = { "penstock-load": [{ ...(run as Run), JobRunState: "RUNNING", CompletedOn: undefined }] };
  endpoint = await startReplay(glue);
  environment = { name: "local", region: "eu-west-1", mwaa: "penstock", ecs: [], glue: ["penstock-*"] };
  configure({ databaseUrl: server.url, awsEndpointUrl: endpoint.url, environments: [environment] });
  forgetCalls();
});
afterEach(async () => {
  vi.useRealTimers();
  await endpoint.stop();
  await ledger().execute("truncate glue_run, source_health, join_hint");
});

const absent: Answer = { status: 400, headers: { "x-amzn-errortype": "EntityNotFoundException" }, body: { message: "not found" } };

const denied = (operation: string): Answer => ({
  status: 400,
  headers: { "x-amzn-errortype": "AccessDeniedException" },
  body: { message: `not authorized to perform: glue:${operation}` },
});

function glue(asked: Asked): Answer {
  const answer = answerTo(asked);
  return time ? { ...answer, headers: { ...answer.headers, date: time.toUTCString() } } : answer;
}

function answerTo({ operation, body }: Asked): Answer {
  if (operation === "ListJobs") return { body: listed ?? { JobNames: Object.keys(jobs).filter((name) => name.startsWith("penstock")) } };
  if (closed.has(String(body.JobName))) return denied(operation ?? "");
  const runs = jobs[String(body.JobName)];
  if (operation === "GetJobRuns") return runs ? { body: pageOf(runs, Number(body.NextToken ?? 0)) } : absent;
  const run = runs?.find((each) => each.Id === body.RunId);
  return run ? { body: { JobRun: run } } : absent;
}

const pageOf = (runs: Run[], from: number) => ({
  JobRuns: runs.slice(from, from + rowsPerPage),
  ...(runs.length > from + rowsPerPage ? { NextToken: String(from + rowsPerPage) } : {}),
});

const newLook = () => {
  const scope: Scope = { environment: "local", region: "eu-west-1", mwaaName: "penstock", lease: null };
  return new GlueLook(environment, scope, new Activity("local"));
};
const rows = () => ledger().select().from(schema.glueRun);
const askedFor = () => endpoint.asked.filter((asked) => asked.operation === "GetJobRun").length;

it("a run whose job was deleted ends as history: kept, marked, and not asked for any more", async () => {
  await newLook().look();
  expect(await rows()).toMatchObject([{ state: "RUNNING", missingSince: null }]);
  jobs = {};
  const look = newLook();
  await look.look();
  expect(await rows()).toMatchObject([{ state: "RUNNING", missingSince: expect.any(Date) }]);
  const asked = askedFor();
  expect(asked).toBe(1);
  await look.look();
  await look.look();
  expect(askedFor()).toBe(asked);
});

it("a run that Glue has again is no longer missing", async () => {
  const before = jobs;
  await newLook().look();
  jobs = {};
  await newLook().look();
  jobs = before;
  await newLook().look();
  expect(await rows()).toMatchObject([{ state: "RUNNING", missingSince: null }]);
});

it("an ended run is never missing", async () => {
  jobs = { "penstock-load": (recorded("glue-get-job-runs") as { JobRuns: Run[] }).JobRuns };
  await newLook().look();
  jobs = {};
  await newLook().look();
  expect(await rows()).toMatchObject([{ state: "SUCCEEDED", missingSince: null }]);
});

it("a list that gives the same page token for ever is a failure, not an endless look", async () => {
  await endpoint.stop();
  endpoint = await startReplay((asked) =>
    asked.operation === "ListJobs" ? { body: { JobNames: ["penstock-load"], NextToken: "again" } } : glue(asked),
  );
  configure({ databaseUrl: server.url, awsEndpointUrl: endpoint.url, environments: [environment] });
  await expect(newLook().look()).rejects.toThrow("does not end");
});

const health = async () => (await ledger().select().from(schema.sourceHealth)).find((row) => row.source === "glue");
const runOf = (id: string, given: object = {}) => ({
  ...((recorded("glue-get-job-runs") as { JobRuns: Run[] }).JobRuns[0] as Run),
  Id: id,
  ...given,
});

it("a job that is closed to us or does not exist is told of, and keeps no other from being read", async () => {
  jobs = { "penstock-load": [runOf("jr_1")], "penstock-closed": [runOf("jr_2")] };
  closed.add("penstock-closed");
  environment.glue = ["penstock-*", "penstock-typo"];
  const look = newLook();
  await look.look();
  expect((await rows()).map((row) => row.jobRunId)).toEqual(["jr_1"]);
  const told = await health();
  expect(told?.error).toBeNull();
  expect(told?.remark).toContain(
    "Glue job penstock-closed cannot be read: glue (local): access denied: not authorized to perform: glue:GetJobRuns",
  );
  expect(told?.remark).toContain("Glue job penstock-typo cannot be read: glue (local): not found. Check the name in penstock.yaml");
  closed.clear();
  environment.glue = ["penstock-*"];
  await newLook().look();
  expect((await health())?.remark).toBeNull();
});

it("is in trouble when the only job does not exist, and says which", async () => {
  environment.glue = ["penstock-typo"];
  await expect(newLook().look()).rejects.toThrow("Glue job penstock-typo cannot be read: glue (local): not found");
});

it("says that no job is of a pattern", async () => {
  environment.glue = ["penstock-*", "finance_*"];
  await newLook().look();
  expect((await health())?.remark).toBe("No Glue job matches finance_* of penstock.yaml");
});

it("reads the jobs that it knows while the list of jobs is nothing, and says so", async () => {
  const look = newLook();
  vi.useFakeTimers({ toFake: ["performance"] });
  await look.look();
  listed = {};
  jobs["penstock-load"] = [runOf("jr_new")];
  vi.advanceTimersByTime(301_000);
  await look.look();
  expect((await rows()).map((row) => row.jobRunId)).toContain("jr_new");
  expect((await health())?.remark).toContain("The list of Glue jobs cannot be read: glue (local): answered in a form");
  listed = { JobNames: [] };
  vi.advanceTimersByTime(21_000);
  await look.look();
  listed = null;
  jobs["penstock-load"] = [runOf("jr_newest")];
  vi.advanceTimersByTime(21_000);
  await look.look();
  expect((await rows()).map((row) => row.jobRunId)).toContain("jr_newest");
});

it("reads again what a look that was not written had read", async () => {
  const hour = (number: number) => new Date(Date.UTC(2026, 10, 1, number));
  const look = newLook();
  jobs["penstock-load"] = [];
  time = hour(0);
  await look.look();
  time = hour(10);
  await ledger().execute("alter table glue_run rename to glue_run_away");
  jobs["penstock-load"] = [runOf("jr_1", { StartedOn: hour(5).toISOString() })];
  await expect(look.look()).rejects.toThrow();
  await ledger().execute("alter table glue_run_away rename to glue_run");
  time = hour(20);
  jobs["penstock-load"] = [runOf("jr_2", { StartedOn: hour(8).toISOString() }), runOf("jr_1", { StartedOn: hour(5).toISOString() })];
  rowsPerPage = 1;
  await look.look();
  expect((await rows()).map((row) => row.jobRunId).sort()).toEqual(["jr_1", "jr_2"]);
});

it("asks once, and not at each look, for a run that an XCom named and Glue does not tell", async () => {
  jobs["other-job"] = [runOf("jr_3")];
  closed.add("other-job");
  for (const [ref, owner] of [
    ["jr_3", "other-job"],
    ["jr_4", "no-job"],
  ] as const)
    await ledger().insert(schema.joinHint).values({ environment: "local", ref, owner, attemptId: ref, seenAt: new Date() });
  const look = newLook();
  for (let turn = 0; turn < 4; turn++) await look.look();
  expect(askedFor()).toBe(2);
  expect((await health())?.error).toBeNull();
});
