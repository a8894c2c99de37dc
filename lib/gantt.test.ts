import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { criticalPath } from "./critical-path";
import type { TaskRow } from "./format/task-timeline";
import { ganttRows, placing, steadyRows } from "./gantt";
import type { PipelineTask } from "./schemas/structure";
import { idleSpans, moved, picked, timeAxis, wholeView, zoomed } from "./time-axis";

const row = (taskId: string, mapIndex = -1) =>
  ({ key: `${taskId}[${mapIndex}]`, taskId, mapIndex, latest: {}, tries: [] }) as unknown as TaskRow;
const lines = (rows: TaskRow[], toggled: string[] = [], trouble: string[] = []) =>
  ganttRows(
    rows,
    placing(
      rows.map(({ taskId }) => taskId),
      null,
    ),
    new Set(toggled),
    ({ taskId }) => trouble.includes(taskId),
  ).map(({ kind, label, depth }) => `${" ".repeat(depth)}${kind} ${label}`);

describe("order of the chart", () => {
  const task = (taskId: string, upstream: string[]) => ({ taskId, upstream }) as unknown as PipelineTask;
  const tasks = [task("extract", []), task("hold_lock", []), task("lock_held", []), task("load", ["extract", "lock_held"])];
  const begun = (taskId: string, queuedAt: string | null) =>
    ({ ...row(taskId), latest: { queuedAt, startedAt: null } }) as unknown as TaskRow;
  const names = (rows: TaskRow[]) => rows.map(({ taskId }) => taskId);

  it("puts what has begun first, and what waits behind what it waits for", () => {
    const rows = [begun("extract", "t"), begun("hold_lock", null), begun("load", null), begun("lock_held", null)];
    expect(names(steadyRows(rows, [], tasks))).toEqual(["extract", "hold_lock", "lock_held", "load"]);
  });

  it("leaves every row where it was seen, whatever begins first; new ones come behind", () => {
    const first = [begun("extract", "t"), begun("load", null), begun("lock_held", null)];
    const shown = first.map(({ key }) => key);
    const later = [begun("hold_lock", "s"), begun("lock_held", "t"), begun("extract", "t"), begun("load", "u")];
    expect(names(steadyRows(later, shown, tasks))).toEqual(["extract", "load", "lock_held", "hold_lock"]);
  });
});

describe("rows of the chart", () => {
  it("puts tasks that share what stands before a dot into a group, and leaves a dot alone that nobody shares", () => {
    expect(lines([row("extract.orders"), row("clean"), row("extract.lines"), row("v1.2_check")])).toEqual([
      "group extract",
      " task orders",
      " task lines",
      "task clean",
      "task v1.2_check",
    ]);
  });

  it("nests groups by the DAG's structure, whatever the ids look like", () => {
    const task = (taskId: string, groupId: string | null) => ({
      taskId,
      label: taskId.toUpperCase(),
      groupId,
      upstream: [],
      operator: null,
      isMapped: false,
      pool: null,
      poolSlots: null,
      retries: null,
      triggerRule: null,
    });
    const structure = {
      tasks: [task("a", "inner"), task("b", "outer"), task("c", null)],
      groups: [
        { groupId: "outer", label: "outer", parentId: null },
        { groupId: "inner", label: "inner", parentId: "outer" },
      ],
    };
    const placed = ganttRows([row("a"), row("b"), row("c")], placing([], structure), new Set(), () => false);
    expect(placed.map(({ depth, label }) => `${depth} ${label}`)).toEqual(["0 outer", "1 inner", "2 A", "1 B", "0 c".toUpperCase()]);
  });

  it("folds a mapped task to one line, and opens it to its instances", () => {
    const mapped = [row("load", 0), row("load", 1), row("load", 2)];
    expect(lines(mapped)).toEqual(["mapped load"]);
    expect(lines(mapped, ["mapped load"])).toEqual(["mapped load", " task [0]", " task [1]", " task [2]"]);
  });

  it("folds the groups of a long run but for those with trouble", () => {
    const rows = Array.from({ length: 80 }, (_, at) => row(`g${at % 2}.t${at}`));
    expect(lines(rows, [], ["g1.t3"]).filter((line) => line.startsWith("group"))).toEqual(["group g0", "group g1"]);
    expect(lines(rows, [], ["g1.t3"])).toHaveLength(42);
  });

  it("shows each task instance once when everything is open", () => {
    const ids = fc.uniqueArray(
      fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 4 }).map((parts) => parts.join(".")),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(ids, (taskIds) => {
        const shown = ganttRows(
          taskIds.map((id) => row(id)),
          placing(taskIds, null),
          new Set(),
          () => false,
        ).filter(({ kind }) => kind === "task");
        expect(shown.map(({ title }) => title).sort()).toEqual([...taskIds].sort());
      }),
    );
  });
});

