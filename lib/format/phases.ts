import type { Attempt } from "@/lib/schemas/attempt";

/** A part of an attempt's time. Null milliseconds: it was, but when it began or ended is not told. */
export interface Phase {
  name: string;
  kind: "wait" | "pull" | "run";
  ms: number | null;
  /** It goes on. */
  isOpen: boolean;
}

const time = (at: string | null | undefined) => (at ? Date.parse(at) : null);

/** One phase from one moment to the next; nothing at all while it has not begun. */
function phase(name: string, kind: Phase["kind"], from: number | null, to: number | null, open: { isOver: boolean; now: number }): Phase[] {
  if (from === null && to === null) return [];
  if (from === null) return [{ name, kind, ms: null, isOpen: false }];
  if (to !== null) return [{ name, kind, ms: Math.max(0, to - from), isOpen: false }];
  return [open.isOver ? { name, kind, ms: null, isOpen: false } : { name, kind, ms: Math.max(0, open.now - from), isOpen: true }];
}

/**
 * Where the time of an attempt went, in order. Airflow queues it and its worker asks ECS or Glue; a container is provisioned, pulls its image,
 * starts, runs and is cleared away. A container that never came so far has no such part.
 */
export function phasesOf(attempt: Attempt, now: number): Phase[] {
  const { ecsTask, glueRun } = attempt;
  const [queued, started, ended] = [time(attempt.queuedAt), time(attempt.startedAt), time(attempt.endedAt)];
  const airflow = { isOver: ended !== null, now };
  const queue = phase("Queued in Airflow", "wait", queued, started ?? (ended === null ? null : ended), airflow);
  if (ecsTask) {
    const stopped = time(ecsTask.stoppedAt);
    const open = { isOver: stopped !== null || ecsTask.lastStatus === "STOPPED", now };
    const [created, pullFrom, pullTo, ran] = [ecsTask.createdAt, ecsTask.pullStartedAt, ecsTask.pullStoppedAt, ecsTask.startedAt].map(time);
    const quit = time(ecsTask.executionStoppedAt) ?? time(ecsTask.stoppingAt);
    const didPull = pullFrom !== null || pullTo !== null;
    return [
      ...queue,
      ...phase("Airflow's worker", "wait", started, created ?? null, { isOver: ecsTask !== null, now }),
      ...phase("Provisioning", "wait", created ?? null, pullFrom ?? (ran !== null ? null : (quit ?? stopped)), open),
      ...(didPull ? phase("Image pull", "pull", pullFrom ?? null, pullTo ?? (ran !== null ? null : (quit ?? stopped)), open) : []),
      ...(pullTo != null ? phase("Start", "wait", pullTo, ran ?? quit ?? stopped, open) : []),
      ...(ran != null ? phase("Ran", "run", ran, quit ?? stopped, open) : []),
      ...(quit !== null ? phase("Stopping", "wait", quit, stopped, open) : []),
    ];
  }
  if (glueRun) {
    const [from, to] = [time(glueRun.startedAt), time(glueRun.completedAt)];
    return [
      ...queue,
      ...phase("Airflow's worker", "wait", started, from, { isOver: true, now }),
      ...phase("Glue run", "run", from, to, { isOver: to !== null || glueRun.missingSince !== null, now }),
    ];
  }
  return [...queue, ...(started === null ? [] : phase("Ran", "run", started, ended, airflow))];
}
