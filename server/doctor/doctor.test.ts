import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import type { Check } from "@/lib/schemas/doctor";
import { ledger as database } from "@/server/ledger/db";
import { forgetCalls } from "@/server/sources/call";
import { type Answer, type Asked, startReplay } from "@/server/sources/replay";
import { configure } from "@/server/testing/configuration";
import { givenAttempt, givenEcsTask, givenEnvironment, givenGlueRun, givenRun, people } from "@/server/testing/facts";
import { startTestLedger, type TestLedger } from "@/server/testing/postgres";
import { examine } from "./examine";
import { reportText } from "./report";

const reader = "arn:aws:iam::123456789012:role/reader";
const operator = "arn:aws:iam::123456789012:role/operator";
const task = "arn:aws:ecs:eu-west-1:123456789012:task/penstock/*";

let ledger: TestLedger;
let endpoint: Awaited<ReturnType<typeof startReplay>>;
let answer: (asked: Asked) => Answer | null;

beforeAll(async () => {
  ledger = await startTestLedger();
});
afterAll(() => ledger.remove());

beforeEach(async () => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  endpoint = await startReplay((asked) => answer(asked));
  vi.stubEnv("AWS_ENDPOINT_URL", endpoint.url);
  answer = healthy;
  configure({
    databaseUrl: ledger.url,
    awsEndpointUrl: endpoint.url,
    environments: [
      {
        name: "local",
        region: "eu-west-1",
        mwaa: "penstock",
        ecs: ["penstock"],
        glue: ["penstock-*"],
        roleArn: reader,
        operatorRoleArn: operator,
        events: "https://sqs.eu-west-1.amazonaws.com/123456789012/penstock-events",
        warehouse: { url: ledger.url },
      },
    ],
    tables: [{ name: "public.environment", environment: "local", loadedAt: "read_at", warnAfterMs: null, errorAfterMs: null }],
  });
  forgetCalls();
  await givenEnvironment();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await endpoint.stop();
});

const query = (text: string) => database().execute(text);
const xml = (body: string): Answer => ({ headers: { "content-type": "text/xml" }, body });
const keys = `<Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>`;
const error = (kind: string, message = kind, status = 400): Answer => ({
  status,
  headers: { "x-amzn-errortype": kind },
  body: { __type: kind, message },
});

/** Every action allowed; what was made up is not found. */
function healthy({ path, operation, form, body }: Asked): Answer {
  if (form?.get("Action") === "AssumeRole") {
    return xml(`<AssumeRoleResponse><AssumeRoleResult>${keys}</AssumeRoleResult></AssumeRoleResponse>`);
  }
  if (form)
    return xml(
      "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>",
    );
  if (path.startsWith("/restapi/") && body.Method === "POST") {
    return {
      status: 400,
      headers: { "x-amzn-errortype": "RestApiClientException" },
      body: { RestApiStatusCode: 404, RestApiResponse: {} },
    };
  }
  if (path.startsWith("/restapi/")) return { body: { RestApiStatusCode: 200, RestApiResponse: { dags: [] } } };
  if (operation === "DescribeTaskDefinition") return error("ClientException", "Unable to describe task definition.");
  if (operation === "GetJobRun") return error("EntityNotFoundException");
  if (operation === "GetLogEvents") return error("ResourceNotFoundException");
  if (operation === "DeleteMessage") return error("ReceiptHandleIsInvalid");
  if (operation === "ListJobs") return { body: { JobNames: ["penstock-load"] } };
  return { body: {} };
}

const named = (checks: Check[], name: string) => checks.filter((check) => check.name === name);
const bad = (checks: Check[]) => checks.filter(({ state }) => state !== "ok").map(({ name, access, state }) => [name, access, state]);

it("finds everything that is needed, and names each action", async () => {
  const report = await examine(people.admin);
  expect(bad(report.checks)).toEqual([]);
  expect(report.isHealthy).toBe(true);
  expect(new Set(report.checks.map(({ system }) => system))).toEqual(
    new Set(["ledger", "identity", "airflow", "ecs", "glue", "logs", "events", "metrics", "warehouse"]),
  );
  expect(named(report.checks, "ecs:DescribeTasks")[0]?.resource).toBe(task);
  expect(named(report.checks, "airflow:InvokeRestApi").map(({ resource }) => resource)).toEqual([
    "arn:aws:airflow:eu-west-1:123456789012:role/penstock/Viewer",
    "arn:aws:airflow:eu-west-1:123456789012:role/penstock/User",
  ]);
  expect(named(report.checks, "select")[0]).toMatchObject({ resource: "public.environment", state: "ok" });
  expect(reportText(report)).toContain("Everything that is needed is there.");
});

