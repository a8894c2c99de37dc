import "server-only";
import type { ContainerFact, EcsTaskFact, Usage } from "@/lib/schemas/facts";
import { company } from "./company";
import { joinKeyOf, past } from "./facts";
import { imageOf, saidOf } from "./failure-texts";
import type { Container, SimulatedRun, Try } from "./timeline";
import { hourMs, type World } from "./world";

/** A container task with what CloudWatch measured of it, and since when ECS has forgotten it. */
export interface ContainerWithUse extends EcsTaskFact {
  usage: Usage | null;
  usageReadAt: Date | null;
  isMeasured: boolean;
  missingSince: Date | null;
}

const forgottenAfterMs = hourMs;
const statuses = ["PROVISIONING", "PENDING", "RUNNING", "DEPROVISIONING", "STOPPED"] as const;

/** Until when a container was seen, and from when on it was forgotten; null: never seen. */
function seenUntil(world: World, { createdAt, stoppedAt }: Container): { until: number; missingSince: number | null } | null {
  for (const { from, to } of world.effects("collector_away")) {
    if (stoppedAt < from || stoppedAt + forgottenAfterMs >= to) continue;
    return createdAt >= from ? null : { until: from, missingSince: to };
  }
  return { until: Number.POSITIVE_INFINITY, missingSince: null };
}

/** When ECS had forgotten a container that nobody saw stop. */
export const forgottenAt = (world: World, container: Container): number | null => seenUntil(world, container)?.missingSince ?? null;

/** The container of a try as it is known at `now`; null: there is none, or nobody saw it. */
export function containerFact(world: World, run: SimulatedRun, each: Try, now: number): ContainerWithUse | null {
  const { container } = each;
  if (!container || container.createdAt > now) return null;
  const seen = seenUntil(world, container);
  return seen && factAt(world, run, each, container, Math.min(now, seen.until), past(seen.missingSince, now));
}

function factAt(world: World, run: SimulatedRun, each: Try, container: Container, at: number, missingSince: Date | null): ContainerWithUse {
  const { definition, revision } = container;
  const reached = [container.pullStartedAt, container.startedAt, container.stoppingAt, container.stoppedAt];
  const status = 1 + reached.findLastIndex((instant) => instant !== null && instant <= at);
  const lastStatus = statuses[status] ?? "PROVISIONING";
  const isStopping = container.stoppingAt <= at;
  const said = saidOf(world, run, each);
  const image = imageOf(each);
  const digest = container.pullStoppedAt !== null && container.pullStoppedAt <= at;
  const imageDigest = digest ? `sha256:${world.random.hex(`image|${definition.repository}|${revision.imageTag}`)}` : null;
  const exitCode = isStopping ? container.exitCode : null;
  const containerReason = isStopping ? said.containerReason : null;
  const main: ContainerFact = {
    name: definition.container,
    image,
    imageDigest,
    lastStatus: lastStatus === "DEPROVISIONING" ? "STOPPED" : lastStatus,
    exitCode,
    reason: containerReason,
    isEssential: true,
  };
  const isStopped = container.stoppedAt <= at;
  const taskId = container.taskArn.slice(container.taskArn.lastIndexOf("/") + 1);
  return {
    taskArn: container.taskArn,
    cluster: company.cluster,
    taskDefinition: `${definition.family}:${revision.revision}`,
    lastStatus,
    version: status + 1,
    startedBy: null,
    joinKey: joinKeyOf(run, each),
    stopCode: isStopping ? stopCodeOf(each) : null,
    stoppedReason: isStopping ? (said.stoppedReason ?? "Essential container in task exited") : null,
    containerName: definition.container,
    image,
    imageDigest,
    exitCode,
    containerReason,
    containers: [main],
    claim: null,
    cpuUnits: revision.cpuUnits,
    memoryMib: revision.memoryMib,
    ephemeralGib: 20,
    architecture: definition.architecture === "ARM64" ? "arm64" : "x86_64",
    launchType: "FARGATE",
    capacityProvider: container.isSpot ? "FARGATE_SPOT" : "FARGATE",
    platformFamily: "Linux",
    availabilityZone: `${company.region}${"abc"[world.random.draw(`${each.key}|zone`, 3)]}`,
    logGroup: logGroupOf(definition.family),
    logStream: `${definition.container}/${definition.container}/${taskId}`,
    createdAt: new Date(container.createdAt),
    pullStartedAt: past(container.pullStartedAt, at),
    pullStoppedAt: past(container.pullStoppedAt, at),
    startedAt: past(container.startedAt, at),
    stoppingAt: past(container.stoppingAt, at),
    executionStoppedAt: past(container.executionStoppedAt, at),
    stoppedAt: past(container.stoppedAt, at),
    usage: isStopped ? usageOf(world, each, container) : null,
    usageReadAt: isStopped ? new Date(container.stoppedAt) : null,
    isMeasured: isStopped,
    missingSince,
  };
}

export const logGroupOf = (family: string) => `/ecs/larkspur/${family}`;

function stopCodeOf({ class: failure }: Try): string {
  if (failure === "spot_interruption") return "SpotInterruption";
  return failure === "image_pull" || failure === "resource_initialisation" ? "TaskFailedToStart" : "EssentialContainerExited";
}

function usageOf(world: World, { key }: Try, { startedAt, memoryUsedMib, revision }: Container): Usage {
  if (startedAt === null) return { notCollected: "the container never started" };
  const cpuMaxPercent = 45 + world.random.draw(`${key}|cpu`, 55);
  return {
    of: "task",
    cpuMaxPercent,
    cpuAveragePercent: Math.floor((cpuMaxPercent * 6) / 10),
    memoryMaxMib: memoryUsedMib,
    memoryMaxPercent: Math.floor((memoryUsedMib * 100) / revision.memoryMib),
    diskMaxGib: 2 + world.random.draw(`${key}|disk`, 6),
  };
}
