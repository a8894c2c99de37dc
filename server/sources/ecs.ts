import "server-only";
import {
  type Container,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  type Task,
  type TaskDefinition,
} from "@aws-sdk/client-ecs";
import type { EcsTaskFact } from "@/lib/schemas/facts";
import type { EnvironmentConfig } from "@/server/env";
import { clientFor, clientSettings } from "./aws";
import { type Budget, call } from "./call";

/** ECS allows 20 reads a second for the whole account, and Airflow's operators use the same: we take a fifth. */
const budget = (environment: EnvironmentConfig): Budget => ({
  environment: environment.name,
  source: "ecs",
  purpose: "poll",
  perSecond: 4,
  burst: 10,
});

const describeLimit = 100;
const joinVariable = "PENSTOCK_JOIN_KEY";

const client = (environment: EnvironmentConfig) =>
  clientFor("ecs", environment, "read", () => new ECSClient(clientSettings(environment, "read")));

const shared = globalThis as typeof globalThis & { penstockTaskDefinitions?: Map<string, Promise<TaskDefinition | null>> };

/** A revision never changes, so it is read once. */
function taskDefinition(environment: EnvironmentConfig, arn: string): Promise<TaskDefinition | null> {
  shared.penstockTaskDefinitions ??= new Map();
  const cache = shared.penstockTaskDefinitions;
  const key = `${environment.name} ${arn}`;
  let definition = cache.get(key);
  if (!definition) {
    definition = call(
      budget(environment),
      (abortSignal) => client(environment).send(new DescribeTaskDefinitionCommand({ taskDefinition: arn }), { abortSignal }),
      { operation: "ecs:DescribeTaskDefinition" },
    ).then((answer) => answer.taskDefinition ?? null);
    cache.set(key, definition);
    definition.catch(() => cache.delete(key));
  }
  return definition;
}

const integer = (text: string | undefined) =>
  text === undefined || text === "" || !Number.isFinite(Number(text)) ? null : Math.round(Number(text));

/** The container that carries the join key, else the first essential one: side-cars tell nothing of the work. */
function mainContainer(task: Task, definition: TaskDefinition | null): { container: Container | undefined; joinKey: string | null } {
  const overrides = task.overrides?.containerOverrides ?? [];
  const keyed = overrides.find((override) => override.environment?.some((variable) => variable.name === joinVariable));
  const fixed = definition?.containerDefinitions?.find((each) => each.environment?.some((variable) => variable.name === joinVariable));
  const essential = definition?.containerDefinitions?.find((each) => each.essential !== false);
  const name = keyed?.name ?? fixed?.name ?? essential?.name;
  const container = task.containers?.find((each) => each.name === name) ?? task.containers?.[0];
  const variables = keyed?.environment ?? fixed?.environment ?? [];
  return { container, joinKey: variables.find((variable) => variable.name === joinVariable)?.value ?? null };
}

function logPlace(
  task: Task,
  container: Container | undefined,
  definition: TaskDefinition | null,
): { group: string | null; stream: string | null } {
  const settings = definition?.containerDefinitions?.find((each) => each.name === container?.name)?.logConfiguration;
  if (settings?.logDriver !== "awslogs") return { group: null, stream: null };
  const group = settings.options?.["awslogs-group"] ?? null;
  const prefix = settings.options?.["awslogs-stream-prefix"];
  const taskId = task.taskArn?.split("/").at(-1);
  // Without a prefix the stream is named by the Docker container (EC2 only).
  const stream = prefix && container?.name && taskId ? `${prefix}/${container.name}/${taskId}` : (container?.runtimeId ?? null);
  return { group, stream };
}

