import "server-only";
import type { FailureClass } from "@/lib/schemas/attempt";
import { company, type Definition, distribution, type Pipeline, type Task } from "./company";
import type { Revision } from "./timeline";
import { hourMs, type World } from "./world";

const ppm = 1_000_000;

/** When a revision of a task definition was registered. */
export const registeredAt = (world: World, { family }: Definition, { revision, day }: Revision) =>
  world.instant(day) + 10 * hourMs + world.random.draw(`deploy|${family}|${revision}`, 21_600) * 1000;

export function revisionAt(world: World, definition: Definition, at: number): Revision {
  const found = definition.revisions.findLast((each) => registeredAt(world, definition, each) <= at) ?? definition.revisions[0];
  if (!found) throw new Error(`${definition.family} has no revision`);
  return found;
}

/** What a container uses, were its memory without end. */
export function memoryUse(world: World, definition: Definition, key: string, at: number): number {
  const usual = definition.memoryUseMib;
  const noise = world.random.quantile(distribution("memory_noise"), `${key}|memory`);
  const grown = world.during("memory_growth", at).filter(({ effect }) => effect.family === definition.family);
  return (
    usual +
    Math.floor((usual * noise) / 1000) +
    grown.reduce((sum, { effect, day }) => sum + effect.mibPerDay * (world.utcDay(at) - day), 0)
  );
}

function eventClass(world: World, pipeline: Pipeline, task: Task, key: string, at: number): FailureClass | null {
  for (const { event, effect } of world.during("fail", at)) {
    const isMeant =
      effect.tasks?.includes(`${pipeline.id}/${task.id}`) ||
      (effect.source !== undefined && effect.source === task.source) ||
      (effect.spot === true && task.kind === "ecs" && task.spot === true);
    if (isMeant && world.random.draw(`${key}|event|${event.id}`, ppm) < effect.ppm) return effect.class;
  }
  return null;
}

function mayHappen(failure: FailureClass, task: Task): boolean {
  if (failure === "source_unreachable" || failure === "source_refused") return task.source !== undefined;
  if (failure === "spot_interruption") return task.kind === "ecs" && task.spot === true;
  return true;
}

function chance(world: World, pipeline: Pipeline, task: Task, key: string): FailureClass | null {
  if (task.kind === "sensor") return null;
  const u = world.random.draw(`${key}|fail`, ppm);
  let sum = 0;
  for (const [failure, share] of company.failures[task.kind]) {
    if (!mayHappen(failure, task)) continue;
    sum += Math.floor((share * pipeline.flakiness) / 1000);
    if (u < sum) return failure;
  }
  return null;
}

/** How a try ends: null is well. @param before the class of the try before */
export function fateOf(
  world: World,
  pipeline: Pipeline,
  task: Task,
  key: string,
  at: number,
  before: FailureClass | null,
  memory: { usedMib: number; limitMib: number } | null,
): FailureClass | null {
  if (before && company.sticky.includes(before)) return before;
  const failure = eventClass(world, pipeline, task, key, at);
  if (failure) return failure;
  if (memory && memory.usedMib >= memory.limitMib) return "out_of_memory";
  return chance(world, pipeline, task, key);
}
