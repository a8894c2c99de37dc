import { expect, test } from "vitest";
import type { TaskRow } from "./format/task-timeline";
import { AttemptState } from "./schemas/attempt";
import { worstOf } from "./worst-attempt";

const row = (state: AttemptState) => ({ key: state, latest: { state } }) as TaskRow;

test("one failure among five thousand says how the task went", () => {
  const rows = Array.from({ length: 5_000 }, (_, at) => row(at === 4_321 ? "failed" : "success"));
  expect(worstOf(rows)?.key).toBe("failed");
  expect(worstOf([])).toBeNull();
});

test("each state has its place: success never hides another but what did not run", () => {
  for (const state of AttemptState.options) {
    const isQuiet = state === "skipped" || state === "removed" || state === "success";
    expect([state, worstOf([row("success"), row(state)])?.key]).toEqual([state, isQuiet ? "success" : state]);
  }
});
