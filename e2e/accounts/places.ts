import { DescribeTasksCommand, ECSClient, RunTaskCommand } from "@aws-sdk/client-ecs";
import { GetJobRunCommand, GlueClient, StartJobRunCommand } from "@aws-sdk/client-glue";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { expect } from "@playwright/test";
import { platform } from "../platform";

/** An environment of the same name in each of three places; the roles and the external id are those that the test platform seeds. */
export const ownAccount = "123456789012";
export const otherAccount = "210987654321";
export const externalId = "penstock-test-platform";
export const places = {
  own: { account: ownAccount, region: "eu-west-1", roleArn: `arn:aws:iam::${ownAccount}:role/penstock-dashboard-reader-eu-west-1` },
  other: { account: otherAccount, region: "eu-west-1", roleArn: `arn:aws:iam::${otherAccount}:role/penstock-reader`, externalId },
  abroad: { account: ownAccount, region: "eu-west-2", roleArn: `arn:aws:iam::${ownAccount}:role/penstock-dashboard-reader-eu-west-2` },
} as const;
export type PlaceName = keyof typeof places;
export const placeNames = Object.keys(places) as PlaceName[];

const cluster = "penstock";
const container = "extractor";
const job = "penstock-load";
const loadDate = "2026-01-01";

/** One task instance's first try, as the DAG helper tells it to what it starts. */
const joinKey = (run: string, task: string) =>
  JSON.stringify({ v: 1, environment: "penstock", dag: "orders_faults", run, task, map: -1, try: 1 });

/** Signs as an administrator of the place: for another account through the role that Organizations makes there. */
async function settings(name: PlaceName) {
  const { account, region } = places[name];
  const own = { accessKeyId: "local", secretAccessKey: "local" };
  const common = { region, endpoint: platform.awsEndpoint };
  if (account === ownAccount) return { ...common, credentials: own };
  const role = `arn:aws:iam::${account}:role/OrganizationAccountAccessRole`;
  const sts = new STSClient({ ...common, credentials: own });
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn: role, RoleSessionName: "e2e" }));
  const { AccessKeyId = "", SecretAccessKey = "", SessionToken } = Credentials ?? {};
  return { ...common, credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken } };
}

const timeout = 120_000;

/** The extractor's container for `extract` of a run, as a worker there would start it. Resolves at its end with its ARN. */
export async function extractIn(name: PlaceName, run: string): Promise<string> {
  const { account, region } = places[name];
  const ecs = new ECSClient(await settings(name));
  const variables = {
    SOURCE: "odbc",
    ODBC_DIALECT: "postgresql",
    SOURCE_NAME: "shop",
    SOURCE_TABLE: "public.customers",
    TABLE: "customers",
    KEY_COLUMNS: "customer_id",
    WATERMARK_COLUMN: "updated_at",
    DESTINATION: `s3://penstock-data-${account}-${region}/raw/drill`,
    LOAD_DATE: loadDate,
    RUN_KEY: name,
    PENSTOCK_JOIN_KEY: joinKey(run, "extract"),
  };
  const environment = Object.entries(variables).map(([key, value]) => ({ name: key, value }));
  const answer = await ecs.send(
    new RunTaskCommand({
      cluster,
      taskDefinition: "penstock-extractor",
      launchType: "FARGATE",
      networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-local"] } },
      overrides: { containerOverrides: [{ name: container, environment }] },
    }),
  );
  const arn = answer.tasks?.[0]?.taskArn ?? "";
  const look = async () => (await ecs.send(new DescribeTasksCommand({ cluster, tasks: [arn] }))).tasks?.[0];
  await expect.poll(async () => (await look())?.lastStatus, { timeout }).toBe("STOPPED");
  expect((await look())?.containers?.[0]?.exitCode, `the extractor in ${name}`).toBe(0);
  return arn;
}

/** The Glue run for `load` of a run, of what `extractIn` wrote there. Resolves at its end with its id. */
export async function loadIn(name: PlaceName, run: string): Promise<string> {
  const { account, region } = places[name];
  const glue = new GlueClient(await settings(name));
  const manifest = `s3://penstock-data-${account}-${region}/raw/drill/shop/customers/load_date=${loadDate}/run=${name}/_manifest.json`;
  const { JobRunId } = await glue.send(
    new StartJobRunCommand({
      JobName: job,
      Arguments: {
        "--RUN_KEY": name,
        "--MANIFESTS": JSON.stringify([manifest]),
        "--PENSTOCK_JOIN_KEY": joinKey(run, "load"),
        "--enable-metrics": "true",
      },
    }),
  );
  const look = async () => (await glue.send(new GetJobRunCommand({ JobName: job, RunId: JobRunId }))).JobRun;
  await expect.poll(async () => (await look())?.JobRunState, { timeout }).toMatch(/SUCCEEDED|FAILED|STOPPED|TIMEOUT/);
  const ended = await look();
  expect(ended?.JobRunState, ended?.ErrorMessage).toBe("SUCCEEDED");
  return JobRunId ?? "";
}
