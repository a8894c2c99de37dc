/*
 * Addresses of the AWS console, as the console itself forms them. Regional hosts, so that no page asks which region is meant.
 * Partitions by the region's name: https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
 */
const domains: { prefix: RegExp; domain: string }[] = [
  { prefix: /^cn-/, domain: "console.amazonaws.cn" },
  { prefix: /^us-gov-/, domain: "console.amazonaws-us-gov.com" },
];

function consoleHost(region: string): string {
  return `https://${region}.${domains.find(({ prefix }) => prefix.test(region))?.domain ?? "console.aws.amazon.com"}`;
}

/** Whether a text names a region: nothing else may come to stand in a host name. */
export const isRegion = (region: string) => /^[a-z]{2}(-[a-z]+)+-\d{1,2}$/.test(region);

const id = encodeURIComponent;

/** The region that an ARN names, which may be another than that of the environment. */
export const regionOfArn = (arn: string): string | null => {
  const region = arn.split(":")[3] ?? "";
  return isRegion(region) ? region : null;
};

export function ecsTaskUrl(region: string, cluster: string, taskArn: string): string {
  return `${consoleHost(region)}/ecs/v2/clusters/${id(cluster)}/tasks/${id(taskArn.split("/").at(-1) ?? "")}?region=${region}`;
}

/** `family:revision`, or an ARN that ends in it. */
export function taskDefinitionUrl(region: string, definition: string): string {
  const [family = "", revision = ""] = (definition.split("/").at(-1) ?? "").split(":");
  return `${consoleHost(region)}/ecs/v2/task-definitions/${id(family)}/${id(revision)}?region=${region}`;
}

export function glueRunUrl(region: string, job: string, runId: string): string {
  return `${consoleHost(region)}/gluestudio/home?region=${region}#/job/${id(job)}/run/${id(runId)}`;
}

/** CloudWatch decodes what stands behind its `#` twice, and writes `$` for the outer `%`: a slash is `$252F`. */
const twice = (text: string) => id(id(text)).replaceAll("%", "$");

/** A log stream; from a moment on where one is given. */
export function logStreamUrl(region: string, group: string, stream: string, from?: number): string {
  const start = from === undefined ? "" : `$3Fstart$3D${from}`;
  return `${consoleHost(region)}/cloudwatch/home?region=${region}#logsV2:log-groups/log-group/${twice(group)}/log-events/${twice(stream)}${start}`;
}

/** The streams of a group whose names begin with a text. */
export function logStreamsUrl(region: string, group: string, prefix: string): string {
  return `${consoleHost(region)}/cloudwatch/home?region=${region}#logsV2:log-groups/log-group/${twice(group)}$3FlogStreamNameFilter$3D${twice(prefix)}`;
}

export function mwaaEnvironmentUrl(region: string, name: string): string {
  return `${consoleHost(region)}/mwaa/home?region=${region}#environments/${id(name)}`;
}

/** Signs in to the environment's Airflow as who is signed in to AWS. */
export function airflowSignInUrl(region: string, name: string): string {
  return `${mwaaEnvironmentUrl(region, name)}/sso`;
}

export interface TaskInstance {
  pipeline: string;
  runId: string;
  taskId: string;
  mapIndex: number;
  tryNumber: number;
}

/** The page of one try in Airflow's own UI. `version`: such as 2.10.3; from 3 on runs and tasks have pages of their own. */
export function airflowTaskUrl(webserver: string, version: string | null, task: TaskInstance): string {
  const host = (/^https?:\/\//.test(webserver) ? webserver : `https://${webserver}`).replace(/\/+$/, "");
  const major = Number(version?.split(".")[0] ?? Number.NaN);
  const mapped = task.mapIndex >= 0;
  if (major >= 3) {
    const place = `${host}/dags/${id(task.pipeline)}/runs/${id(task.runId)}/tasks/${id(task.taskId)}`;
    return `${place}${mapped ? `/mapped/${task.mapIndex}` : ""}?try_number=${task.tryNumber}`;
  }
  const query = new URLSearchParams({
    dag_run_id: task.runId,
    task_id: task.taskId,
    ...(mapped ? { map_index: String(task.mapIndex) } : {}),
    tab: "logs",
  });
  return `${host}/dags/${id(task.pipeline)}/grid?${query}`;
}
