/**
 * Every AWS action that Penstock calls: why, on what, and which page says less without it. The roles of infra/aws, the permission doctor, the table in
 * docs/deploying.md and the check of what the test suites were seen to call are all made of this list.
 */

export type AwsAccess = "read" | "operate";

/** What a permission is about in one environment. ARNs may hold tokens of the CDK. */
export interface AwsPlace {
  /** `arn:aws:<service>:<region>:<account>:<resource>` */
  arn(service: string, resource: string): string;
  /** The MWAA environment. */
  airflow: string;
  clusters: readonly string[];
  /** Names of Glue jobs, `*` allowed. */
  jobs: readonly string[];
  /** Log groups in which attempts write, `*` allowed. */
  logGroups: readonly string[];
  /** ARN of the queue of events; null without one. */
  queue: string | null;
  /** `<DbiResourceId>/<user>` of a warehouse with IAM login; null for another. */
  databaseUser: string | null;
}

export interface AwsPermission {
  access: AwsAccess;
  /** As IAM names it. */
  action: string;
  /** The system that it feeds, as in source_health. */
  source: "airflow" | "ecs" | "glue" | "logs" | "warehouse" | "events" | "metrics";
  /** What Penstock learns or does by it. */
  reason: string;
  /** Where it is missed. */
  pages: readonly string[];
  resources(place: AwsPlace): readonly string[];
  conditions?(place: AwsPlace): Record<string, Record<string, string | readonly string[]>>;
  /** Why no narrower resource will do; wanted where a resource holds a `*`. */
  breadth?: string;
  /** Without it something is less good, and nothing is wrong. */
  isOptional?: boolean;
}

const everything = () => ["*"];
const runPages = ["Runs", "Run", "Task attempt"] as const;