/** A task of DescribeTasks in our words; its log place and size come from its definition. */
export function toEcsTask(task: Task, definition: TaskDefinition | null): EcsTaskFact {
  const { container, joinKey } = mainContainer(task, definition);
  const { group, stream } = logPlace(task, container, definition);
  return {
    taskArn: task.taskArn ?? "",
    cluster: task.clusterArn?.split("/").at(-1) ?? "",
    taskDefinition: task.taskDefinitionArn?.split("/").at(-1) ?? "",
    lastStatus: task.lastStatus ?? "UNKNOWN",
    version: task.version ?? 0,
    startedBy: task.startedBy ?? null,
    joinKey,
    stopCode: task.stopCode ?? null,
    stoppedReason: task.stoppedReason ?? null,
    containerName: container?.name ?? null,
    image: container?.image ?? null,
    imageDigest: container?.imageDigest ?? null,
    exitCode: container?.exitCode ?? null,
    containerReason: container?.reason ?? null,
    cpuUnits: integer(task.overrides?.cpu) ?? integer(task.cpu) ?? integer(definition?.cpu),
    memoryMib: integer(task.overrides?.memory) ?? integer(task.memory) ?? integer(definition?.memory),
    ephemeralGib: task.ephemeralStorage?.sizeInGiB ?? task.fargateEphemeralStorage?.sizeInGiB ?? null,
    architecture:
      task.attributes?.find((each) => each.name === "ecs.cpu-architecture")?.value ??
      definition?.runtimePlatform?.cpuArchitecture?.toLowerCase() ??
      null,
    launchType: task.launchType ?? null,
    capacityProvider: task.capacityProviderName ?? null,
    platformFamily: task.platformFamily ?? null,
    availabilityZone: task.availabilityZone ?? null,
    logGroup: group,
    logStream: stream,
    createdAt: task.createdAt ?? null,
    pullStartedAt: task.pullStartedAt ?? null,
    pullStoppedAt: task.pullStoppedAt ?? null,
    startedAt: task.startedAt ?? null,
    stoppedAt: task.stoppedAt ?? null,
  };
}

/** ARNs of the cluster's tasks: those that run and those that stopped within about the last hour. */
export async function listTasks(environment: EnvironmentConfig, cluster: string, desiredStatus: "RUNNING" | "STOPPED"): Promise<string[]> {
  const arns: string[] = [];
  let nextToken: string | undefined;
  do {
    const answer = await call(
      budget(environment),
      (abortSignal) =>
        client(environment).send(new ListTasksCommand({ cluster, desiredStatus, maxResults: 100, nextToken }), { abortSignal }),
      { operation: "ecs:ListTasks" },
    );
    arns.push(...(answer.taskArns ?? []));
    nextToken = answer.nextToken;
  } while (nextToken);
  return arns;
}

/** The tasks as they are now; `missing` are those that ECS no longer knows. Tags are read too: StopTask deletes them. */
export async function describeTasks(
  environment: EnvironmentConfig,
  cluster: string,
  arns: string[],
): Promise<{ tasks: EcsTaskFact[]; missing: string[] }> {
  const tasks: EcsTaskFact[] = [];
  const missing: string[] = [];
  for (let from = 0; from < arns.length; from += describeLimit) {
    const asked = arns.slice(from, from + describeLimit);
    const answer = await call(
      budget(environment),
      (abortSignal) => client(environment).send(new DescribeTasksCommand({ cluster, tasks: asked, include: ["TAGS"] }), { abortSignal }),
      { operation: "ecs:DescribeTasks" },
    );
    const known = new Set((answer.tasks ?? []).map((task) => task.taskArn));
    const failed = new Set((answer.failures ?? []).filter((each) => each.reason !== "MISSING").map((each) => each.arn));
    missing.push(...asked.filter((arn) => !known.has(arn) && !failed.has(arn)));
    for (const task of answer.tasks ?? []) {
      const definition = task.taskDefinitionArn ? await taskDefinition(environment, task.taskDefinitionArn) : null;
      tasks.push(toEcsTask(task, definition));
    }
  }
  return { tasks, missing };
}
