import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { EnvironmentConfig } from "@/server/env";
import { AppError } from "@/server/errors";
import { log } from "@/server/log";
import { configure } from "@/server/testing/configuration";
import { readEnvironment } from "./airflow";
import { forgetCalls, takeCalls } from "./call";
import { describeTasks, listTasks } from "./ecs";
import { listJobRuns, listJobs } from "./glue";
import { findStreams, readLogStream, readLogTail } from "./logs";
import { invoke } from "./mwaa";
import { type Answer, type Asked, recorded, startReplay } from "./replay";
import { ownAnswer } from "./replay-airflow";

let endpoint: Awaited<ReturnType<typeof startReplay>>;
let answer: (asked: Asked) => Answer | null;
let environment: EnvironmentConfig;
let name = 0;

beforeEach(async () => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  endpoint = await startReplay((asked) => answer(asked));
  environment = { name: `env${++name}`, region: "eu-west-1", mwaa: "penstock", ecs: ["penstock"], glue: ["penstock-*"] };
  configure({ awsEndpointUrl: endpoint.url, environments: [environment] });
  forgetCalls();
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await endpoint.stop();
});

async function failure(work: Promise<unknown>): Promise<AppError> {
  const error = await work.then(
    () => null,
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(AppError);
  return error as AppError;
}

describe("MWAA", () => {
  it("asks InvokeRestApi in its published form and gives Airflow's answer", async () => {
    answer = () => ({ body: { RestApiStatusCode: 200, RestApiResponse: ownAnswer("dags") } });
    const query = { limit: 100, offset: 0 };
    expect((await invoke(environment, { method: "GET", path: "/dags", query })).answer).toEqual(ownAnswer("dags"));
    expect(endpoint.asked).toMatchObject([
      { method: "POST", path: "/restapi/penstock", body: { Method: "GET", Path: "/dags", QueryParameters: query } },
    ]);
  });

  const refusal = (status: number, detail: unknown): Answer => ({
    status: 400,
    headers: { "x-amzn-errortype": status < 500 ? "RestApiClientException" : "RestApiServerException" },
    body: { RestApiStatusCode: status, RestApiResponse: { detail } },
  });

  it.each([
    [404, "DAG with dag_id: 'nothing' not found", "not_found", 404],
    [409, { reason: "Unique constraint violation", statement: "hidden" }, "conflict", 409],
    [422, "Invalid input for param fault: 'x' is not one of ['none']\n\nFailed validating", "invalid", 422],
    [503, "no database", "upstream", 502],
  ])("translates Airflow's %i and names the system", async (status, detail, code, ours) => {
    answer = () => refusal(status, detail);
    const error = await failure(
      invoke(environment, { method: "POST", path: "/dags/x/dagRuns", body: {} }, undefined, { isRepeatable: false }),
    );
    expect(error).toMatchObject({ code, status: ours, system: `airflow (${environment.name})` });
    expect(error.message).not.toContain("Failed validating");
    expect(endpoint.asked).toHaveLength(1);
  });

  it("repeats a read once after a server's error, never an effect", async () => {
    answer = () =>
      endpoint.asked.length === 1 ? refusal(503, "busy") : { body: { RestApiStatusCode: 200, RestApiResponse: { ok: true } } };
    expect((await invoke(environment, { method: "GET", path: "/dags" })).answer).toEqual({ ok: true });
    expect(takeCalls(environment.name, "airflow")).toEqual([{ operation: "airflow:InvokeRestApi", calls: 2, throttled: 0, failed: 1 }]);
    expect(takeCalls(environment.name, "airflow")).toEqual([]);
  });

  it("tells each failed request in one line, with AWS's own id of it", async () => {
    const told = vi.spyOn(log, "warn").mockImplementation(() => undefined);
    answer = () => ({
      status: 503,
      headers: { "x-amzn-requestid": "7a6d-1" },
      body: { __type: "ServiceUnavailableException", message: "busy" },
    });
    await failure(describeTasks(environment, "penstock", ["t"]));
    expect(told.mock.calls).toHaveLength(2);
    expect(told.mock.calls[0]).toEqual([
      { environment: environment.name, source: "ecs", operation: "ecs:DescribeTasks", code: "upstream", status: 503, requestId: "7a6d-1" },
      expect.stringContaining(`ecs (${environment.name})`),
    ]);
    told.mockRestore();
  });

  it("gives up at the deadline, and says so", async () => {
    answer = () => null;
    const error = await failure(invoke(environment, { method: "GET", path: "/dags" }, undefined, { isRepeatable: false, deadlineMs: 50 }));
    expect(error).toMatchObject({ code: "upstream", message: `airflow (${environment.name}): no answer within 0.05 s` });
  });

  it("names an endpoint that is not there, and leaves it alone after some failures", async () => {
    await endpoint.stop();
    const errors = [];
    for (let turn = 0; turn < 3; turn++) errors.push(await failure(invoke(environment, { method: "GET", path: "/dags" })));
    expect(errors[0]?.message).toBe(`airflow (${environment.name}): cannot be reached (ECONNREFUSED)`);
    // Two tries each for the first two; the third is not even attempted.
    expect(takeCalls(environment.name, "airflow")).toEqual([{ operation: "airflow:InvokeRestApi", calls: 4, throttled: 0, failed: 4 }]);
    expect(errors[2]?.remedy).toContain("by itself");
  });

  it("names the environments there are when the configured one is not among them", async () => {
    answer = ({ path }) =>
      path.startsWith("/environments/")
        ? { status: 404, headers: { "x-amzn-errortype": "ResourceNotFoundException" }, body: { message: "No such environment" } }
        : { body: { Environments: ["data-platform", "etl"] } };
    const error = await failure(readEnvironment(environment));
    expect(error.message).toContain("there is no MWAA environment penstock. Correct mwaa in penstock.yaml. There are: data-platform, etl.");
  });

  it("reads version, state and the task log group as the environment names it", async () => {
    answer = () => ({ body: recorded("mwaa-get-environment") });
    expect(await readEnvironment(environment)).toMatchObject({
      mwaaName: "penstock",
      airflowVersion: "3.2.1",
      status: "AVAILABLE",
      taskLogGroup: "airflow-penstock-Task",
    });
    await readEnvironment(environment);
    expect(endpoint.asked).toHaveLength(1);
  });
});

describe("ECS", () => {
  it("reads tasks with their join key, log place and end, and names the forgotten", async () => {
    answer = ({ operation }) => ({ body: recorded(operation === "DescribeTasks" ? "ecs-describe-tasks" : "ecs-describe-task-definition") });
    const known = (recorded("ecs-describe-tasks") as { tasks: { taskArn: string }[] }).tasks.map((task) => task.taskArn);
    const { tasks, missing } = await describeTasks(environment, "penstock", [...known, "arn:forgotten"]);
    expect(missing).toEqual(["arn:forgotten"]);
    expect(tasks.map((task) => [task.lastStatus, task.exitCode, task.stopCode])).toEqual([
      ["STOPPED", 0, "EssentialContainerExited"],
      ["STOPPED", 137, "EssentialContainerExited"],
      ["STOPPED", null, "TaskFailedToStart"],
    ]);
    const [first] = tasks;
    expect(JSON.parse(first?.joinKey ?? "null")).toMatchObject({ v: 1, environment: "penstock", try: 1 });
    expect(first).toMatchObject({
      cluster: "penstock",
      containerName: "extractor",
      cpuUnits: 512,
      memoryMib: 1024,
      architecture: "x86_64",
      logGroup: "/penstock/extractor",
    });
    expect(first?.logStream).toBe(`extractor/extractor/${first?.taskArn.split("/").at(-1)}`);
    expect(first?.pullStartedAt).toBeInstanceOf(Date);
    expect(tasks[1]?.containerReason).toContain("OutOfMemoryError");
    expect(endpoint.asked[0]?.body).toMatchObject({ cluster: "penstock", include: ["TAGS"] });
  });

  it("asks for a hundred at a time, and for a task definition once", async () => {
    answer = ({ operation }) => ({ body: recorded(operation === "DescribeTasks" ? "ecs-describe-tasks" : "ecs-describe-task-definition") });
    await describeTasks(
      environment,
      "penstock",
      Array.from({ length: 150 }, (_, index) => `arn${index}`),
    );
    const asked = endpoint.asked.filter((each) => each.operation === "DescribeTasks").map((each) => (each.body.tasks as string[]).length);
    expect(asked).toEqual([100, 50]);
    const definitions = new Set(
      (recorded("ecs-describe-tasks") as { tasks: { taskDefinitionArn: string }[] }).tasks.map((task) => task.taskDefinitionArn),
    );
    expect(endpoint.asked.filter((each) => each.operation === "DescribeTaskDefinition")).toHaveLength(definitions.size);
  });

  it("keeps what a revision runs with, and none of its secrets", async () => {
    const read = recorded("ecs-describe-task-definition") as { taskDefinition: { containerDefinitions: Record<string, unknown>[] } };
    const [container] = read.taskDefinition.containerDefinitions;
    const containerDefinitions = [
      {
        ...container,
        command: ["run", "--db-password", "hunter2", "--token=abc", "--table", "orders"],
        environment: [
          { name: "TABLE", value: "orders" },
          { name: "DB_PASSWORD", value: "hunter2" },
          { name: "SOURCE_URL", value: "postgresql://reader:hunter2@db/shop" },
        ],
        secrets: [{ name: "ODBC", valueFrom: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop-AbCdEf" }],
      },
    ];
    answer = ({ operation }) => ({
      body:
        operation === "DescribeTasks"
          ? recorded("ecs-describe-tasks")
          : { taskDefinition: { ...read.taskDefinition, containerDefinitions } },
    });
    const { definitions } = await describeTasks(environment, "penstock", ["a"]);
    expect(definitions[0]?.containers[0]).toMatchObject({
      command: ["run", "--db-password", "(not kept)", "--token=(not kept)", "--table", "orders"],
      environment: { TABLE: "orders", DB_PASSWORD: "(not kept)", SOURCE_URL: "(not kept)" },
      secretNames: ["ODBC"],
      logDriver: "awslogs",
    });
    expect(JSON.stringify(definitions)).not.toMatch(/hunter2|abc"|secretsmanager/);
  });

  it("tells a task whose revision was deleted all the same", async () => {
    answer = ({ operation }) =>
      operation === "DescribeTasks"
        ? { body: recorded("ecs-describe-tasks") }
        : {
            status: 400,
            headers: { "x-amzn-errortype": "ClientException" },
            body: { message: "Unable to describe task definition." },
          };
    const { tasks, definitions } = await describeTasks(environment, "penstock", ["a"]);
    expect([tasks.length, definitions]).toEqual([3, []]);
    expect(tasks[0]).toMatchObject({ joinKey: expect.stringContaining("extract_customers"), logGroup: null, cpuUnits: 512 });
  });

  it("tells all containers of a task, each with its end, and when each phase was", async () => {
    const [task] = (recorded("ecs-describe-tasks") as { tasks: { containers: object[] }[] }).tasks;
    const sidecar = { name: "agent", image: "agent:1", lastStatus: "STOPPED", exitCode: 143, reason: "told to stop" };
    const tasks = [{ ...task, containers: [...(task?.containers ?? []), sidecar], capacityProviderName: "FARGATE_SPOT" }];
    answer = ({ operation }) => ({ body: operation === "DescribeTasks" ? { tasks } : recorded("ecs-describe-task-definition") });
    const [fact] = (await describeTasks(environment, "penstock", ["a"])).tasks;
    expect(fact?.containers).toMatchObject([
      { name: "agent", exitCode: 143, reason: "told to stop", isEssential: null },
      { name: "extractor", exitCode: 0, reason: null, isEssential: true },
    ]);
    expect(fact).toMatchObject({ exitCode: 0, containerName: "extractor", capacityProvider: "FARGATE_SPOT" });
    expect(fact?.stoppingAt).toBeInstanceOf(Date);
    expect(fact?.executionStoppedAt).toBeInstanceOf(Date);
  });

  it("takes no task for gone when the answer has no list", async () => {
    answer = () => ({ body: {} });
    const error = await failure(describeTasks(environment, "penstock", ["arn"]));
    expect(error).toMatchObject({ code: "upstream", message: expect.stringContaining("tasks: expected a list") });
  });

  it("follows the pages of a list", async () => {
    answer = ({ body }) => ({ body: body.nextToken ? { taskArns: ["b"] } : { taskArns: ["a"], nextToken: "2" } });
    expect(await listTasks(environment, "penstock", "STOPPED")).toEqual(["a", "b"]);
  });
});

describe("Glue", () => {
  it("reads runs with their join key, and keeps no secret argument", async () => {
    answer = () => ({ body: recorded("glue-get-job-runs") });
    const [run] = await listJobRuns(environment, "penstock-load", new Date(0));
    expect(run).toMatchObject({
      jobName: "penstock-load",
      state: "SUCCEEDED",
      glueVersion: "5.1",
      workerType: "G.1X",
      numberOfWorkers: 2,
      dpuSeconds: null,
    });
    expect(run?.executionSeconds).toBeGreaterThan(0);
    expect(run?.arguments["--WAREHOUSE_SECRET"]).toBe("(not kept)");
    expect(run?.arguments["--RUN_KEY"]).toMatch(/-[0-9a-f]{8}$/);
  });

  it("stops paging at runs that are older than asked for", async () => {
    const run = (id: string, started: string) => ({ Id: id, JobName: "j", StartedOn: started, JobRunState: "SUCCEEDED" });
    answer = ({ body }) => ({
      body: {
        JobRuns: [run(body.NextToken ? "old" : "new", body.NextToken ? "2026-01-01T00:00:00Z" : "2026-11-22T00:00:00Z")],
        NextToken: "more",
      },
    });
    const runs = await listJobRuns(environment, "j", new Date("2026-11-01T00:00:00Z"));
    expect(runs.map((each) => each.jobRunId)).toEqual(["new", "old"]);
  });

  it("finds the jobs that a pattern means", async () => {
    answer = () => ({ body: { JobNames: ["penstock-load", "penstock.other", "other-penstock-load"] } });
    expect(await listJobs({ ...environment, glue: ["penstock-*", "fixed"] })).toEqual(["fixed", "penstock-load"]);
  });
});

describe("CloudWatch Logs", () => {
  it("knows the end of a stream by the token that comes back", async () => {
    answer = ({ body }) => ({
      body:
        body.nextToken === "f/2"
          ? { events: [], nextForwardToken: "f/2" }
          : { ...(recorded("logs-get-log-events") as object), nextForwardToken: "f/2" },
    });
    const head = await readLogStream(environment, "g", "s", null);
    expect(head.events[0]?.timestamp).toBeGreaterThan(1_700_000_000_000);
    expect(JSON.parse(head.events[0]?.message ?? "")).toHaveProperty("event");
    expect(head.isEnd).toBe(false);
    expect(await readLogStream(environment, "g", "s", head.token)).toEqual({ events: [], token: "f/2", isEnd: true });
  });

  it("says that a stream is absent, and finds none in an absent group", async () => {
    answer = () => ({
      status: 400,
      headers: { "x-amzn-errortype": "ResourceNotFoundException" },
      body: { message: "The specified log group does not exist." },
    });
    expect((await failure(readLogStream(environment, "g", "s", null))).code).toBe("not_found");
    expect(await findStreams(environment, "g", "s")).toEqual([]);
  });

  it("keeps what the ledger could not: a NUL and half a character are shown as replaced", async () => {
    answer = () => ({ body: { events: [{ timestamp: 1, message: "a\0b\ud83dc😀" }], nextBackwardToken: "b/1" } });
    const [event] = await readLogTail(environment, "g", "s", 1);
    expect(event?.message).toBe("a\uFFFDb\uFFFDc😀");
  });

  it("reads a tail oldest first, over several pages", async () => {
    const events = (from: number) => [from, from + 1].map((timestamp) => ({ timestamp, message: `m${timestamp}` }));
    answer = ({ body }) => ({
      body: body.nextToken === "b/1" ? { events: events(1), nextBackwardToken: "b/1" } : { events: events(3), nextBackwardToken: "b/1" },
    });
    expect((await readLogTail(environment, "g", "s", 3)).map((event) => event.message)).toEqual(["m2", "m3", "m4"]);
  });
});
