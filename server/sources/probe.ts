import "server-only";
import { CloudWatchClient, GetMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient, DescribeLogStreamsCommand, GetLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  DescribeClustersCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
} from "@aws-sdk/client-ecs";
import { BatchGetJobsCommand, GetJobRunCommand, GetJobRunsCommand, GlueClient, ListJobsCommand } from "@aws-sdk/client-glue";
import { GetEnvironmentCommand, ListEnvironmentsCommand } from "@aws-sdk/client-mwaa";
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { EnvironmentConfig } from "@/server/env";
import { type Access, type clientSettings, sessionSettings } from "./aws";
import { type Budget, call } from "./call";
import { InvokeRestApiCommand, mwaaClient } from "./mwaa";

/** What is asked about: one of each that the action takes. */
export interface Target {
  cluster?: string;
  job?: string;
  /** The job has a name that a pattern allows, and does not exist. */
  isMadeUp?: boolean;
  logGroup?: string;
}

type Settings = ReturnType<typeof clientSettings>;

interface Asked extends Target {
  environment: EnvironmentConfig;
  settings: Settings;
  signal: { abortSignal: AbortSignal };
}

/** Something that cannot exist: to be told that it does not is to be allowed to ask. */
const nobody = "penstock-doctor";
/** Tells an answer that comes after the permission was checked from one that says what is wrong. */
const fine = (error: unknown, ...names: string[]) => {
  if (error instanceof Error && names.includes(error.name)) return;
  throw error;
};

type Probe = (asked: Asked) => Promise<unknown>;

const logs = ({ settings }: Asked) => new CloudWatchLogsClient(settings);
const ecs = ({ settings }: Asked) => new ECSClient(settings);
const glue = ({ settings }: Asked) => new GlueClient(settings);
const sqs = ({ settings }: Asked) => new SQSClient(settings);

/** Airflow's own refusal is an answer, but for the two that say that the role in Airflow is not enough. */
function airflowAnswered(error: unknown): void {
  const status = Number((error as { RestApiStatusCode?: number }).RestApiStatusCode);
  if (status >= 400 && status < 500 && status !== 401 && status !== 403) return;
  throw error;
}

