import "server-only";
import type { FailureClass } from "@/lib/schemas/attempt";
import { company, definitionOf, distribution, jobOf, type Pipeline, type Task } from "./company";
import { fateOf, memoryUse, revisionAt } from "./fate";
import { loadsOf } from "./loads";
import type { Quantiles } from "./random";
import type { Container, GlueWork, Occasion, Try } from "./timeline";
import type { World } from "./world";

/** What a try belongs to. */
export interface Setting {
  world: World;
  pipeline: Pipeline;
  runId: string;
  runAfter: number;
  occasion: Occasion;
  /** Permille. */
  volume: number;
}

const hex8 = (at: number) =>
  Math.floor(at / 1000)
    .toString(16)
    .padStart(8, "0");
const lostHeartbeatMs = 300_000;
const quantilePpm = [0, 500_000, 900_000, 990_000, 1_000_000] as const;
const workTables = new WeakMap<Task, Quantiles>();

function workTable(task: Exclude<Task, { kind: "sensor" }>): Quantiles {
  let table = workTables.get(task);
  if (!table) {
    table = quantilePpm.map((ppm, index) => [ppm, (task.work[index] ?? 0) * 1000]);
    workTables.set(task, table);
  }
  return table;
}

export const retriesOf = (pipeline: Pipeline, task: Task) => (task.kind === "sensor" ? 0 : pipeline.retries);
export const keyOf = (pipeline: string, runId: string, task: string, mapIndex: number, tryNumber: number) =>
  `${pipeline}|${runId}|${task}|${mapIndex}|${tryNumber}`;

/** All tries of one task instance that is ready at `ready`. */
export function triesOf(setting: Setting, task: Task, mapIndex: number, ready: number): Try[] {
  const { pipeline, runId } = setting;
  const maxTries = retriesOf(pipeline, task);
  const tries: Try[] = [];
  let readyAt = ready;
  for (let tryNumber = 1; tryNumber <= maxTries + 1; tryNumber++) {
    const before = tries.at(-1) ?? null;
    const key = keyOf(pipeline.id, runId, task.id, mapIndex, tryNumber);
    const one = { ...tryOf(setting, task, key, mapIndex, readyAt, before), mapIndex, tryNumber, maxTries };
    if (before) before.retriedAt = one.queuedAt;
    tries.push(one);
    if (one.state === "success") break;
    readyAt = one.endedAt + pipeline.retryDelaySeconds * 1000;
  }
  return tries;
}

type Outcome = Omit<Try, "mapIndex" | "tryNumber" | "maxTries">;

function tryOf(setting: Setting, task: Task, key: string, mapIndex: number, ready: number, before: Try | null): Outcome {
  const { world } = setting;
  const queuedAt = ready + world.random.quantile(distribution("schedule"), `${key}|schedule`);
  const startedAt = startOf(world, task, key, queuedAt, before ? 0 : mapIndex);
  const begun = { key, task, queuedAt, startedAt, retriedAt: null, container: null, glue: null, loads: [] };
  if (task.kind === "sensor") return { ...begun, ...sense(setting, task, key, startedAt) };

  const definition = task.kind === "ecs" ? definitionOf(task.definition) : null;
  const revision = definition && revisionAt(world, definition, startedAt);
  const usedMib = definition ? memoryUse(world, definition, key, startedAt) : 0;
  const memory = revision && { usedMib, limitMib: revision.memoryMib };
  const failure = fateOf(world, setting.pipeline, task, key, startedAt, before?.class ?? null, memory);
  const work = workOf(setting, task, key, revision?.durationPermille ?? 1000, failure);
  const ended = { ...begun, class: failure, state: failure ? ("failed" as const) : ("success" as const) };

  if (task.kind === "ecs" && definition && revision) {
    const memoryUsedMib = failure === "out_of_memory" ? revision.memoryMib : usedMib;
    const about = { definition, revision, memoryUsedMib, isSpot: task.spot === true };
    const container = { ...about, ...containerTimes(world, key, startedAt, work, failure) };
    const endedAt = container.stoppedAt + world.random.draw(`${key}|poll`, 6000) + (failure === "heartbeat_lost" ? lostHeartbeatMs : 0);
    const loads = failure ? [] : loadsOf(setting, task.id, key, container.executionStoppedAt ?? endedAt, work);
    return { ...ended, endedAt, container, loads };
  }
  if (task.kind === "glue") {
    const glue = glueWork(world, task.job, key, startedAt, work, failure);
    const endedAt = glue.completedAt + world.random.draw(`${key}|poll`, 10_000) + (failure === "heartbeat_lost" ? lostHeartbeatMs : 0);
    return { ...ended, endedAt, glue, loads: failure ? [] : loadsOf(setting, task.id, key, glue.completedAt, work) };
  }
  const lasts = failure === "airflow_timeout" ? company.executionTimeoutMinutes * 60_000 : work;
  const endedAt = startedAt + lasts + (failure === "heartbeat_lost" ? lostHeartbeatMs : 0);
  return { ...ended, endedAt, loads: failure ? [] : loadsOf(setting, task.id, key, endedAt, work) };
}

