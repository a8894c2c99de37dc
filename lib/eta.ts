import type { EtaStage, RunStory, TrySpan } from "./schemas/eta";

/*
 * When a running run ends, from how earlier runs went on after the same stage. A run of the past speaks when it, too, had not ended so long after that
 * stage; what it still took from there is one possible rest. No shape of a distribution is assumed, and a task's parents need not be known.
 */

export interface AttemptTimes {
  taskId: string;
  tryNumber: number;
  state: string;
  startedAt: Date | null;
  endedAt: Date | null;
}

/** One span for each try of each task. */
export function trySpans(attempts: AttemptTimes[]): TrySpan[] {
  const spans = new Map<string, TrySpan>();
  for (const { taskId, tryNumber, state, startedAt, endedAt } of attempts) {
    if (!startedAt) continue;
    const key = JSON.stringify([taskId, tryNumber]);
    const known = spans.get(key);
    const [startedMs, endedMs, isGood] = [startedAt.getTime(), endedAt?.getTime() ?? null, state === "success" || state === "skipped"];
    spans.set(key, {
      taskId,
      tryNumber,
      startedMs: Math.min(startedMs, known?.startedMs ?? startedMs),
      endedMs: endedMs === null || known?.endedMs === null ? null : Math.max(endedMs, known?.endedMs ?? endedMs),
      isGood: isGood && (known?.isGood ?? true),
    });
  }
  return [...spans.values()];
}

export interface Estimate {
  p10Ms: number;
  p50Ms: number;
  p90Ms: number;
  /** How many earlier runs speak for it. */
  count: number;
  stage: EtaStage;
}

interface Event extends EtaStage {
  atMs: number;
}

/** An earlier good run as estimates use it. */
export interface PastRun {
  startedMs: number;
  endedMs: number;
  atOf: Map<string, number>;
  /** In order. */
  times: number[];
}

/** Eight of ten need nine: with fewer, no two of them have a tenth on either side. */
export const fewestPast = 9;
/** So many that stood still at the same stage are enough to leave out those that had gone on by then. */
const fewestAlike = 9;

const keyOf = ({ kind, taskId }: EtaStage) => `${kind} ${taskId ?? ""}`;

/** What had happened in a run until then: a task that is tried again has only started. */
function eventsAt({ startedMs, tries }: RunStory, atMs: number): Event[] {
  const newest = new Map<string, TrySpan>();
  for (const each of tries) {
    if (each.startedMs <= atMs && each.tryNumber >= (newest.get(each.taskId)?.tryNumber ?? 0)) newest.set(each.taskId, each);
  }
  const events: Event[] = [{ kind: "run_started", taskId: null, atMs: startedMs }];
  for (const { taskId, startedMs: began, endedMs, isGood } of newest.values()) {
    events.push({ kind: "task_started", taskId, atMs: began });
    if (isGood && endedMs !== null && endedMs <= atMs) events.push({ kind: "task_ended", taskId, atMs: endedMs });
  }
  return events.sort((a, b) => a.atMs - b.atMs);
}

export function toPast(run: RunStory & { endedMs: number }): PastRun {
  const events = eventsAt(run, Number.POSITIVE_INFINITY);
  return {
    startedMs: run.startedMs,
    endedMs: run.endedMs,
    atOf: new Map(events.map((event) => [keyOf(event), event.atMs])),
    times: [...events.map(({ atMs }) => atMs), run.endedMs],
  };
}

/**
 * The value that a further one of the same kind stays under with that probability: the k-th of n values has k / (n + 1) below it (type 6 of Hyndman and
 * Fan). The more common k / n promises more than it holds where values are few.
 */
export function predicted(sorted: number[], share: number): number {
  const at = Math.min(sorted.length, Math.max(1, share * (sorted.length + 1)));
  const low = sorted[Math.floor(at) - 1] ?? Number.NaN;
  const high = sorted[Math.ceil(at) - 1] ?? low;
  return low + (high - low) * (at - Math.floor(at));
}

/** @param past good runs of the same pipeline @returns why there is none, when too few of them speak */
export function estimateEnd(past: PastRun[], run: RunStory, atMs: number): Estimate | "few_runs" | "longer_than_ever" {
  if (past.length < fewestPast) return "few_runs";
  const events = eventsAt(run, atMs);
  // A task that is new in this run says nothing: the last stage that earlier runs had, too.
  const stage = events.findLast((event) => past.filter(({ atOf }) => atOf.has(keyOf(event))).length >= fewestPast) ?? events[0];
  if (!stage) return "few_runs";
  const sinceMs = atMs - stage.atMs;
  const rests = past.flatMap(({ atOf, times, endedMs }) => {
    const reachedMs = atOf.get(keyOf(stage));
    if (reachedMs === undefined) return [];
    const thenMs = reachedMs + sinceMs;
    const nextMs = times.find((time) => time > reachedMs) ?? endedMs;
    return endedMs > thenMs ? [{ ms: endedMs - thenMs, isAlike: nextMs > thenMs }] : [];
  });
  const alike = rests.filter(({ isAlike }) => isAlike);
  const speaking = (alike.length >= fewestAlike ? alike : rests).map(({ ms }) => ms).sort((a, b) => a - b);
  if (speaking.length < fewestPast) return "longer_than_ever";
  const { kind, taskId } = stage;
  return {
    p10Ms: atMs + predicted(speaking, 0.1),
    p50Ms: atMs + predicted(speaking, 0.5),
    p90Ms: atMs + predicted(speaking, 0.9),
    count: speaking.length,
    stage: { kind, taskId },
  };
}
