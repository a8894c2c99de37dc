import { expect, test } from "vitest";
import { attemptSentence } from "./attempt-sentence";
import type { Attempt, Failure } from "./schemas/attempt";

const now = Date.parse("2026-11-22T12:00:00Z");
const of = (given: Partial<Attempt>, failure: Partial<Failure> | null = null) =>
  attemptSentence(
    { tryNumber: 3, state: "success", durationMs: 684_000, startedAt: null, ecsTask: null, ...given } as Attempt,
    failure as Failure | null,
    now,
  )
    .map(({ text }) => text)
    .join("");
const ecsTask = { exitCode: 137 } as Attempt["ecsTask"];

test("says what became of a try, why, and with which exit code", () => {
  expect(of({})).toBe("Try 3 succeeded after 11 min.");
  expect(of({ state: "failed", ecsTask }, { class: "out_of_memory", title: "Out of memory" })).toBe(
    "Try 3 failed after 11 min: out of memory, exit code 137.",
  );
  expect(of({ state: "failed", ecsTask }, { class: "unclassified", title: "Cause not recognised" })).toBe(
    "Try 3 failed after 11 min, exit code 137.",
  );
  expect(of({ state: "failed" }, { class: "glue_error", title: "AWS Glue failed" })).toBe("Try 3 failed after 11 min: AWS Glue failed.");
  expect(of({ state: "up_for_retry" })).toBe("Try 3 failed after 11 min. Another one follows.");
});

test("says of one that did not end what it does, and of one that never ran why", () => {
  expect(of({ state: "running", durationMs: null, startedAt: "2026-11-22T11:58:00Z" })).toBe("Try 3 is running, for 2 min so far.");
  expect(of({ state: "queued", durationMs: null })).toBe("Try 3 waits to start.");
  expect(of({ state: "upstream_failed", durationMs: null })).toBe("It did not run: a task before it failed.");
  expect(of({ state: "unknown", durationMs: null })).toBe("Its state is not known.");
});