function startOf(world: World, task: Task, key: string, queuedAt: number, mapIndex: number): number {
  const peak = company.peaks[new Date(queuedAt).getUTCHours()] ?? 1000;
  const waits = Math.floor((world.random.quantile(distribution("queue"), `${key}|queue`) * peak) / 1000);
  const slot = task.kind === "mapped" ? Math.floor(Math.max(0, mapIndex) / task.slots) * task.slotSeconds * 1000 : 0;
  const startedAt = queuedAt + waits + slot;
  const stuck = world.during("stuck_queue", startedAt)[0];
  return stuck ? stuck.to + world.random.draw(`${key}|stuck`, 900_000) : startedAt;
}

/** Milliseconds of work, less when it fails on the way. */
function workOf(
  { world, volume }: Setting,
  task: Exclude<Task, { kind: "sensor" }>,
  key: string,
  durationPermille: number,
  failure: FailureClass | null,
): number {
  const usual = world.random.quantile(workTable(task), `${key}|work`);
  const scaled = Math.floor((usual * (600 + Math.floor((volume * 400) / 1000))) / 1000);
  const whole = Math.floor((scaled * durationPermille) / 1000);
  if (failure === null || failure === "heartbeat_lost") return whole;
  return Math.max(1000, Math.floor((whole * (100 + world.random.draw(`${key}|fraction`, 900))) / 1000));
}

/** A sensor waits until its source is ready, which is the same for all that wait for it on that date. */
function sense({ world, occasion }: Setting, task: Extract<Task, { kind: "sensor" }>, key: string, startedAt: number) {
  const readyAt = occasion.nominal + world.random.quantile(distribution(task.lateness), `source|${task.source}|${occasion.date}`);
  const limit = startedAt + task.timeoutMinutes * 60_000;
  if (readyAt > limit) return { class: "airflow_timeout" as const, state: "failed" as const, endedAt: limit };
  return {
    class: null,
    state: "success" as const,
    endedAt: Math.max(startedAt + 1500, readyAt) + world.random.draw(`${key}|poll`, 60_000),
  };
}

const exitCodes: Partial<Record<FailureClass, number | null>> = {
  out_of_memory: 137,
  spot_interruption: 143,
  container_exit: 2,
  image_pull: null,
  resource_initialisation: null,
  heartbeat_lost: 0,
};

type ContainerTimes = Omit<Container, "definition" | "revision" | "memoryUsedMib" | "isSpot">;

function containerTimes(world: World, key: string, begunAt: number, work: number, failure: FailureClass | null): ContainerTimes {
  const { random } = world;
  const quantile = (name: string) => random.quantile(distribution(name), `${key}|${name}`);
  const createdAt = begunAt + 900 + random.draw(`${key}|create`, 1500);
  const provisionedAt = createdAt + quantile("provision");
  const exitCode = failure === null ? 0 : failure in exitCodes ? (exitCodes[failure] ?? null) : 1;
  const base = {
    taskArn: `arn:aws:ecs:${company.region}:${company.account}:task/${company.cluster}/${hex8(createdAt)}${random.hex(`arn|${key}`).slice(0, 24)}`,
    exitCode,
    createdAt,
  };
  const never = { pullStoppedAt: null, startedAt: null, executionStoppedAt: null };
  if (failure === "resource_initialisation")
    return { ...base, ...never, pullStartedAt: null, stoppingAt: provisionedAt, stoppedAt: provisionedAt + quantile("stop") };
  if (failure === "image_pull") {
    const stoppingAt = provisionedAt + 3000 + random.draw(`${key}|pullfail`, 9000);
    return { ...base, ...never, pullStartedAt: provisionedAt, stoppingAt, stoppedAt: stoppingAt + quantile("stop") };
  }
  const pullStoppedAt = provisionedAt + quantile("pull");
  const startedAt = pullStoppedAt + 300 + random.draw(`${key}|begin`, 1200);
  const executionStoppedAt = startedAt + work;
  const stoppingAt = executionStoppedAt + 200 + random.draw(`${key}|stopping`, 900);
  const stoppedAt = stoppingAt + quantile("stop");
  return { ...base, pullStartedAt: provisionedAt, pullStoppedAt, startedAt, executionStoppedAt, stoppingAt, stoppedAt };
}

export const dpuOf = { "G.1X": 1, "G.2X": 2 };

function glueWork(world: World, jobName: string, key: string, begunAt: number, work: number, failure: FailureClass | null): GlueWork {
  const job = jobOf(jobName);
  const startedAt = begunAt + 1200 + world.random.draw(`${key}|create`, 1800);
  const bootedAt = startedAt + world.random.quantile(distribution("glue_boot"), `${key}|boot`);
  const executionSeconds = failure === "glue_timeout" ? job.timeoutMinutes * 60 : Math.max(1, Math.ceil(work / 1000));
  const dpu = dpuOf[job.workerType] * job.numberOfWorkers;
  return {
    job,
    jobRunId: `jr_${hex8(startedAt)}${world.random.hex(`glue|${key}`).slice(0, 56)}`,
    startedAt,
    bootedAt,
    executionSeconds,
    dpuSeconds: job.meteredPermille === null ? null : Math.floor((executionSeconds * dpu * job.meteredPermille) / 1000),
    completedAt: bootedAt + executionSeconds * 1000,
  };
}
