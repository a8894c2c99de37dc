import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { estimateEnd, predicted, toPast, trySpans } from "./eta";
import { replay, sumUp } from "./eta-trial";
import type { EndedRun } from "./schemas/eta";

const minuteMs = 60_000;
const at = (minutes: number) => minutes * minuteMs;

/** Ended runs of an extract and a load, in minutes; the first began at 0, each further one an hour later. */
function history(lengths: [extract: number, load: number][]): EndedRun[] {
  return lengths.map(([extract, load], index) => {
    const startedMs = at(index * 60);
    const begun = startedMs + at(extract);
    return {
      runId: `run-${index}`,
      type: "scheduled",
      isGood: true,
      startedMs,
      endedMs: begun + at(load),
      tries: [
        { taskId: "extract", tryNumber: 1, startedMs, endedMs: begun, isGood: true },
        { taskId: "load", tryNumber: 1, startedMs: begun, endedMs: begun + at(load), isGood: true },
      ],
    };
  });
}
const past = (lengths: [number, number][]) => history(lengths).map(toPast);
const nineteen = past(Array.from({ length: 19 }, (_, index) => [10, index + 1]));

describe("when a running run ends", () => {
  test("a share of k / (n + 1) lies below the k-th of n values", () => {
    expect(predicted([10, 20, 30, 40], 0.5)).toBe(25);
    expect(predicted([10, 20, 30, 40, 50, 60, 70, 80, 90], 0.1)).toBe(10);
    expect(predicted([10], 0.9)).toBe(10);
  });

  test("counts from the stage that it has reached, not from its beginning", () => {
    const startedMs = at(10_000);
    // Twice as long in its first task as any run before it: what is left depends on the second alone.
    const loadedMs = startedMs + at(20);
    const tries = [
      { taskId: "extract", tryNumber: 1, startedMs, endedMs: loadedMs, isGood: true },
      { taskId: "load", tryNumber: 1, startedMs: loadedMs, endedMs: null, isGood: false },
    ];
    expect(estimateEnd(nineteen, { startedMs, tries }, loadedMs)).toEqual({
      p10Ms: loadedMs + at(2),
      p50Ms: loadedMs + at(10),
      p90Ms: loadedMs + at(18),
      count: 19,
      stage: { kind: "task_started", taskId: "load" },
    });
    const later = estimateEnd(nineteen, { startedMs, tries }, loadedMs + at(9.5));
    expect(later).toMatchObject({ count: 10, p50Ms: loadedMs + at(14.5) });
  });

  test("a task that is tried again is at its beginning again", () => {
    const startedMs = at(10_000);
    const again = startedMs + at(30);
    const tries = [
      { taskId: "extract", tryNumber: 1, startedMs, endedMs: startedMs + at(20), isGood: false },
      { taskId: "extract", tryNumber: 2, startedMs: again, endedMs: null, isGood: false },
    ];
    expect(estimateEnd(nineteen, { startedMs, tries }, again)).toMatchObject({
      p50Ms: again + at(20),
      stage: { kind: "task_started", taskId: "extract" },
    });
  });

  test("a task that no run had before is passed over", () => {
    const startedMs = at(10_000);
    const tries = [
      { taskId: "extract", tryNumber: 1, startedMs, endedMs: null, isGood: false },
      { taskId: "new", tryNumber: 1, startedMs: startedMs + at(5), endedMs: null, isGood: false },
    ];
    expect(estimateEnd(nineteen, { startedMs, tries }, startedMs + at(5))).toMatchObject({ p50Ms: startedMs + at(20) });
  });

  test("nothing is said with too few runs, nor of one that outlasts nearly all of them", () => {
    const run = { startedMs: 0, tries: [] };
    expect(estimateEnd(nineteen.slice(0, 8), run, 1)).toBe("few_runs");
    expect(estimateEnd(nineteen, run, at(21))).toBe("longer_than_ever");
  });

  test("mapped instances are one task: from the first start to the last end, once all have ended", () => {
    const instance = (from: number, to: number | null, state = "success") => ({
      taskId: "load",
      tryNumber: 1,
      state,
      startedAt: new Date(from),
      endedAt: to === null ? null : new Date(to),
    });
    expect(trySpans([instance(5, 9), instance(3, 20), instance(4, 6)])).toEqual([
      { taskId: "load", tryNumber: 1, startedMs: 3, endedMs: 20, isGood: true },
    ]);
    expect(trySpans([instance(5, 9), instance(3, null, "running")])).toMatchObject([{ endedMs: null, isGood: false }]);
  });

  test("whatever happened before, the edges are in order and none lies in the past", () => {
    const lengths = fc.array(fc.tuple(fc.nat(500), fc.nat(500)), { minLength: 9, maxLength: 60 });
    fc.assert(
      fc.property(lengths, fc.nat(1_000), fc.nat(1_000), (given, extractMinutes, nowMinutes) => {
        const startedMs = at(1_000_000);
        const nowMs = startedMs + at(nowMinutes);
        const isLoading = extractMinutes <= nowMinutes;
        const endedMs = isLoading ? startedMs + at(extractMinutes) : null;
        const tries = [{ taskId: "extract", tryNumber: 1, startedMs, endedMs, isGood: isLoading }];
        const found = estimateEnd(past(given), { startedMs, tries }, nowMs);
        if (typeof found === "string") return;
        expect(found.p10Ms).toBeGreaterThan(nowMs);
        expect(found.p50Ms).toBeGreaterThanOrEqual(found.p10Ms);
        expect(found.p90Ms).toBeGreaterThanOrEqual(found.p50Ms);
        expect(found.count).toBeLessThanOrEqual(given.length);
      }),
    );
  });
});

describe("how often the band holds", () => {
  /** Log-normal lengths, the same in each test run. */
  const lengths = Array.from({ length: 400 }, (_, index): [number, number] => {
    const uniform = (seed: number) => (((index + 1) * seed) % 9973) / 9973;
    const normal = (a: number, b: number) => Math.sqrt(-2 * Math.log(uniform(a) || 0.5)) * Math.cos(2 * Math.PI * uniform(b));
    return [12 * Math.exp(0.5 * normal(7919, 104_729)), 8 * Math.exp(0.5 * normal(6007, 15_485_863))];
  });

  test("eight ends in ten, on runs that are like those before them", () => {
    const sum = sumUp(replay(history(lengths), 350), 1);
    expect(sum.ends).toBeGreaterThan(300);
    expect(sum.held / sum.ends).toBeGreaterThan(0.75);
    expect(sum.held / sum.ends).toBeLessThan(0.85);
    expect(sum.before + sum.held + sum.after).toBe(sum.ends);
    expect(sum.byElapsed.reduce((all, { ends }) => all + ends, 0)).toBe(sum.ends);
    expect(sum.byTasks.reduce((all, { held }) => all + held, 0)).toBe(sum.held);
  });

  test("only what was known then counts: what comes later changes no estimate before it", () => {
    const all = history(lengths.slice(0, 100));
    const early = replay(all.slice(0, 80), 20);
    const strange = all.map((run, index) => (index < 80 ? run : { ...run, endedMs: run.endedMs + at(10_000) }));
    expect(replay(strange, 40).slice(0, 20)).toEqual(early);
  });
});
