import { createHash } from "node:crypto";
import { type Answer, type Asked, recorded, startReplay } from "./replay";
import { ownAnswer } from "./replay-airflow";

const airflowAnswers: [RegExp, Parameters<typeof ownAnswer>[0]][] = [
  [/^\/dags\/~\/dagRuns$/, "dag-runs-changed"],
  [/^\/dags\/~\/dagRuns\/~\/taskInstances$/, "task-instances-changed"],
  [/^\/dags$/, "dags"],
];

const message = JSON.stringify({
  id: "1",
  source: "aws.ecs",
  "detail-type": "ECS Task State Change",
  account: "1",
  region: "eu-west-1",
  detail: {},
});

const operations: Record<string, () => unknown> = {
  ListTasks: () => ({ taskArns: (recorded("ecs-describe-tasks") as { tasks: { taskArn: string }[] }).tasks.map((task) => task.taskArn) }),
  DescribeTasks: () => recorded("ecs-describe-tasks"),
  DescribeTaskDefinition: () => recorded("ecs-describe-task-definition"),
  ListJobs: () => ({ JobNames: ["penstock-load"] }),
  GetJobRuns: () => recorded("glue-get-job-runs"),
  GetJobRun: () => ({ JobRun: (recorded("glue-get-job-runs") as { JobRuns: unknown[] }).JobRuns[0] }),
  DescribeLogStreams: () => recorded("logs-describe-log-streams"),
  ReceiveMessage: () => ({
    Messages: [{ MessageId: "1", ReceiptHandle: "r", Body: message, MD5OfBody: createHash("md5").update(message).digest("hex") }],
  }),
  GetMetricData: () => ({
    MetricDataResults: [{ Id: "m0", Label: "CpuUtilized", StatusCode: "Complete", Timestamps: ["2026-11-22T06:15:00Z"], Values: [12.5] }],
  }),
  GetLogEvents: () => recorded("logs-get-log-events"),
};

const assumed = (key: string) => `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
<AssumedRoleUser><AssumedRoleId>AROA:penstock</AssumedRoleId><Arn>arn:aws:sts::123456789012:assumed-role/penstock/penstock</Arn></AssumedRoleUser>
<Credentials><AccessKeyId>${key}</AccessKeyId><SecretAccessKey>test</SecretAccessKey><SessionToken>test</SessionToken>
<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult><ResponseMetadata><RequestId>0</RequestId></ResponseMetadata></AssumeRoleResponse>`;

const expired: Answer = {
  status: 400,
  headers: { "x-amzn-errortype": "ExpiredTokenException" },
  body: { __type: "ExpiredTokenException", message: "The security token included in the request is expired" },
};

function answerTo({ path, operation, body }: Asked): Answer {
  if (path.startsWith("/environments/")) return { body: recorded("mwaa-get-environment") };
  if (path.startsWith("/restapi/")) {
    if (body.Path === "/dags/~/dagRuns/list")
      return { body: { RestApiStatusCode: 200, RestApiResponse: { dag_runs: [], total_entries: 0 } } };
    const found = airflowAnswers.find(([pattern]) => pattern.test(String(body.Path)));
    return { body: { RestApiStatusCode: 200, RestApiResponse: found ? ownAnswer(found[1]) : {} } };
  }
  return { body: operations[operation ?? ""]?.() ?? {} };
}

/** An account in which everything is well, as it was recorded on the local platform; `expire` ends the credentials that it has handed out. */
export async function startAccount() {
  let handedOut = 0;
  const ended = new Set<string>();
  const server = await startReplay((asked) => {
    if (asked.form?.get("Action") === "AssumeRole") return { headers: { "content-type": "text/xml" }, body: assumed(`ASIA${++handedOut}`) };
    return asked.key !== null && ended.has(asked.key) ? expired : answerTo(asked);
  });
  return {
    ...server,
    expire: () => {
      for (let number = 1; number <= handedOut; number++) ended.add(`ASIA${number}`);
    },
  };
}
