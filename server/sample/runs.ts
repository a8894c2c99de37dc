import "server-only";
import { addDays, instantOf, localDate, localTime } from "@/lib/calendar";
import type { RunType } from "@/lib/schemas/run";
import { company, distribution, ownerOf, type Pipeline, pipelineOf, type Task } from "./company";
import { intervalOccasions, occasionOn, volumeOf } from "./occasions";
import { isoformat, type Occasion, type SimulatedRun, type Try } from "./timeline";
import { keyOf, retriesOf, type Setting, triesOf } from "./tries";
import { dayMs, type World } from "./world";

const mostByHand = 3;
/** The night outage of a source, three starts by hand and a long job: nothing that is due for a date begins later. */
const latestDays = 4;

interface Begun {
  runId: string;
  type: RunType;
  runAfter: number;
  logicalAt: number;
  triggeredBy: string | null;
}

/** A run with all that happens in it. */
function simulate(world: World, pipeline: Pipeline, occasion: Occasion, begun: Begun): SimulatedRun {
  const { random } = world;
  const key = `${pipeline.id}|${begun.runId}`;
  const queuedAt = begun.runAfter + 300 + random.draw(`${key}|queue`, 1200);
  const startedAt = queuedAt + 400 + random.draw(`${key}|start`, 2000);
  const setting = { world, pipeline, runId: begun.runId, runAfter: begun.runAfter, occasion, volume: volumeOf(world, pipeline, occasion) };
  const ends = new Map<string, Try[]>();
  const tries: Try[] = [];
  for (const task of pipeline.tasks) {
    const parents = task.after.flatMap((id) => ends.get(id) ?? []);
    const own = instancesOf(setting, task, parents, startedAt);
    tries.push(...own);
    ends.set(
      task.id,
      own.filter((each) => each.retriedAt === null),
    );
  }
  const last = [...ends.values()].flat();
  return {
    pipeline,
    occasion,
    ...begun,
    queuedAt,
    startedAt,
    endedAt: Math.max(...last.map((each) => each.endedAt)) + 300 + random.draw(`${key}|end`, 1500),
    hasFailed: last.some(({ state }) => state === "failed" || state === "upstream_failed"),
    tries,
  };
}

function instancesOf(setting: Setting, task: Task, parents: Try[], startedAt: number): Try[] {
  const { world, pipeline, runId, occasion } = setting;
  const failed = parents.filter(({ state }) => state === "failed" || state === "upstream_failed");
  if (failed.length > 0) return [neverRan(setting, task, "upstream_failed", Math.min(...failed.map((each) => each.endedAt)) + 700)];
  const ready = parents.length > 0 ? Math.max(...parents.map((each) => each.endedAt)) : startedAt;
  const isSkipped = task.skipPpm !== undefined && world.random.draw(`${pipeline.id}|${runId}|${task.id}|skip`, 1_000_000) < task.skipPpm;
  if (isSkipped) return [neverRan(setting, task, "skipped", ready + 700)];
  if (task.kind !== "mapped") return triesOf(setting, task, -1, ready);
  const width = pipeline.mapWidth?.[world.localHour(occasion.nominal, pipeline)] ?? 0;
  return Array.from({ length: width }, (_, index) => triesOf(setting, task, index, ready)).flat();
}

function neverRan({ pipeline, runId }: Setting, task: Task, state: "upstream_failed" | "skipped", endedAt: number): Try {
  return {
    key: keyOf(pipeline.id, runId, task.id, -1, 1),
    task,
    mapIndex: -1,
    tryNumber: 1,
    maxTries: retriesOf(pipeline, task),
    state,
    class: state === "skipped" ? null : state,
    queuedAt: null,
    startedAt: null,
    endedAt,
    retriedAt: null,
    container: null,
    glue: null,
    loads: [],
  };
}

function scheduledRun(world: World, pipeline: Pipeline, occasion: Occasion): SimulatedRun {
  const { nominal } = occasion;
  const isAsset = pipeline.schedule.kind === "assets";
  const upgraded = world.effects("upgrade")[0]?.from ?? Number.NEGATIVE_INFINITY;
  const prefix = isAsset ? (nominal < upgraded ? "dataset_triggered" : "asset_triggered") : "scheduled";
  return simulate(world, pipeline, occasion, {
    runId: `${prefix}__${isoformat(nominal)}`,
    type: isAsset ? "asset_triggered" : "scheduled",
    runAfter: nominal,
    logicalAt: nominal,
    triggeredBy: null,
  });
}

