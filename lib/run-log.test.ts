import { expect, it } from "vitest";
import { attemptsToRead, mergeRunLog } from "./run-log";
import type { Attempt, LogLine } from "./schemas/attempt";

const attempt = (id: string, over: Partial<Attempt> = {}) =>
  ({
    id,
    taskId: id,
    mapIndex: -1,
    tryNumber: 1,
    isLatest: true,
    state: "success",
    startedAt: "2026-03-16T06:00:00Z",
    queuedAt: null,
    endedAt: "2026-03-16T06:10:00Z",
    ...over,
  }) as Attempt;
const line = (id: string, at: string | null, text: string) => ({ id, at, text, source: "airflow", stream: "s", level: null }) as LogLine;

it("reads first what failed, then what runs, then the newest; what has not begun has no log", () => {
  const order = attemptsToRead([
    attempt("old"),
    attempt("new", { startedAt: "2026-03-16T06:05:00Z" }),
    attempt("waits", { startedAt: null, state: "queued" }),
    attempt("runs", { state: "running", endedAt: null }),
    attempt("failed", { state: "failed" }),
  ]);
  expect(order.map(({ id }) => id)).toEqual(["failed", "runs", "new", "old"]);
});

it("puts lines of several tries in the order of time, keeps a line without a time behind the one before it, and finds the way back", () => {
  const merged = mergeRunLog([
    {
      attempt: attempt("a"),
      log: { lines: [line("1", "2026-03-16T06:01:00Z", "a1"), line("2", null, "a2"), line("3", "2026-03-16T06:09:00Z", "a3")] },
    },
    { attempt: attempt("b", { tryNumber: 2 }), log: { lines: [line("1", "2026-03-16T06:05:00Z", "b1")] } },
  ]);
  expect(merged.lines.map(({ text }) => text)).toEqual(["a1", "a2", "b1", "a3"]);
  const found = merged.lines[2]?.id ?? "";
  expect([merged.attemptOf(found)?.id, merged.ownId(found), merged.tagOf(found)]).toEqual(["b", "1", "b, try 2"]);
  expect(merged.tagOf(merged.lines[0]?.id ?? "")).toBe("a");
});
