import { describe, expect, test } from "vitest";
import type { TaskGroup } from "@/lib/schemas/structure";
import { boxSize, layOut, type Rect } from "./layout";
import { foldedAtFirst, foldGraph, type GraphTask } from "./model";
import { groupLook, taskLooks } from "./task-looks";
import { walk } from "./walk";

const task = (taskId: string, upstream: string[] = [], groupId: string | null = null): GraphTask => ({
  taskId,
  label: taskId.split(".").at(-1) ?? taskId,
  groupId,
  upstream,
  operator: null,
  isMapped: false,
});
const group = (groupId: string, parentId: string | null = null): TaskGroup => ({ groupId, label: groupId, parentId });

const tasks = [
  task("start"),
  task("extract.orders", ["start"], "extract"),
  task("extract.lines", ["start"], "extract"),
  task("extract.deep.note", ["extract.orders"], "extract.deep"),
  task("load", ["extract.orders", "extract.lines", "extract.deep.note", "gone"]),
];
const groups = [group("extract"), group("extract.deep", "extract"), group("empty")];
const names = (folded: string[]) => {
  const { boxes, frames, edges } = foldGraph(tasks, groups, new Set(folded));
  return { boxes: boxes.map(({ id }) => id), frames: frames.map(({ id }) => id), edges: edges.map((edge) => edge.join(" > ")) };
};

describe("folding", () => {
  test("open, every task is a box and every group that has tasks a frame; a task that is not there is no edge", () => {
    expect(names([])).toEqual({
      boxes: ["task:start", "task:extract.orders", "task:extract.lines", "task:extract.deep.note", "task:load"],
      frames: ["group:extract", "group:extract.deep"],
      edges: [
        "task:start > task:extract.orders",
        "task:start > task:extract.lines",
        "task:extract.orders > task:extract.deep.note",
        "task:extract.orders > task:load",
        "task:extract.lines > task:load",
        "task:extract.deep.note > task:load",
      ],
    });
  });

  test("a folded group is one box with all that is in it, and its edges are told once", () => {
    expect(names(["extract"])).toEqual({
      boxes: ["task:start", "group:extract", "task:load"],
      frames: [],
      edges: ["task:start > group:extract", "group:extract > task:load"],
    });
    expect(foldGraph(tasks, groups, new Set(["extract", "extract.deep"])).boxes[1]?.taskIds).toHaveLength(3);
  });

  test("a group within an open one folds alone", () => {
    expect(names(["extract.deep"])).toMatchObject({ frames: ["group:extract"] });
    expect(names(["extract.deep"]).boxes).toContain("group:extract.deep");
  });

  test("many tasks begin with their outermost groups folded", () => {
    const many = Array.from({ length: 100 }, (_, index) => task(`extract.${index}`, [], "extract"));
    expect(foldedAtFirst(many, groups)).toEqual(["extract", "empty"]);
    expect(foldedAtFirst(tasks, groups)).toEqual([]);
  });

  test("groups that name each other as parent do not hang", () => {
    expect(foldGraph([task("a", [], "x")], [group("x", "y"), group("y", "x")], new Set()).boxes).toHaveLength(1);
  });
});

const inside = (outer: Rect, inner: Rect) =>
  outer.x <= inner.x &&
  outer.y <= inner.y &&
  outer.x + outer.width >= inner.x + inner.width &&
  outer.y + outer.height >= inner.y + inner.height;
const apart = (a: Rect, b: Rect) => a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;