/** A person of the owners starts a failed run again, by day. */
function runByHand(world: World, pipeline: Pipeline, occasion: Occasion, failed: SimulatedRun): SimulatedRun {
  const owner = ownerOf(pipeline);
  const key = `${pipeline.id}|${failed.runId}`;
  const noticedAt = failed.endedAt + world.random.quantile(distribution("hand_delay"), `${key}|hand`);
  const hour = Number(localTime(noticedAt, owner.zone).slice(0, 2));
  const date = localDate(noticedAt, owner.zone);
  const isDay = hour >= 7 && hour < 22;
  const morning = instantOf(hour < 7 ? date : addDays(date, 1), "07:00", owner.zone);
  const runAfter = isDay ? noticedAt : morning + world.random.draw(`${key}|morning`, 3600) * 1000;
  const runId = `manual__${isoformat(runAfter)}`;
  const triggeredBy = owner.people[world.random.draw(`${pipeline.id}|${runId}|person`, owner.people.length)] ?? null;
  return simulate(world, pipeline, occasion, { runId, type: "manual", runAfter, logicalAt: runAfter, triggeredBy });
}

/** All runs that serve a local date of a daily, monthly or asset pipeline, first the one that was due; none when it was not. */
export function runsFor(world: World, pipeline: Pipeline, date: string): SimulatedRun[] {
  return world.remember(`${pipeline.id}|${date}`, () => {
    const occasion = pipeline.schedule.kind === "assets" ? assetOccasion(world, pipeline, date) : occasionOn(world, pipeline, date);
    if (!occasion) return [];
    const runs = [scheduledRun(world, pipeline, occasion)];
    for (let last = runs[0]; last?.hasFailed && runs.length <= mostByHand; last = runs.at(-1))
      runs.push(runByHand(world, pipeline, occasion, last));
    return runs;
  });
}

function assetOccasion(world: World, pipeline: Pipeline, date: string): Occasion | null {
  if (pipeline.schedule.kind !== "assets") return null;
  let readyAt = Number.NEGATIVE_INFINITY;
  for (const id of pipeline.schedule.after) {
    const ends = runsFor(world, pipelineOf(id), date).flatMap((run) => (run.hasFailed ? [] : run.endedAt));
    if (ends.length === 0) return null;
    readyAt = Math.max(readyAt, Math.min(...ends));
  }
  return { nominal: readyAt + 2000 + world.random.draw(`${pipeline.id}|${date}|asset`, 6000), date };
}

function backfills(world: World, pipeline: Pipeline, from: number, to: number): SimulatedRun[] {
  return world.effects("backfill").flatMap(({ effect, day }) => {
    if (effect.pipeline !== pipeline.id) return [];
    const count = effect.toDate - effect.fromDate + 1;
    return Array.from({ length: count }, (_, index) => {
      const runAfter = world.instant(day, effect.at) + index * effect.spacingSeconds * 1000;
      const occasion = occasionOn(world, pipeline, world.dateOf(day + effect.fromDate + index));
      if (!occasion || runAfter < from || runAfter >= to) return [];
      const runId = `backfill__${isoformat(occasion.nominal)}`;
      return simulate(world, pipeline, occasion, { runId, type: "backfill", runAfter, logicalAt: occasion.nominal, triggeredBy: null });
    }).flat();
  });
}

/** The runs of a pipeline with runAfter of [from, to), in order. */
export function runsOfPipeline(world: World, pipeline: Pipeline, from: number, to: number): SimulatedRun[] {
  const found = backfills(world, pipeline, from, to);
  if (pipeline.schedule.kind === "interval")
    found.push(...intervalOccasions(world, pipeline, from, to).map((occasion) => scheduledRun(world, pipeline, occasion)));
  else {
    const last = localDate(to, pipeline.zone);
    for (let date = localDate(from - latestDays * dayMs, pipeline.zone); date <= last; date = addDays(date, 1))
      found.push(...runsFor(world, pipeline, date).filter(({ runAfter }) => runAfter >= from && runAfter < to));
  }
  return found.sort((a, b) => a.runAfter - b.runAfter);
}

/** The runs of the whole company with runAfter of [from, to), in order. */
export function runsBetween(world: World, from: number, to: number): SimulatedRun[] {
  return company.pipelines.flatMap((pipeline) => runsOfPipeline(world, pipeline, from, to)).sort((a, b) => a.runAfter - b.runAfter);
}
