import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type FaultProxy, startFaultProxy } from "@/infra/local/fault-proxy/http-proxy";
import type { HttpFault, HttpRule } from "@/infra/local/fault-proxy/rules";
import type { EnvironmentConfig } from "@/server/env";
import { AppError } from "@/server/errors";
import { configure } from "@/server/testing/configuration";
import { listDags, type Page, readEnvironment, runsChanged } from "./airflow";
import { forgetCalls, takeCalls } from "./call";
import { readMetrics } from "./cloudwatch";
import { describeTasks, listTasks } from "./ecs";
import { getJobRun, listJobRuns, listJobs } from "./glue";
import { findStreams, readLogStream, readLogTail } from "./logs";
import { startAccount } from "./replay-aws";
import { receiveMessages } from "./sqs";

let upstream: Awaited<ReturnType<typeof startAccount>>;
let proxy: FaultProxy;
let environment: EnvironmentConfig;
let turn = 0;
const unhandled: unknown[] = [];
const note = (error: unknown) => unhandled.push(error);

beforeAll(async () => {
  process.on("unhandledRejection", note);
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  // Second tries come at once.
  vi.spyOn(Math, "random").mockReturnValue(-0.95);
  upstream = await startAccount();
  proxy = await startFaultProxy({ upstream: upstream.url });
});
afterAll(async () => {
  process.off("unhandledRejection", note);
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await proxy.stop();
  await upstream.stop();
});
beforeEach(() => {
  environment = {
    name: `faults${++turn}`,
    region: "eu-west-1",
    mwaa: "penstock",
    ecs: ["penstock"],
    glue: ["penstock-*"],
    events: "https://sqs.eu-west-1.amazonaws.com/123456789012/penstock",
  };
  configure({ awsEndpointUrl: proxy.url, environments: [environment] });
  forgetCalls();
});
afterEach(() => {
  proxy.clear();
  expect(unhandled).toEqual([]);
});

async function all<T>(pages: AsyncGenerator<Page<T>>): Promise<T[]> {
  const items: T[] = [];
  for await (const page of pages) items.push(...read(page));
  return items;
}

/** The rows of a page; one in which none could be read is no answer. */
function read<T>({ items, rejected }: Page<T>): T[] {
  if (items.length > 0 || rejected.length === 0) return items;
  const why = rejected[0]?.why;
  throw new AppError("upstream", `airflow (${environment.name}) answered in a form that Penstock does not know: ${why}`, {
    system: `airflow (${environment.name})`,
  });
}

type Read = () => Promise<unknown>;
/** What the collector asks of each source: the whole of it is read, page after page. */
const sources: Record<string, { service: HttpRule["service"]; source: string; read: Read }[]> = {
  airflow: [
    { service: "airflow", source: "airflow", read: () => readEnvironment(environment) },
    { service: "airflow", source: "airflow", read: async () => read(await listDags(environment)) },
    { service: "airflow", source: "airflow", read: () => all(runsChanged(environment, { from: new Date(0), to: null })) },
  ],
  ecs: [
    { service: "ecs", source: "ecs", read: () => listTasks(environment, "penstock", "RUNNING") },
    { service: "ecs", source: "ecs", read: () => describeTasks(environment, "penstock", ["arn:aws:ecs:eu-west-1:1:task/penstock/1"]) },
  ],
  glue: [
    { service: "glue", source: "glue", read: () => listJobs(environment) },
    { service: "glue", source: "glue", read: () => listJobRuns(environment, "penstock-load", new Date(0)) },
    { service: "glue", source: "glue", read: () => getJobRun(environment, "penstock-load", "jr_1") },
  ],
  logs: [
    { service: "logs", source: "logs", read: () => findStreams(environment, "group", "prefix") },
    { service: "logs", source: "logs", read: () => readLogStream(environment, "group", "stream", null) },
    { service: "logs", source: "logs", read: () => readLogTail(environment, "group", "stream", 10) },
  ],
  sqs: [{ service: "sqs", source: "events", read: () => receiveMessages(environment, false) }],
  cloudwatch: [{ service: "monitoring", source: "metrics", read: () => readMetrics(environment, [metric], new Date(0), new Date()) }],
};
const metric = { namespace: "ECS/ContainerInsights", metric: "CpuUtilized", dimensions: {}, statistic: "Maximum" as const };
const every = Object.values(sources).flat();

