import "server-only";
import type { AttemptState } from "@/lib/schemas/attempt";
import type { AttemptFact, RunFact, TableLoadFact } from "@/lib/schemas/facts";
import { company } from "./company";
import { type ContainerWithUse, containerFact } from "./container-facts";
import { type GlueWithUse, glueFact } from "./glue-facts";
import { runsBetween } from "./runs";
import { versionAt } from "./structures";
import type { SimulatedRun, Try } from "./timeline";
import type { World } from "./world";

/** What the sources say of some runs. */
export interface RunFacts {
  runs: RunFact[];
  attempts: AttemptFact[];
  containers: ContainerWithUse[];
  glueRuns: GlueWithUse[];
  loads: TableLoadFact[];
}

export const noFacts = (): RunFacts => ({ runs: [], attempts: [], containers: [], glueRuns: [], loads: [] });

/** An instant that has come; what is still to come is not known. */
export const past = (at: number | null, now: number) => (at !== null && at <= now ? new Date(at) : null);

export const joinKeyOf = (run: SimulatedRun, { task, mapIndex, tryNumber }: Try) =>
  JSON.stringify({
    v: 1,
    environment: company.airflow.mwaaName,
    dag: run.pipeline.id,
    run: run.runId,
    task: task.id,
    map: mapIndex,
    try: tryNumber,
  });

/** What is known at `now` of the runs with runAfter of [from, to). */
export function factsBetween(world: World, from: number, to: number, now: number): RunFacts {
  const facts = noFacts();
  for (const run of runsBetween(world, from, Math.min(to, now + 1))) addFacts(world, facts, run, now);
  return facts;
}

export function addFacts(world: World, facts: RunFacts, run: SimulatedRun, now: number): void {
  if (run.runAfter > now) return;
  facts.runs.push(runFact(world, run, now));
  if (run.startedAt > now) return;
  for (const each of run.tries) {
    const fact = attemptFact(run, each, now);
    if (!fact) continue;
    facts.attempts.push(fact);
    const container = containerFact(world, run, each, now);
    if (container) facts.containers.push(container);
    const glue = glueFact(world, run, each, now);
    if (glue) facts.glueRuns.push(glue);
    facts.loads.push(...loadFacts(world, run, each, now));
  }
}

function runFact(world: World, run: SimulatedRun, now: number): RunFact {
  const logical = new Date(run.logicalAt);
  const ended = run.hasFailed ? "failed" : "success";
  return {
    pipeline: run.pipeline.id,
    runId: run.runId,
    state: run.startedAt > now ? "queued" : run.endedAt > now ? "running" : ended,
    type: run.type,
    logicalDate: logical,
    dataIntervalStart: logical,
    dataIntervalEnd: logical,
    runAfter: new Date(run.runAfter),
    queuedAt: past(run.queuedAt, now),
    startedAt: past(run.startedAt, now),
    endedAt: past(run.endedAt, now),
    triggeredBy: run.triggeredBy,
    conf: run.type === "manual" ? { date: run.occasion.date } : null,
    note: run.type === "manual" ? `Started again by hand: the run for ${run.occasion.date} had failed.` : null,
    dagVersion: versionAt(world, run.pipeline, run.runAfter),
  };
}

const operators = {
  python: "PythonOperator",
  mapped: "PythonOperator",
  sensor: "S3KeySensor",
  ecs: "EcsRunTaskOperator",
  glue: "GlueJobOperator",
};

function stateOf(each: Try, now: number): AttemptState | null {
  const { queuedAt, startedAt, endedAt, retriedAt } = each;
  if (queuedAt === null || startedAt === null) return endedAt <= now ? each.state : each.task.kind === "mapped" ? null : "none";
  if (queuedAt > now) return each.tryNumber > 1 || each.mapIndex >= 0 ? null : "none";
  if (startedAt > now) return "queued";
  if (endedAt > now) return "running";
  return retriedAt !== null && retriedAt > now ? "up_for_retry" : each.state;
}

function attemptFact(run: SimulatedRun, each: Try, now: number): AttemptFact | null {
  const state = stateOf(each, now);
  if (state === null) return null;
  return {
    pipeline: run.pipeline.id,
    runId: run.runId,
    taskId: each.task.id,
    mapIndex: each.mapIndex,
    tryNumber: each.tryNumber,
    maxTries: each.maxTries,
    state,
    operator: operators[each.task.kind],
    queuedAt: past(each.queuedAt, now),
    startedAt: past(each.startedAt, now),
    endedAt: past(each.endedAt, now),
  };
}

function loadFacts(world: World, run: SimulatedRun, each: Try, now: number): TableLoadFact[] {
  const loads = each.loads.filter(({ finishedAt }) => finishedAt <= now);
  if (loads.length === 0) return [];
  const runKey = world.random.hex(`load|${run.pipeline.id}|${run.runId}`).slice(0, 16);
  const joinKey = joinKeyOf(run, each);
  return loads.map((load) => ({
    runKey,
    tableName: load.table.name,
    joinKey,
    glueRunId: each.glue?.jobRunId ?? null,
    rowsRead: load.rowsRead,
    rowsInserted: load.rowsInserted,
    rowsUpdated: load.rowsUpdated,
    rowsRejected: load.rowsRejected,
    dataThrough: load.dataThrough,
    startedAt: new Date(load.startedAt),
    finishedAt: new Date(load.finishedAt),
  }));
}
