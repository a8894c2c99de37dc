import { expect, test } from "vitest";
import { type Attempt, AttemptState } from "@/lib/schemas/attempt";
import { attemptSaid } from "./states";
import { isPending, stretchesOf, taskRows, timelineSpan } from "./task-timeline";

const at = (second: number) => new Date(Date.UTC(2026, 10, 22, 6, 15, second)).toISOString();
const ms = (second: number) => Date.parse(at(second));

function attempt(changes: Partial<Attempt>): Attempt {
  return {
    id: `${changes.taskId ?? "t"} ${changes.tryNumber ?? 1}`,
    environment: "local",
    pipeline: "sales_daily",
    runId: "r",
    taskId: "t",
    mapIndex: -1,
    tryNumber: 1,
    maxTries: 2,
    isLatest: true,
    state: "success",
    operator: null,
    queuedAt: at(0),
    startedAt: at(3),
    endedAt: at(20),
    durationMs: 17_000,
    kind: "airflow",
    cost: null,
    costUsd: null,
    ecsTask: null,
    glueRun: null,
    tablesWritten: [],
    ...changes,
  };
}

test("tries of a task are one row, tasks stand in order of their first start", () => {
  const rows = taskRows([
    attempt({ taskId: "load", queuedAt: at(30), startedAt: at(31) }),
    attempt({ taskId: "extract", tryNumber: 2, queuedAt: at(40) }),
    attempt({ taskId: "extract", tryNumber: 1, isLatest: false, state: "failed" }),
    attempt({ taskId: "publish", state: "none", queuedAt: null, startedAt: null, endedAt: null }),
  ]);
  expect(rows.map(({ taskId, latest, tries }) => [taskId, latest.tryNumber, tries.length])).toEqual([
    ["extract", 2, 2],
    ["load", 1, 1],
    ["publish", 1, 1],
  ]);
});

test("a container waits, pulls its image and runs", () => {
  const ecsTask = { pullStartedAt: at(5), pullStoppedAt: at(9), startedAt: at(10), stoppedAt: at(19) } as Attempt["ecsTask"];
  const stretches = stretchesOf(attempt({ kind: "ecs", ecsTask }), ms(60));
  expect(stretches.map(({ kind, from, to }) => [kind, from - ms(0), to - ms(0)])).toEqual([
    ["wait", 0, 5_000],
    ["pull", 5_000, 10_000],
    ["run", 10_000, 20_000],
  ]);
});

test("what runs now reaches until now and stays open; what never came draws nothing", () => {
  const running = stretchesOf(attempt({ state: "running", endedAt: null }), ms(45));
  expect(running.at(-1)).toMatchObject({ kind: "run", to: ms(45), isOpen: true });
  expect(stretchesOf(attempt({ state: "none", queuedAt: null, startedAt: null, endedAt: null }), ms(45))).toEqual([]);
  expect(stretchesOf(attempt({ state: "upstream_failed", startedAt: null, endedAt: null }), ms(45))).toEqual([]);
});

test("the time line is never empty", () => {
  const { from, to } = timelineSpan({ queuedAt: at(0), startedAt: null, endedAt: null }, [], ms(0));
  expect(to).toBeGreaterThan(from);
});

test("a state whose name is not known is never drawn as good or bad, and goes on until the try has ended", () => {
  const open = attempt({ state: "unknown", endedAt: null, durationMs: null });
  expect([isPending(open), isPending(attempt({ state: "unknown" }))]).toEqual([true, false]);
  expect(stretchesOf(open, ms(30)).map(({ kind, to, tone, isOpen }) => [kind, to, tone, isOpen])).toEqual([
    ["wait", ms(3), "mute", false],
    ["run", ms(30), "mute", true],
  ]);
  expect(attemptSaid.unknown).toEqual({ word: "Unknown", tone: "mute", glyph: "unknown" });
  expect(AttemptState.options.filter((state) => attemptSaid[state].tone === "ok")).toEqual(["success"]);
});