const failure = async (read: Read) => {
  const error = await read().then(
    (answer) => expect.fail(`it answered ${JSON.stringify(answer).slice(0, 300)}`),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(AppError);
  return error as AppError;
};

/** What a person reads of each fault: its code, and the words that name it. */
const told: [HttpFault, AppError["code"], RegExp, RegExp][] = [
  ["throttle-429", "throttled", /too many requests/, /slows down/],
  ["throttling-exception", "throttled", /too many requests/, /slows down/],
  ["500", "upstream", /internal error/, /look at that system/],
  ["503", "upstream", /temporarily unavailable/, /look at that system/],
  ["html", "upstream", /a web page instead of data/, /sign-in page/],
  ["malformed", "upstream", /not JSON/, /look at that system/],
  ["truncated", "upstream", /broke off|cannot be reached|not JSON/, /network/],
  ["oversized", "upstream", /more than 8 MB/, /Nothing of the answer was kept/],
  ["reset", "upstream", /cannot be reached \(ECONNRESET\)/, /network/],
  ["expired-credentials", "upstream", /credentials are not accepted: The security token included in the request is expired/, /role/],
  ["access-denied", "upstream", /access denied: .*is not authorized to perform: \w+:\w+/, /Grant/],
  ["clock-skew", "upstream", /differs from AWS's by 20 min/, /Set the clock/],
];

describe.each(Object.keys(sources))("%s", (name) => {
  it.each(told)("with %s says that it is %s, what happened and what to do", async (fault, code, message, remedy) => {
    for (const { service, source, read } of sources[name] ?? []) {
      forgetCalls();
      proxy.set([{ service, fault }]);
      const error = await failure(read);
      expect(error).toMatchObject({ code, system: `${source} (${environment.name})` });
      expect(error.message).toContain(`${source} (${environment.name})`);
      expect(error.message).toMatch(message);
      expect(error.remedy).toMatch(remedy);
      expect(error.message).not.toMatch(/hidden field|\n/);
      proxy.clear();
      forgetCalls();
      await expect(read()).resolves.toBeDefined();
    }
  });

  it("takes nothing of wrong types for data", async () => {
    for (const { service, source, read } of sources[name] ?? []) {
      forgetCalls();
      proxy.set([{ service, fault: "wrong-types" }]);
      const error = await failure(read);
      expect(error).toMatchObject({ code: "upstream", system: `${source} (${environment.name})` });
      expect(error.message).toMatch(/in a form that Penstock does not know: .*(expected|received|got|value)|Invalid MD5/i);
    }
  });

  it("cuts a pagination that never ends", async () => {
    for (const { service, source, read } of sources[name] ?? []) {
      forgetCalls();
      proxy.set([{ service, fault: "repeated-token" }]);
      const error = await read().then(
        () => null,
        (thrown: AppError) => thrown,
      );
      if (error)
        expect(error).toMatchObject({ code: "upstream", message: expect.stringMatching(/does not end|the same rows were answered/) });
      const calls = takeCalls(environment.name, source).reduce((sum, each) => sum + each.calls, 0);
      expect(calls).toBeLessThanOrEqual(8);
    }
  });
});

it("answers at the deadline, whatever hangs, all sources side by side", async () => {
  proxy.set([...new Set(every.map(({ service }) => service))].map((service) => ({ service, fault: "hang" })));
  const began = performance.now();
  const errors = await Promise.all(every.map(({ read }) => failure(read)));
  const tookMs = performance.now() - began;
  for (const error of errors) expect(error).toMatchObject({ code: "upstream", message: expect.stringMatching(/no answer within 8 s/) });
  expect(tookMs).toBeGreaterThan(7_900);
  expect(tookMs).toBeLessThan(9_500);
});

describe("Airflow behind InvokeRestApi", () => {
  it.each([
    ["airflow-403", "upstream", /Forbidden/, /airflow:InvokeRestApi/],
    ["airflow-429", "throttled", /Too many requests/, /slows down/],
    ["airflow-503", "upstream", /metadata database does not answer/, /Airflow environment/],
    ["airflow-html", "upstream", /in a form that Penstock does not know/, /version/],
  ] as const)("with %s is named as what fails", async (fault, code, message, remedy) => {
    proxy.set([{ service: "airflow", operation: "InvokeRestApi", fault }]);
    const error = await failure(async () => read(await listDags(environment)));
    expect(error).toMatchObject({ code, system: `airflow (${environment.name})` });
    expect(error.message).toMatch(message);
    expect(error.remedy).toMatch(remedy);
  });
});

describe("credentials that expired", () => {
  const role = "arn:aws:iam::123456789012:role/penstock";
  const readAll = () => Promise.allSettled([...every, ...every].map(({ read }) => read()));
  const asked = () => Object.fromEntries(proxy.takeCalls().map(({ service, operation, count }) => [`${service} ${operation}`, count]));

  it("are read anew once, however many requests were refused, and nobody notices", async () => {
    environment = { ...environment, roleArn: role };
    await readAll();
    proxy.takeCalls();
    upstream.expire();
    forgetBreakers();
    const outcomes = await readAll();
    expect(outcomes.filter((each) => each.status === "rejected")).toEqual([]);
    expect(asked()["sts AssumeRole"]).toBe(1);
  });

  it("that stay refused are not asked for again and again", async () => {
    environment = { ...environment, roleArn: role };
    proxy.set(every.map(({ service }) => ({ service, fault: "expired-credentials" })));
    for (let round = 0; round < 4; round++) await readAll();
    expect(asked()["sts AssumeRole"]).toBeLessThanOrEqual(2);
  });

  it.each([
    ["access-denied", /access denied: .*sts:AssumeRole/],
    ["expired-credentials", /credentials are not accepted/],
    ["throttling-exception", /too many requests/],
    ["503", /temporarily unavailable|503/],
    ["html", /a web page instead of data/],
    ["clock-skew", /by 20 min/],
    ["reset", /ECONNRESET/],
    ["wrong-types", /./],
    ["truncated", /./],
  ] as const)("cannot be had when STS answers with %s: each source says so", async (fault, message) => {
    environment = { ...environment, roleArn: role };
    proxy.set([{ service: "sts", fault }]);
    for (const { read, source } of [every[0], every[3], every[5], every[8]].filter((each) => each !== undefined)) {
      const error = await failure(read);
      expect(error.system).toBe(`${source} (${environment.name})`);
      expect(error.message).toMatch(message);
    }
  });

  it("and an STS that hangs keeps nobody longer than the deadline", async () => {
    environment = { ...environment, roleArn: role };
    proxy.set([{ service: "sts", fault: "hang" }]);
    const errors = await Promise.all(every.slice(0, 4).map(({ read }) => failure(read)));
    for (const error of errors) expect(error.message).toMatch(/no answer/);
    proxy.clear();
    forgetBreakers();
    await expect(every[3]?.read()).resolves.toBeDefined();
  });
});

/** Budgets and breakers only: who we are stays known. */
function forgetBreakers(): void {
  (globalThis as { penstockCalls?: unknown }).penstockCalls = undefined;
}
