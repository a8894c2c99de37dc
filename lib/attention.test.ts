import { describe, expect, test } from "vitest";
import { attentionOfOpen, attentionRules, isFixedBy } from "./attention";

const day = (text: string) => `2026-11-${text}T00:00:00.000Z`;
const failed = {
  state: "failed" as const,
  type: "scheduled" as const,
  sortAt: day("10"),
  endedAt: day("10"),
  dataIntervalStart: day("09"),
  dataIntervalEnd: day("10"),
};
const later = { ...failed, state: "success" as const, sortAt: day("11"), endedAt: day("11") };

describe("a failure is fixed", () => {
  test.each([
    ["by a backfill of the same data", failed, { ...later, type: "backfill" as const }, true],
    ["by a run by hand over more data", failed, { ...later, type: "manual" as const, dataIntervalStart: day("01") }, true],
    ["by a backfill at the same place of the schedule", failed, { ...later, type: "backfill" as const, sortAt: failed.sortAt }, true],
    ["not by a backfill of other data", failed, { ...later, type: "backfill" as const, dataIntervalStart: day("10") }, false],
    ["not by one that ended before", failed, { ...later, type: "backfill" as const, endedAt: day("08") }, false],
    ["not by the next of its schedule", failed, { ...later, dataIntervalStart: day("10"), dataIntervalEnd: day("11") }, false],
    ["not by one that failed, too", failed, { ...later, type: "backfill" as const, state: "failed" as const }, false],
    ["by any later success where data has no stretch", { ...failed, dataIntervalStart: day("10") }, later, true],
    ["by any later success of what is started by hand", { ...failed, type: "manual" as const }, later, true],
    ["not by an earlier success", { ...failed, type: "manual" as const }, { ...later, sortAt: day("09") }, false],
  ])("%s", (_, one, other, is) => {
    expect(isFixedBy(one, other)).toBe(is);
  });
});

test("what is not over needs somebody past its own p95, or when it waits too long", () => {
  const now = Date.parse(day("10"));
  const ago = (ms: number) => new Date(now - ms);
  const usual = { count: 20, p50Ms: 1_000, p90Ms: 2_000, p95Ms: 3_000 };
  const running = { state: "running", type: "scheduled", startedAt: ago(3_001), queuedAt: null, sortAt: ago(0) };
  expect(attentionOfOpen(running, usual, now)).toBe("overrunning");
  expect(attentionOfOpen({ ...running, startedAt: ago(3_000) }, usual, now)).toBeNull();
  expect(attentionOfOpen(running, null, now)).toBeNull();
  const queued = { state: "queued", type: "scheduled", startedAt: null, queuedAt: ago(attentionRules.queuedMs + 1), sortAt: ago(0) };
  expect(attentionOfOpen(queued, usual, now)).toBe("queued_long");
  expect(attentionOfOpen({ ...queued, type: "backfill" }, usual, now)).toBeNull();
  expect(attentionOfOpen({ ...queued, queuedAt: null }, usual, now)).toBeNull();
});