describe("critical path", () => {
  const node = (taskId: string, beganMs: number | null, endedMs: number | null) => ({ key: taskId, taskId, beganMs, endedMs });
  const edges: Record<string, string[]> = { load: ["clean", "check"], clean: ["read"], check: ["gate"], gate: ["read"], read: [] };

  it("goes back through what was waited for and ended last", () => {
    const nodes = [node("read", 0, 10), node("clean", 10, 20), node("check", 10, 50), node("load", 50, 60), node("gate", 10, 11)];
    expect(criticalPath(nodes, (taskId) => edges[taskId] ?? [])).toEqual(["read", "gate", "check", "load"]);
  });

  it("passes through what never began to what that waited for", () => {
    const nodes = [node("read", 0, 10), node("gate", null, null), node("check", 12, 50), node("load", 50, null)];
    expect(criticalPath(nodes, (taskId) => edges[taskId] ?? [])).toEqual(["read", "check", "load"]);
  });

  it("does with times alone what it can", () => {
    const nodes = [node("a", 0, 100_000), node("b", 0, 300_000), node("c", 301_000, 400_000)];
    expect(criticalPath(nodes, null)).toEqual(["b", "c"]);
  });

  it("ends, and names each task once, on any graph and any times", () => {
    const times = fc.option(fc.integer({ min: 0, max: 1000 }), { nil: null });
    const nodes = fc.uniqueArray(fc.record({ taskId: fc.constantFrom("a", "b", "c", "d"), beganMs: times, endedMs: times }), {
      selector: ({ taskId }) => taskId,
    });
    const graph = fc.dictionary(fc.constantFrom("a", "b", "c", "d"), fc.array(fc.constantFrom("a", "b", "c", "d")));
    fc.assert(
      fc.property(nodes, fc.option(graph), (some, upstream) => {
        const path = criticalPath(
          some.map((each) => ({ ...each, key: each.taskId })),
          upstream && ((taskId) => upstream[taskId] ?? []),
        );
        expect(new Set(path).size).toBe(path.length);
        expect(path.length > 0).toBe(some.some(({ beganMs }) => beganMs !== null));
      }),
    );
  });
});

describe("time axis", () => {
  const hour = 3_600_000;
  it("takes together what was long and idle, and says how long", () => {
    const whole = { from: 0, to: hour };
    const hidden = idleSpans(whole, [
      { from: 0, to: 600_000 },
      { from: 3_000_000, to: hour },
    ]);
    expect(hidden).toEqual([{ from: 600_000, to: 3_000_000 }]);
    const axis = timeAxis(whole, hidden);
    expect(axis.gaps).toEqual([{ at: axis.at(600_000), ms: 2_400_000 }]);
    expect(axis.at(600_000)).toBeCloseTo(0.4925);
    expect(axis.at(3_000_000)).toBeCloseTo(0.5075);
    expect(timeAxis(whole, []).at(600_000)).toBeCloseTo(1 / 6);
  });

  it("keeps the order of times, and finds the time of a place again", () => {
    const spans = fc.array(
      fc
        .tuple(fc.integer({ min: 0, max: hour }), fc.integer({ min: 1, max: 600_000 }))
        .map(([from, ms]) => ({ from, to: Math.min(hour, from + ms) })),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(spans, fc.integer({ min: 0, max: hour }), fc.integer({ min: 0, max: hour }), (busy, a, b) => {
        const whole = { from: 0, to: hour };
        const axis = timeAxis(whole, idleSpans(whole, busy));
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        expect(axis.at(low)).toBeLessThanOrEqual(axis.at(high));
        expect(axis.at(0)).toBeGreaterThanOrEqual(0);
        expect(axis.at(hour)).toBeLessThanOrEqual(1 + 1e-9);
        expect(Math.abs(axis.timeAt(axis.at(low)) - low)).toBeLessThan(50);
      }),
    );
  });

  it("zooms and moves without leaving the whole", () => {
    const closer = zoomed(wholeView, 0.5, 0);
    expect(closer).toEqual({ from: 0, to: 0.5 });
    expect(moved(closer, 10)).toEqual({ from: 0.5, to: 1 });
    expect(zoomed(closer, 100)).toEqual(wholeView);
    expect(zoomed(wholeView, 0.000001).to - zoomed(wholeView, 0.000001).from).toBeCloseTo(0.001, 6);
  });

  it("shows the range that is dragged over, in either direction, and a place when there is none", () => {
    expect(picked(wholeView, 0.75, 0.25)).toEqual({ from: 0.25, to: expect.closeTo(0.75, 9) });
    expect(picked({ from: 0.5, to: 1 }, 0, 0.5)).toEqual({ from: 0.5, to: expect.closeTo(0.75, 9) });
    const least = picked(wholeView, 1, 1);
    expect(least.to).toBeLessThanOrEqual(1);
    expect(least.to - least.from).toBeCloseTo(0.001, 6);
  });

  it("keeps what is under the pointer where it is", () => {
    const closer = zoomed(wholeView, 0.5, 0.25);
    expect((0.25 - closer.from) / (closer.to - closer.from)).toBeCloseTo(0.25);
  });
});
