import "server-only";
import type { Container, ContainerDefinition, Task, TaskDefinition } from "@aws-sdk/client-ecs";
import { z } from "zod";
import type { ContainerDefinitionFact, ContainerFact, EcsTaskFact, TaskDefinitionFact } from "@/lib/schemas/facts";
import { claimIn } from "@/lib/schemas/join-claim";
import { publicArguments, publicValue } from "@/lib/schemas/secret-names";
import { keepable } from "./airflow-answers";

const joinVariable = "PENSTOCK_JOIN_KEY";

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

function toContainer(container: Container, definition: TaskDefinition | null): ContainerFact {
  const defined = definition?.containerDefinitions?.find((each) => each.name === container.name);
  return {
    name: container.name ?? "",
    image: container.image ?? null,
    imageDigest: container.imageDigest ?? null,
    lastStatus: container.lastStatus ?? null,
    exitCode: container.exitCode ?? null,
    reason: keepable(container.reason ?? null),
    isEssential: defined === undefined ? null : defined.essential !== false,
  };
}

/** What Airflow's usual names say in the tags and in the containers' environment. */
function claimOf(task: Task, definition: TaskDefinition | null) {
  const variables = [...(definition?.containerDefinitions ?? []), ...(task.overrides?.containerOverrides ?? [])].flatMap(
    (each) => each.environment ?? [],
  );
  return claimIn([
    ...variables.map(({ name, value }) => [name, value] as const),
    ...(task.tags ?? []).map(({ key, value }) => [key, value] as const),
  ]);
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
    claim: claimOf(task, definition),
    stopCode: task.stopCode ?? null,
    stoppedReason: keepable(task.stoppedReason ?? null),
    containerName: container?.name ?? null,
    image: container?.image ?? null,
    imageDigest: container?.imageDigest ?? null,
    exitCode: container?.exitCode ?? null,
    containerReason: keepable(container?.reason ?? null),
    containers: (task.containers ?? []).map((each) => toContainer(each, definition)).sort((a, b) => (a.name < b.name ? -1 : 1)),
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
    stoppingAt: task.stoppingAt ?? null,
    executionStoppedAt: task.executionStoppedAt ?? null,
    stoppedAt: task.stoppedAt ?? null,
  };
}

const instant = z.iso
  .datetime({ offset: true })
  .transform((text) => new Date(text))
  .optional();

/** `detail` of "ECS Task State Change": the task as DescribeTasks has it, its times as text and its tags left out. */
const EventDetail = z.looseObject({
  taskArn: z.string().min(1),
  clusterArn: z.string().min(1),
  lastStatus: z.string(),
  version: z.number(),
  taskDefinitionArn: z.string().optional(),
  containers: z.array(z.looseObject({ name: z.string(), exitCode: z.number().optional(), reason: z.string().optional() })).default([]),
  createdAt: instant,
  pullStartedAt: instant,
  pullStoppedAt: instant,
  startedAt: instant,
  stoppingAt: instant,
  executionStoppedAt: instant,
  stoppedAt: instant,
});

/** The task that an event tells of, or null when it is not told in that form. */
export function taskOfEvent(detail: unknown): Task | null {
  const read = EventDetail.safeParse(detail);
  return read.success ? (read.data as unknown as Task) : null;
}

function toContainerDefinition(given: ContainerDefinition): ContainerDefinitionFact {
  const secrets = [...(given.secrets ?? []), ...(given.logConfiguration?.secretOptions ?? [])];
  return {
    name: given.name ?? "",
    image: given.image ?? null,
    isEssential: given.essential !== false,
    cpuUnits: given.cpu || null,
    memoryMib: given.memory ?? given.memoryReservation ?? null,
    entryPoint: publicArguments(given.entryPoint ?? []),
    command: publicArguments(given.command ?? []),
    environment: Object.fromEntries((given.environment ?? []).map(({ name = "", value = "" }) => [name, publicValue(name, value)])),
    secretNames: secrets.map((secret) => secret.name ?? "").sort(),
    logDriver: given.logConfiguration?.logDriver ?? null,
    logOptions: Object.fromEntries(
      Object.entries(given.logConfiguration?.options ?? {}).map(([name, value]) => [name, publicValue(name, value)]),
    ),
  };
}

/** A revision in our words, without what is secret. */
export function toTaskDefinition(definition: TaskDefinition): TaskDefinitionFact {
  return {
    name: definition.taskDefinitionArn?.split("/").at(-1) ?? `${definition.family}:${definition.revision}`,
    cpuUnits: integer(definition.cpu),
    memoryMib: integer(definition.memory),
    ephemeralGib: definition.ephemeralStorage?.sizeInGiB ?? null,
    architecture: definition.runtimePlatform?.cpuArchitecture?.toLowerCase() ?? null,
    taskRole: definition.taskRoleArn?.split("/").at(-1) ?? null,
    executionRole: definition.executionRoleArn?.split("/").at(-1) ?? null,
    containers: (definition.containerDefinitions ?? []).map(toContainerDefinition),
    registeredAt: definition.registeredAt ?? null,
  };
}