it("names the missing action, its ARN and the pages that miss it, and asks each thing once", async () => {
  const arn = task.replace("*", "0".repeat(32));
  const words = `User: arn:aws:sts::123456789012:assumed-role/reader/penstock is not authorized to perform: ecs:DescribeTasks on resource: ${arn} because no identity-based policy allows the ecs:DescribeTasks action`;
  answer = (asked) => (asked.operation === "DescribeTasks" ? error("AccessDeniedException", words) : healthy(asked));
  const report = await examine(people.admin);
  expect(bad(report.checks)).toEqual([["ecs:DescribeTasks", "read", "missing"]]);
  expect(report.isHealthy).toBe(false);
  expect(named(report.checks, "ecs:DescribeTasks")[0]).toMatchObject({ resource: arn, remedy: `Allow ecs:DescribeTasks on ${task}.` });
  const text = reportText(report);
  expect(text).toContain(`✗ ecs:DescribeTasks on ${arn}: MISSING`);
  expect(text).toContain("pages: Runs, Run, Task attempt");
  expect(endpoint.asked.filter(({ operation }) => operation === "DescribeTasks")).toHaveLength(1);
});

const refusedFor = (action: string, arn: string) =>
  error(
    "AccessDeniedException",
    `User: arn:aws:sts::123456789012:assumed-role/reader/penstock is not authorized to perform: ${action} on resource: ${arn}`,
  );
const askedJobs = (operation: string) => endpoint.asked.filter((asked) => asked.operation === operation).map(({ body }) => body.JobName);
const logs = "arn:aws:logs:eu-west-1:123456789012:log-group:";
const jobArn = (name: string) => `arn:aws:glue:eu-west-1:123456789012:job/${name}`;

function configureGlue(glue: string[]) {
  configure({
    databaseUrl: ledger.url,
    awsEndpointUrl: endpoint.url,
    environments: [{ name: "local", region: "eu-west-1", mwaa: "penstock", ecs: [], glue, roleArn: reader }],
  });
}

it("tries jobs of every configured name and pattern, as many as its bound allows, and says how many of how many", async () => {
  configureGlue(["sales-*", "nothing-*", "fx"]);
  const sales = Array.from({ length: 25 }, (_, at) => `sales-${at}`);
  answer = (asked) => {
    if (asked.operation === "ListJobs") return { body: { JobNames: [...sales, "other"] } };
    if (asked.operation === "GetJobRuns" && asked.body.JobName === "sales-3") return refusedFor("glue:GetJobRuns", jobArn("sales-3"));
    if (asked.operation === "GetJobRuns" && asked.body.JobName === "nothing-penstock-doctor") return error("EntityNotFoundException");
    return healthy(asked);
  };
  const report = await examine(people.admin);
  expect(new Set(askedJobs("GetJobRuns"))).toEqual(new Set([...sales.slice(0, 10), "nothing-penstock-doctor", "fx"]));
  expect(named(report.checks, "glue:GetJobRuns").map(({ resource, state, tried, remedy }) => [resource, state, tried, remedy])).toEqual([
    [jobArn("sales-3"), "missing", "10 of 25 jobs", `Allow glue:GetJobRuns on ${jobArn("sales-3")}.`],
    [jobArn("sales-*"), "ok", "10 of 25 jobs", null],
    [jobArn("nothing-*"), "ok", "a name that no jobs have yet", null],
    [jobArn("fx"), "ok", "1 of 1 jobs", null],
  ]);
  expect(reportText(report)).toContain(`✓ glue:GetJobRuns on ${jobArn("sales-*")} (10 of 25 jobs)`);
});

it("tries the names of a pattern although the list of jobs cannot be read", async () => {
  configureGlue(["sales-*", "fx"]);
  answer = (asked) => (asked.operation === "ListJobs" ? refusedFor("glue:ListJobs", "*") : healthy(asked));
  const { checks } = await examine(people.admin);
  expect(bad(checks)).toEqual([["glue:ListJobs", "read", "missing"]]);
  expect(new Set(askedJobs("GetJobRuns"))).toEqual(new Set(["sales-penstock-doctor", "fx"]));
});

it("says of a configured job that does not exist that it does not", async () => {
  configureGlue(["fx"]);
  answer = (asked) => (asked.operation === "GetJobRuns" ? error("EntityNotFoundException", "Job fx is not found") : healthy(asked));
  const { checks } = await examine(people.admin);
  expect(named(checks, "glue:GetJobRuns")).toMatchObject([{ state: "failed", detail: expect.stringContaining("Job fx is not found") }]);
});

it("names the key where a key is refused, the cluster where a condition decides", async () => {
  const key = "arn:aws:kms:eu-west-1:123456789012:key/1";
  answer = (asked) => {
    if (asked.operation === "ReceiveMessage") return refusedFor("kms:Decrypt", key);
    if (asked.operation === "ListTasks") return refusedFor("ecs:ListTasks", "*");
    return healthy(asked);
  };
  const { checks } = await examine(people.admin);
  expect(checks.filter(({ state }) => state === "missing").map(({ name, resource, remedy }) => [name, resource, remedy])).toEqual([
    ["ecs:ListTasks", "*", "Allow ecs:ListTasks on * where ArnEquals ecs:cluster arn:aws:ecs:eu-west-1:123456789012:cluster/penstock."],
    ["sqs:ReceiveMessage", key, `Allow kms:Decrypt on ${key}: sqs:ReceiveMessage needs it.`],
  ]);
});

