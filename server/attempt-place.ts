import "server-only";
import { isRegion, regionOfArn } from "@/lib/aws-console";
import { streamCandidates } from "@/lib/log-streams";
import { type AttemptRef, AttemptState, type AwsPlace } from "@/lib/schemas/attempt";
import { isSample } from "@/lib/schemas/sample";
import { env } from "./env";
import { type AttemptRow, type JoinedAttempt, selectEnvironment } from "./ledger/read/attempts";
import { isoText, msBetween } from "./wire";

const words = { airflow: "Airflow", container: "the container", glue: "Glue" };

/** Where the attempt is found in AWS: by what its environment says of itself, the region by the task's own ARN. */
export async function readPlace({ attempt, ecsTask, glueRun }: JoinedAttempt): Promise<AwsPlace> {
  const known = await selectEnvironment(attempt.environment);
  const config = env().environments.find(({ name }) => name === attempt.environment);
  const region = (ecsTask && regionOfArn(ecsTask.taskArn)) ?? known?.region ?? config?.region ?? "";
  const candidates = streamCandidates({ ...attempt, taskLogGroup: known?.taskLogGroup ?? null, ecsTask, glueRun });
  return {
    region: isRegion(region) ? region : "us-east-1",
    mwaaName: known?.mwaaName ?? config?.mwaa ?? null,
    webserverUrl: known?.webserverUrl ?? null,
    airflowVersion: known?.airflowVersion ?? null,
    publicUrl: env().publicUrl,
    isAt: isSample(attempt.environment) ? "nowhere" : env().awsEndpointUrl === null ? "aws" : "platform",
    endpointUrl: isSample(attempt.environment) ? null : env().awsEndpointUrl,
    logs: candidates.map(({ source, group, prefix }) => ({
      source,
      word: source === "glue" ? `Glue, ${group.split("/").at(-1)}` : words[source],
      group,
      stream: prefix,
      isPrefix: source === "glue",
    })),
  };
}

export function toRef(row: AttemptRow): AttemptRef {
  return {
    id: row.id,
    runId: row.runId,
    taskId: row.taskId,
    mapIndex: row.mapIndex,
    tryNumber: row.tryNumber,
    state: AttemptState.safeParse(row.state).data ?? "unknown",
    startedAt: isoText(row.startedAt),
    durationMs: msBetween(row.startedAt, row.endedAt),
    costUsd: row.costUsd,
  };
}