const probes: Record<string, Probe> = {
  "read sts:AssumeRole": ({ settings, signal }) => new STSClient(settings).send(new GetCallerIdentityCommand({}), signal),
  "operate sts:AssumeRole": ({ settings, signal }) => new STSClient(settings).send(new GetCallerIdentityCommand({}), signal),
  "read airflow:GetEnvironment": ({ environment, settings, signal }) =>
    mwaaClient(settings).send(new GetEnvironmentCommand({ Name: environment.mwaa }), signal),
  "read airflow:ListEnvironments": ({ settings, signal }) =>
    mwaaClient(settings).send(new ListEnvironmentsCommand({ MaxResults: 1 }), signal),
  "read airflow:InvokeRestApi": ({ environment, settings, signal }) =>
    mwaaClient(settings)
      .send(new InvokeRestApiCommand(environment.mwaa, { method: "GET", path: "/dags", query: { limit: 1 } }), signal)
      .catch(airflowAnswered),
  // A run of a DAG that does not exist: refused for that to whoever may start runs.
  "operate airflow:InvokeRestApi": ({ environment, settings, signal }) =>
    mwaaClient(settings)
      .send(new InvokeRestApiCommand(environment.mwaa, { method: "POST", path: `/dags/${nobody}/dagRuns`, body: {} }), signal)
      .catch(airflowAnswered),
  "read ecs:ListTasks": (asked) => ecs(asked).send(new ListTasksCommand({ cluster: asked.cluster, maxResults: 1 }), asked.signal),
  "read ecs:DescribeTasks": (asked) =>
    ecs(asked).send(new DescribeTasksCommand({ cluster: asked.cluster, tasks: ["0".repeat(32)] }), asked.signal),
  "read ecs:DescribeClusters": (asked) => ecs(asked).send(new DescribeClustersCommand({ clusters: [asked.cluster ?? ""] }), asked.signal),
  "read ecs:DescribeTaskDefinition": (asked) =>
    ecs(asked)
      .send(new DescribeTaskDefinitionCommand({ taskDefinition: `${nobody}:1` }), asked.signal)
      .catch((error) => fine(error, "ClientException", "InvalidParameterException")),
  "read glue:ListJobs": (asked) => glue(asked).send(new ListJobsCommand({ MaxResults: 1 }), asked.signal),
  "read glue:GetJobRuns": (asked) =>
    glue(asked)
      .send(new GetJobRunsCommand({ JobName: asked.job, MaxResults: 1 }), asked.signal)
      .catch((error) => fine(error, ...(asked.isMadeUp ? ["EntityNotFoundException"] : []))),
  "read glue:GetJobRun": (asked) =>
    glue(asked)
      .send(new GetJobRunCommand({ JobName: asked.job, RunId: `jr_${"0".repeat(64)}` }), asked.signal)
      .catch((error) => fine(error, "EntityNotFoundException")),
  "read glue:BatchGetJobs": (asked) => glue(asked).send(new BatchGetJobsCommand({ JobNames: [asked.job ?? ""] }), asked.signal),
  "read logs:DescribeLogStreams": (asked) =>
    logs(asked).send(new DescribeLogStreamsCommand({ logGroupName: asked.logGroup, logStreamNamePrefix: nobody, limit: 1 }), asked.signal),
  "read logs:GetLogEvents": (asked) =>
    logs(asked)
      .send(new GetLogEventsCommand({ logGroupName: asked.logGroup, logStreamName: nobody, limit: 1 }), asked.signal)
      .catch((error) => fine(error, "ResourceNotFoundException")),
  // Seen again at once: nothing is taken from the collector.
  "read sqs:ReceiveMessage": (asked) =>
    sqs(asked).send(
      new ReceiveMessageCommand({ QueueUrl: asked.environment.events, MaxNumberOfMessages: 1, VisibilityTimeout: 0, WaitTimeSeconds: 0 }),
      asked.signal,
    ),
  "read sqs:DeleteMessage": (asked) =>
    sqs(asked)
      .send(new DeleteMessageCommand({ QueueUrl: asked.environment.events, ReceiptHandle: nobody }), asked.signal)
      .catch((error) => fine(error, "ReceiptHandleIsInvalid", "InvalidIdFormat")),
  "read cloudwatch:GetMetricData": ({ settings, signal }) =>
    new CloudWatchClient(settings).send(
      new GetMetricDataCommand({
        StartTime: new Date(Date.now() - 300_000),
        EndTime: new Date(),
        MetricDataQueries: [
          { Id: "m0", MetricStat: { Metric: { Namespace: "AWS/Glue", MetricName: nobody }, Period: 60, Stat: "Maximum" } },
        ],
      }),
      signal,
    ),
};

/** The actions that can be tried without doing anything. */
export const canProbe = (access: Access, action: string) => `${access} ${action}` in probes;

/** The configured role, taken anew for one examination. */
export const examiner = (environment: EnvironmentConfig, access: Access) => ({
  environment,
  access,
  settings: sessionSettings(environment, access, "penstock-doctor"),
});
export type Examiner = ReturnType<typeof examiner>;

/**
 * Calls one action with the configured role in a way that changes nothing, within the deadline of every call.
 * @throws AppError with AWS's own refusal as its cause
 */
export async function probe({ environment, access, settings }: Examiner, source: string, action: string, target: Target): Promise<void> {
  const ask = probes[`${access} ${action}`];
  if (!ask) throw new Error(`${action} cannot be tried`);
  // A budget of its own: the breaker that collecting has run into says nothing of what is true now.
  const budget: Budget = { environment: environment.name, source, purpose: `doctor ${access} ${action}`, perSecond: 10, burst: 40 };
  await call(budget, (abortSignal) => ask({ environment, settings, signal: { abortSignal }, ...target }), {
    operation: action === "sts:AssumeRole" ? "sts:GetCallerIdentity" : action,
    isRepeatable: false,
  });
}
