import { estimateEnd, type PastRun, predicted, toPast } from "./eta";
import type { EndedRun, EtaTrial } from "./schemas/eta";

/** One estimate beside what came of it. */
export interface Trial {
  type: string;
  tasks: number;
  /** Of the usual time, how much had passed; null where no usual one was known. */
  elapsedShare: number | null;
  /** Null: nothing could be said. */
  found: { end: "before" | "held" | "after"; isLateHalf: boolean; missShare: number; widthShare: number } | null;
}

/** An estimate learns from so many runs before it. */
export const mostPast = 50;

/** A number of [0, 1) that is always the same for a text. */
function chanceOf(text: string): number {
  let hash = 2_166_136_261;
  for (const char of text) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 16_777_619);
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  return ((hash ^ (hash >>> 15)) >>> 0) / 2 ** 32;
}

/** The newest runs of a pipeline, each looked at once at a moment within it, with what had happened by then and nothing else. */
export function replay(runs: EndedRun[], mostEnds: number): Trial[] {
  const ordered = runs.toSorted((a, b) => a.startedMs - b.startedMs);
  const pastOf = new Map<EndedRun, PastRun>(ordered.filter(({ isGood }) => isGood).map((run) => [run, toPast(run)]));
  return ordered.slice(-mostEnds).flatMap((run) => {
    const lengthMs = run.endedMs - run.startedMs;
    if (lengthMs <= 0) return [];
    const atMs = run.startedMs + lengthMs * chanceOf(run.runId);
    const past = ordered.flatMap((each) => (each.endedMs <= atMs ? (pastOf.get(each) ?? []) : [])).slice(-mostPast);
    return past.length === 0 ? [] : [tryOne(run, past, atMs)];
  });
}

function tryOne(run: EndedRun, past: PastRun[], atMs: number): Trial {
  const lengthMs = run.endedMs - run.startedMs;
  const lengths = past.map(({ startedMs, endedMs }) => endedMs - startedMs).sort((a, b) => a - b);
  const usualMs = predicted(lengths, 0.5);
  const of = {
    type: run.type,
    tasks: new Set(run.tries.map(({ taskId }) => taskId)).size,
    elapsedShare: usualMs > 0 ? (atMs - run.startedMs) / usualMs : null,
  };
  const found = estimateEnd(past, run, atMs);
  if (typeof found === "string") return { ...of, found: null };
  const end = run.endedMs < found.p10Ms ? "before" : run.endedMs > found.p90Ms ? "after" : "held";
  return {
    ...of,
    found: {
      end,
      isLateHalf: run.endedMs >= found.p50Ms && run.endedMs <= found.p90Ms,
      missShare: Math.abs(run.endedMs - found.p50Ms) / lengthMs,
      widthShare: (found.p90Ms - found.p10Ms) / lengthMs,
    },
  };
}

const elapsedSteps = [0.25, 0.5, 0.75, 1, null];
const taskSteps = [1, 2, 4, 10, null];

export function sumUp(trials: Trial[], pipelines: number): EtaTrial {
  const said = trials.flatMap(({ found, ...of }) => (found ? [{ ...of, ...found }] : []));
  const count = (end: string) => said.filter((each) => each.end === end).length;
  const shares = (some: typeof said) => ({ ends: some.length, held: some.filter(({ end }) => end === "held").length });
  const steps = (bounds: (number | null)[], of: (each: (typeof said)[number]) => number | null) =>
    bounds.map((upTo, index) => {
      const from = bounds[index - 1] ?? 0;
      return {
        upTo,
        ...shares(
          said.filter((each) => {
            const value = of(each);
            return value !== null && (value > from || index === 0) && value <= (upTo ?? Number.POSITIVE_INFINITY);
          }),
        ),
      };
    });
  const middle = (values: number[]) =>
    values.length === 0
      ? 0
      : Math.round(
          predicted(
            values.sort((a, b) => a - b),
            0.5,
          ) * 1000,
        ) / 1000;
  return {
    ...shares(said),
    before: count("before"),
    after: count("after"),
    lateHalf: said.filter(({ isLateHalf }) => isLateHalf).length,
    silent: trials.length - said.length,
    pipelines,
    missShare: middle(said.map(({ missShare }) => missShare)),
    widthShare: middle(said.map(({ widthShare }) => widthShare)),
    byElapsed: steps(elapsedSteps, ({ elapsedShare }) => elapsedShare),
    byTasks: steps(taskSteps, ({ tasks }) => tasks),
    byType: [...new Set(said.map(({ type }) => type))]
      .sort()
      .map((type) => ({ type, ...shares(said.filter((each) => each.type === type)) })),
  };
}
