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
import { GlueLook } from "./look-glue";
import type { Scope } from "./scope";

type Run = { Id: string; JobRunState: string } & Record<string, unknown>;
let server: TestLedger;
let endpoint: Awaited<ReturnType<typeof startReplay>>;
let environment: EnvironmentConfig;
let jobs: Record<string, Run[]>;

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
  const [run] = (recorded("glue-get-job-runs") as { JobRuns: Run[] }).JobRuns;
  jobs = { "penstock-load": [{ ...(run as Run), JobRunState: "RUNNING", CompletedOn: undefined }] };
  endpoint = await startReplay(glue);
  environment = { name: "local", region: "eu-west-1", mwaa: "penstock", ecs: [], glue: ["penstock-*"] };
  configure({ databaseUrl: server.url, awsEndpointUrl: endpoint.url, environments: [environment] });
  forgetCalls();
});
afterEach(async () => {
  await endpoint.stop();
  await ledger().execute("truncate glue_run, source_health");
});

const absent: Answer = { status: 400, headers: { "x-amzn-errortype": "EntityNotFoundException" }, body: { message: "not found" } };

function glue({ operation, body }: Asked): Answer {
  if (operation === "ListJobs") return { body: { JobNames: Object.keys(jobs) } };
  const runs = jobs[String(body.JobName)];
  if (operation === "GetJobRuns") return runs ? { body: { JobRuns: runs } } : absent;
  const run = runs?.find((each) => each.Id === body.RunId);
  return run ? { body: { JobRun: run } } : absent;
}

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
