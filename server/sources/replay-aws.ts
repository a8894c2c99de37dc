import { type Answer, type Asked, recorded } from "./replay";

const airflowAnswers: [RegExp, string][] = [
  [/^\/dags\/~\/dagRuns$/, "airflow-v2-dag-runs"],
  [/^\/dags\/~\/dagRuns\/~\/taskInstances$/, "airflow-v2-task-instances"],
  [/^\/dags$/, "airflow-v2-dags"],
];

const operations: Record<string, () => unknown> = {
  ListTasks: () => ({ taskArns: (recorded("ecs-describe-tasks") as { tasks: { taskArn: string }[] }).tasks.map((task) => task.taskArn) }),
  DescribeTasks: () => recorded("ecs-describe-tasks"),
  DescribeTaskDefinition: () => recorded("ecs-describe-task-definition"),
  ListJobs: () => ({ JobNames: ["penstock-load"] }),
  GetJobRuns: () => recorded("glue-get-job-runs"),
  GetJobRun: () => ({ JobRun: (recorded("glue-get-job-runs") as { JobRuns: unknown[] }).JobRuns[0] }),
  DescribeLogStreams: () => recorded("logs-describe-log-streams"),
  GetLogEvents: () => recorded("logs-get-log-events"),
};

const assumed = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
<AssumedRoleUser><AssumedRoleId>AROA:penstock</AssumedRoleId><Arn>arn:aws:sts::123456789012:assumed-role/penstock/penstock</Arn></AssumedRoleUser>
<Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>test</SecretAccessKey><SessionToken>test</SessionToken>
<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult><ResponseMetadata><RequestId>0</RequestId></ResponseMetadata></AssumeRoleResponse>`;

/** An account in which everything is well, as it was recorded on the local platform. */
export function awsAnswer({ path, operation, body, form }: Asked): Answer {
  if (form?.get("Action") === "AssumeRole") return { headers: { "content-type": "text/xml" }, body: assumed };
  if (path.startsWith("/environments/")) return { body: recorded("mwaa-get-environment") };
  if (path.startsWith("/restapi/")) {
    const found = airflowAnswers.find(([pattern]) => pattern.test(String(body.Path)));
    return { body: { RestApiStatusCode: 200, RestApiResponse: found ? recorded(found[1]) : {} } };
  }
  return { body: operations[operation ?? ""]?.() ?? {} };
}