it("every line that is not fine names a resource, a page and what to do", async () => {
  answer = (asked) => (asked.form ? healthy(asked) : error("AccessDeniedException", "no", 403));
  const { checks } = await examine(people.admin);
  const missing = checks.filter(({ state }) => state === "missing");
  expect(missing.length).toBeGreaterThan(14);
  for (const { name, resource, pages, remedy } of missing) {
    expect(pages.length, name).toBeGreaterThan(0);
    expect(remedy).toContain(`Allow ${name} on ${resource}`);
  }
});

it("tries the log groups of Airflow, of each container and of each job, where Glue writes under the job's own", async () => {
  await givenRun();
  const { id: attemptId } = await givenAttempt();
  await givenEcsTask({ attemptId, logGroup: "/team/extractor" });
  await givenGlueRun({ attemptId, logGroup: "/team/jobs" });
  answer = (asked) =>
    asked.path === "/environments/penstock"
      ? { body: { Environment: { LoggingConfiguration: { TaskLogs: { CloudWatchLogGroupArn: `${logs}airflow-penstock-Task` } } } } }
      : healthy(asked);
  const { checks } = await examine(people.admin);
  const groups = [
    "airflow-penstock-Task",
    "/aws-glue/jobs/error",
    "/aws-glue/jobs/output",
    "/team/extractor",
    "/team/jobs/error",
    "/team/jobs/output",
  ];
  expect(new Set(named(checks, "logs:GetLogEvents").map(({ resource }) => resource))).toEqual(
    new Set(groups.map((group) => `${logs}${group}:*`)),
  );
});

it("tells Airflow's refusal of the operator from the reader's role", async () => {
  answer = (asked) =>
    asked.path.startsWith("/restapi/") && asked.body.Method === "POST"
      ? { status: 400, headers: { "x-amzn-errortype": "RestApiClientException" }, body: { RestApiStatusCode: 403, RestApiResponse: {} } }
      : healthy(asked);
  const { checks } = await examine(people.admin);
  expect(bad(checks)).toEqual([["airflow:InvokeRestApi", "operate", "missing"]]);
  expect(named(checks, "airflow:InvokeRestApi")[1]?.resource).toBe("arn:aws:airflow:eu-west-1:123456789012:role/penstock/User");
});

it("tries nothing with a role that it cannot take, and says which that is", async () => {
  const words = `User: arn:aws:iam::123456789012:user/x is not authorized to perform: sts:AssumeRole on resource: ${operator}`;
  answer = (asked) =>
    asked.form?.get("RoleArn") === operator
      ? {
          status: 403,
          headers: { "content-type": "text/xml" },
          body: `<ErrorResponse><Error><Code>AccessDenied</Code><Message>${words}</Message></Error></ErrorResponse>`,
        }
      : healthy(asked);
  const { checks } = await examine(people.admin);
  expect(bad(checks)).toEqual([
    ["sts:AssumeRole", "operate", "missing"],
    ["airflow:InvokeRestApi", "operate", "not_tried"],
  ]);
  expect(checks.find(({ state }) => state === "missing")?.resource).toBe(operator);
});

it("goes on with the rest while one system hangs, and says so at its deadline", { timeout: 30_000 }, async () => {
  answer = (asked) => (asked.operation === "DescribeLogStreams" ? null : healthy(asked));
  const began = performance.now();
  const report = await examine(people.admin);
  expect(performance.now() - began).toBeLessThan(15_000);
  expect(new Set(bad(report.checks).map(([name]) => name))).toEqual(new Set(["logs:DescribeLogStreams"]));
  expect(named(report.checks, "logs:DescribeLogStreams")[0]?.detail).toContain("no answer within");
});

it("names a table that the reader may not select and one that is not there", async () => {
  await query("create table if not exists public.closed (id int)");
  await query("drop role if exists doctor_reader");
  await query("create role doctor_reader login password 'doctor'");
  await query("revoke all on public.closed from public");
  const url = new URL(ledger.url);
  url.username = "doctor_reader";
  url.password = "doctor";
  const table = { environment: "local", warnAfterMs: null, errorAfterMs: null };
  configure({
    databaseUrl: ledger.url,
    awsEndpointUrl: endpoint.url,
    environments: [{ name: "local", region: "eu-west-1", mwaa: "penstock", ecs: [], glue: [], warehouse: { url: url.href } }],
    tables: [
      { name: "public.closed", ...table },
      { name: "public.gone", ...table },
    ],
  });
  const { checks } = await examine(people.admin);
  expect(named(checks, "select").map(({ resource, state, remedy }) => [resource, state, remedy])).toEqual([
    ["public.closed", "missing", "GRANT SELECT ON public.closed TO doctor_reader"],
    ["public.gone", "failed", "Correct the table and its columns in penstock.yaml."],
  ]);
});

it("is an admin's", async () => {
  await expect(examine(people.operator)).rejects.toMatchObject({ code: "forbidden" });
});