export const awsPermissions: readonly AwsPermission[] = [
  {
    access: "read",
    action: "airflow:GetEnvironment",
    source: "airflow",
    reason: "Airflow's version, which decides how it is asked; its state; the names of its log groups",
    pages: ["Status", "Runs", "Pipelines", "Run", "Task attempt"],
    resources: ({ arn, airflow }) => [arn("airflow", `environment/${airflow}`)],
  },
  {
    access: "read",
    action: "airflow:InvokeRestApi",
    source: "airflow",
    reason: "DAGs, runs and task instances, as Airflow's Viewer; Op would show connections and variables",
    pages: ["Status", "Runs", "Pipelines", "Run", "Task attempt"],
    resources: ({ arn, airflow }) => [arn("airflow", `role/${airflow}/Viewer`)],
  },
  {
    access: "read",
    action: "airflow:ListEnvironments",
    source: "airflow",
    reason: "Names what there is when penstock.yaml names an environment that does not exist",
    pages: ["Admin"],
    resources: everything,
    breadth: "The action lists; it has no resource.",
    isOptional: true,
  },
  {
    access: "read",
    action: "ecs:ListTasks",
    source: "ecs",
    reason: "Which containers run and which stopped within the hour",
    pages: runPages,
    resources: everything,
    conditions: ({ arn, clusters }) => ({ ArnEquals: { "ecs:cluster": clusters.map((name) => arn("ecs", `cluster/${name}`)) } }),
    breadth: "ECS authorises listing by cluster, which the condition names.",
  },
  {
    access: "read",
    action: "ecs:DescribeTasks",
    source: "ecs",
    reason: "State, times, exit code and join key of each container",
    pages: ["Runs", "Run", "Task attempt"],
    resources: ({ arn, clusters }) => clusters.map((name) => arn("ecs", `task/${name}/*`)),
    breadth: "The tasks of this cluster; ECS makes their ids when they start.",
  },
  {
    access: "read",
    action: "ecs:DescribeTaskDefinition",
    source: "ecs",
    reason: "Log group and stream prefix of each container; size and architecture for the cost",
    pages: ["Run", "Task attempt"],
    resources: everything,
    breadth: "The action has no resource. What a definition holds in plain text Penstock does not keep where its name or form says secret.",
  },
  {
    access: "read",
    action: "ecs:DescribeClusters",
    source: "metrics",
    reason: "Whether Container Insights is on: use that is not collected is said to be that, and not none",
    pages: ["Task attempt"],
    resources: ({ arn, clusters }) => clusters.map((name) => arn("ecs", `cluster/${name}`)),
    isOptional: true,
  },
  {
    access: "read",
    action: "glue:ListJobs",
    source: "glue",
    reason: "The job names that a pattern of penstock.yaml stands for",
    pages: runPages,
    resources: everything,
    breadth: "The action lists names; it has no resource.",
  },
  {
    access: "read",
    action: "glue:GetJobRuns",
    source: "glue",
    reason: "State, seconds and arguments (the join key) of a job's newest runs",
    pages: runPages,
    resources: ({ arn, jobs }) => jobs.map((name) => arn("glue", `job/${name}`)),
    breadth: "The jobs of the configured patterns.",
  },
  {
    access: "read",
    action: "glue:GetJobRun",
    source: "glue",
    reason: "One job run until its end",
    pages: ["Run", "Task attempt"],
    resources: ({ arn, jobs }) => jobs.map((name) => arn("glue", `job/${name}`)),
    breadth: "The jobs of the configured patterns.",
  },
  {
    access: "read",
    action: "glue:BatchGetJobs",
    source: "metrics",
    reason: "Whether a job reports Spark's metrics",
    pages: ["Task attempt"],
    resources: ({ arn, jobs }) => jobs.map((name) => arn("glue", `job/${name}`)),
    breadth: "The jobs of the configured patterns.",
    isOptional: true,
  },
  {
    access: "read",
    action: "logs:DescribeLogStreams",
    source: "logs",
    reason: "Which streams an attempt wrote",
    pages: ["Run", "Task attempt", "Logs"],
    resources: ({ arn, logGroups }) => logGroups.map((group) => arn("logs", `log-group:${group}:*`)),
    breadth: "The streams of these groups; a stream's name is made by the run that writes it.",
  },
  {
    access: "read",
    action: "logs:GetLogEvents",
    source: "logs",
    reason: "The lines of a log, and the error line of a failed attempt",
    pages: ["Run", "Task attempt", "Logs"],
    resources: ({ arn, logGroups }) => logGroups.map((group) => arn("logs", `log-group:${group}:*`)),
    breadth: "The streams of these groups; a stream's name is made by the run that writes it.",
  },
  {
    access: "read",
    action: "rds-db:connect",
    source: "warehouse",
    reason: "The warehouse's login without a password: freshness and the load record",
    pages: ["Status", "Tables", "Table"],
    resources: ({ arn, databaseUser }) => (databaseUser === null ? [] : [arn("rds-db", `dbuser:${databaseUser}`)]),
  },
  {
    access: "read",
    action: "sqs:ReceiveMessage",
    source: "events",
    reason: "ECS and Glue say themselves that something changed: a stopped container is seen at once, and none is missed",
    pages: runPages,
    resources: ({ queue }) => (queue === null ? [] : [queue]),
  },
  {
    access: "read",
    action: "sqs:DeleteMessage",
    source: "events",
    reason: "An event that is in the ledger leaves the queue",
    pages: runPages,
    resources: ({ queue }) => (queue === null ? [] : [queue]),
  },
  {
    access: "read",
    action: "cloudwatch:GetMetricData",
    source: "metrics",
    reason: "CPU and memory that a container used, from Container Insights; Spark's metrics of a Glue run",
    pages: ["Task attempt"],
    resources: everything,
    breadth: "The action has no resource.",
    isOptional: true,
  },
  {
    access: "operate",
    action: "airflow:InvokeRestApi",
    source: "airflow",
    reason: "Starts runs, as Airflow's User; a token of the command line (CreateCliToken) would make an administrator",
    pages: ["Pipeline: Run now", "Table: Refresh"],
    resources: ({ arn, airflow }) => [arn("airflow", `role/${airflow}/User`)],
  },
];