describe("layout", () => {
  const model = foldGraph(tasks, groups, new Set());

  test.each(["LR", "TB"] as const)(
    "%s: what waits comes after what it waits for, no box lies on another, frames hold what is theirs",
    (direction) => {
      const { boxes, frames } = layOut(model, direction);
      const along = direction === "LR" ? "x" : "y";
      for (const [from, to] of model.edges) expect(boxes[from]?.[along]).toBeLessThan(boxes[to]?.[along] ?? 0);
      const all = Object.values(boxes);
      expect(all).toHaveLength(5);
      for (const [index, box] of all.entries()) for (const other of all.slice(index + 1)) expect(apart(box, other)).toBe(true);
      const outer = frames["group:extract"] as Rect;
      for (const id of ["task:extract.orders", "task:extract.lines", "task:extract.deep.note"])
        expect(inside(outer, boxes[id] as Rect)).toBe(true);
      expect(inside(outer, frames["group:extract.deep"] as Rect)).toBe(true);
      for (const id of ["task:start", "task:load"]) expect(apart(outer, boxes[id] as Rect)).toBe(true);
    },
  );

  test("a circle, which folding can make, is laid out too", () => {
    const circle = [task("a", [], "g"), task("b", ["a"]), task("c", ["b"], "g")];
    const folded = foldGraph(circle, [group("g")], new Set(["g"]));
    expect(folded.edges).toHaveLength(2);
    expect(Object.keys(layOut(folded, "LR").boxes)).toHaveLength(2);
  });

  test("a thousand tasks have a place each", () => {
    const many = Array.from({ length: 1_000 }, (_, index) => task(`t${index}`, index % 5 === 0 ? [] : [`t${index - 1}`]));
    const { boxes } = layOut(foldGraph(many, [], new Set()), "LR");
    expect(new Set(Object.values(boxes).map(({ x, y }) => `${x},${y}`)).size).toBe(1_000);
    expect(Object.values(boxes).every(({ width }) => width === boxSize.width)).toBe(true);
  }, 60_000);
});

test("arrows walk along edges, then within a rank; where there is nothing they stay", () => {
  const model = foldGraph(tasks, groups, new Set());
  const places = layOut(model, "LR");
  const go = (from: string, key: Parameters<typeof walk>[1]) => walk(from, key, model, places, "LR");
  expect(go("task:start", "ArrowRight")).toMatch(/^task:extract/);
  expect(go("task:extract.lines", "ArrowLeft")).toBe("task:start");
  expect(go("task:start", "ArrowLeft")).toBeNull();
  expect(go("task:start", "ArrowDown")).toBeNull();
  expect(go("task:start", "End")).toBe("task:load");
  expect(go("task:load", "Home")).toBe("task:start");
  const upright = layOut(model, "TB");
  expect(walk("task:start", "ArrowDown", model, upright, "TB")).toMatch(/^task:extract/);
});

describe("how tasks look", () => {
  const tried = (
    taskId: string,
    state: Parameters<typeof taskLooks>[0][number]["state"],
    more: Partial<Parameters<typeof taskLooks>[0][number]> = {},
  ) => ({
    taskId,
    state,
    mapIndex: -1,
    tryNumber: 1,
    startedAt: null,
    durationMs: 60_000,
    isLatest: true,
    ...more,
  });

  test("the newest try counts; of mapped instances the state that matters most, with its share", () => {
    const looks = taskLooks([
      tried("a", "failed", { isLatest: false }),
      tried("a", "success", { tryNumber: 2 }),
      ...[0, 1, 2].map((mapIndex) => tried("m", mapIndex === 1 ? "failed" : "success", { mapIndex })),
      tried("r", "running"),
    ]);
    expect(looks.get("a")).toMatchObject({ state: "success", note: "1 m 00 s, try 2", mapped: null });
    expect(looks.get("m")).toMatchObject({ state: "failed", note: "1 of 3", mapped: 3 });
    expect(looks.get("r")).toMatchObject({ state: "running", note: null });
  });

  test("a group of which one task has not begun is not done", () => {
    const looks = taskLooks([tried("a", "success"), tried("b", "success")]);
    expect(groupLook([looks.get("a") ?? null, null])).toMatchObject({ state: "none", note: "1 of 2" });
    expect(groupLook([looks.get("a") ?? null, looks.get("b") ?? null])).toMatchObject({ state: "success", note: "all 2" });
    expect(groupLook([null])).toBeNull();
  });
});
