import type { Attempt, AwsPlace } from "./schemas/attempt";
import { shellCommand, shellWord } from "./shell";

/** A command that a person may run: `says` is what it answers. */
export interface Command {
  says: string;
  text: string;
}

const id = encodeURIComponent;
/** Of InvokeRestApi's Path, in its model. */
const longestPath = 64;

/** Commands that read what is shown, with the reader's own AWS credentials or a token of Penstock. Nothing here changes anything. */
export function attemptCommands(attempt: Attempt, place: AwsPlace): Command[] {
  const { ecsTask, glueRun } = attempt;
  const where: [string, string][] = [
    ["--region", place.region],
    ...(place.endpointUrl === null ? [] : [["--endpoint-url", place.endpointUrl] as [string, string]]),
  ];
  const commands: Command[] = [];
  if (ecsTask) {
    commands.push({
      says: "The container's task, for about an hour after its end",
      text: shellCommand(["aws", "ecs", "describe-tasks"], [...where, ["--cluster", ecsTask.cluster], ["--tasks", ecsTask.taskArn]]),
    });
    commands.push({
      says: "What it was started with",
      text: shellCommand(["aws", "ecs", "describe-task-definition"], [...where, ["--task-definition", ecsTask.taskDefinition]]),
    });
  }
  if (glueRun) {
    commands.push({
      says: "The Glue run",
      text: shellCommand(["aws", "glue", "get-job-run"], [...where, ["--job-name", glueRun.jobName], ["--run-id", glueRun.jobRunId]]),
    });
  }
  for (const { word, group, stream, isPrefix } of place.logs) {
    commands.push({
      says: `The log of ${word}`,
      text: isPrefix
        ? shellCommand(["aws", "logs", "filter-log-events"], [...where, ["--log-group-name", group], ["--log-stream-name-prefix", stream]])
        : shellCommand(
            ["aws", "logs", "get-log-events"],
            [...where, ["--log-group-name", group], ["--log-stream-name", stream], ["--start-from-head", null]],
          ),
    });
  }
  if (place.mwaaName !== null)
    commands.push({ says: "The task instance, as Airflow has it", text: taskInstance(attempt, place.mwaaName, where) });
  const token = `-H "Authorization: Bearer $PENSTOCK_TOKEN"`;
  commands.push({
    says: "This page from Penstock",
    text: `curl -sS ${token} ${shellWord(`${place.publicUrl}/api/attempts/${attempt.id}`)}`,
  });
  commands.push({
    says: "Its merged log from Penstock",
    text: `curl -sS ${token} ${shellWord(`${place.publicUrl}/api/attempts/${attempt.id}/log?limit=2000`)}`,
  });
  return commands;
}

/** By its path, or by the batch call where the ids make that longer than MWAA takes. */
function taskInstance({ pipeline, runId, taskId, mapIndex }: Attempt, name: string, where: [string, string][]): string {
  const path = `/dags/${id(pipeline)}/dagRuns/${id(runId)}/taskInstances/${id(taskId)}${mapIndex >= 0 ? `/${mapIndex}` : ""}`;
  const call = ["aws", "mwaa", "invoke-rest-api"];
  if (path.length <= longestPath) return shellCommand(call, [...where, ["--name", name], ["--method", "GET"], ["--path", path]]);
  const body = JSON.stringify({ dag_ids: [pipeline], dag_run_ids: [runId], task_ids: [taskId] });
  return shellCommand(call, [
    ...where,
    ["--name", name],
    ["--method", "POST"],
    ["--path", "/dags/~/dagRuns/~/taskInstances/list"],
    ["--body", body],
  ]);
}
