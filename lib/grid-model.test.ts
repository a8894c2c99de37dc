import { describe, expect, test } from "vitest";
import { type Cell, encodeCells, encodeIds } from "./grid-codec";
import { cellAt, type GridData, inPlace, newTo, readGrid, shownRows } from "./grid-model";
import type { PipelineGrid } from "./schemas/grid";

const ok: Cell = { state: "success", tries: 1, instances: null, failed: 0 };
const failed: Cell = { ...ok, state: "failed" };

function given(runs: string[], rows: Record<string, (Cell | null)[]>, groups: PipelineGrid["groups"] = []): GridData {
  const at = "2026-11-22T06:15:00.000Z";
  return readGrid({
    asOf: at,
    sources: [],
    runs: runs.map((runId) => ({ runId, state: "success", type: "scheduled", at, startedAt: at, durationMs: 1_000 })),
    rows: encodeIds(Object.keys(rows)),
    labels: {},
    cells: Object.values(rows).map(encodeCells).join("\n"),
    medians: "",
    costs: "",
    groups,
    more: 0,
    usual: null,
    olderCursor: null,
  });
}
const states = ({ rows, runs }: GridData) => rows.map(({ stretches }) => runs.map((_, column) => cellAt(stretches, column)?.state ?? null));

describe("live data", () => {
  test("moves no column and no row: a new run and a new task wait, what is held is refreshed", () => {
    const held = given(["a", "b"], { load: [ok, failed], check: [ok, null] });
    const current = given(["b", "c"], { check: [ok, ok], extra: [ok, ok], load: [ok, failed] });
    expect(newTo(held, current)).toEqual({ runs: 1, rows: 1 });
    const shown = inPlace(held, current);
    expect(shown.runs.map(({ runId }) => runId)).toEqual(["a", "b"]);
    expect(shown.rows.map(({ id }) => id)).toEqual(["load", "check"]);
    expect(states(shown)).toEqual([
      ["success", "success"],
      ["success", "success"],
    ]);
  });

  test("in the same places is taken as it comes", () => {
    const held = given(["a"], { load: [failed] });
    const current = given(["a"], { load: [ok] });
    expect(newTo(held, current)).toEqual({ runs: 0, rows: 0 });
    expect(states(inPlace(held, current))).toEqual([["success"]]);
  });
});

describe("rows", () => {
  const mapped: Cell = { state: "failed", tries: 1, instances: 3, failed: 1 };
  const group = { groupId: "extract", label: "extract", parentId: null, first: 0, count: 2 };
  const grid = given(["a", "b"], { "extract.orders": [ok, failed], "extract.lines": [ok, ok], load: [mapped, null] }, [group]);

  test("of a folded group are one that tells the worst of each run and how many tasks failed", () => {
    const open = shownRows(grid, new Set(), new Set(), () => undefined);
    expect(open.map(({ kind, label, depth }) => `${depth} ${kind} ${label}`)).toEqual([
      "0 group extract",
      "1 task orders",
      "1 task lines",
      "0 task load",
    ]);
    const [folded] = shownRows(grid, new Set(["extract"]), new Set(), () => undefined);
    expect(cellAt(folded?.stretches ?? [], 0)).toEqual({ ...ok, instances: 2 });
    expect(cellAt(folded?.stretches ?? [], 1)).toEqual({ ...failed, instances: 2, failed: 1 });
  });

  test("of an opened mapped task follow it, and say so while they are read", () => {
    const waiting = shownRows(grid, new Set(["extract"]), new Set(["load"]), () => undefined);
    expect(waiting.map(({ kind }) => kind)).toEqual(["group", "task", "waiting"]);
    const instances = given(["a", "b"], { "0": [ok, null], "1": [failed, null] });
    const open = shownRows(grid, new Set(["extract"]), new Set(["load"]), () => instances);
    expect(open.map(({ label }) => label)).toEqual(["extract", "load", "[0]", "[1]"]);
  });
});
