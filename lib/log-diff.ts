import { diffArrays } from "diff";
import { type MaskPart, maskLine, shapeOf } from "./log-mask";
import type { LogLine } from "./schemas/attempt";

/** All lines of one log that have the same shape, at the place of the first. */
export interface Shape {
  parts: MaskPart[];
  isError: boolean;
  /** Number of its first line, from 1. */
  number: number;
  times: number;
}

export interface DiffRow {
  kind: "alike" | "was" | "is";
  before: Shape | null;
  now: Shape | null;
}

export interface LogDiff {
  rows: DiffRow[];
  alike: number;
  onlyBefore: number;
  onlyNow: number;
  /** Shapes beyond the most that are compared. */
  left: number;
}

/** A log with more shapes than that repeats nothing: side by side it says no more. */
const mostShapes = 3_000;
/** Beyond so many edits the order is not worth the time: what is in one only is told all the same. */
const mostEdits = 2_000;

type Shapes = Map<string, Shape>;

function shapesOf(lines: LogLine[], isMasked: boolean): { shapes: Shapes; left: number } {
  const shapes: Shapes = new Map();
  let left = 0;
  for (const [index, { text, level, source }] of lines.entries()) {
    const key = `${source} ${isMasked ? shapeOf(text) : text}`;
    const known = shapes.get(key);
    if (known) {
      known.times += 1;
      known.isError ||= level === "error";
    } else if (shapes.size >= mostShapes) left += 1;
    else {
      const parts = isMasked ? maskLine(text) : [{ text, mask: null }];
      shapes.set(key, { parts, isError: level === "error", number: index + 1, times: 1 });
    }
  }
  return { shapes, left };
}

/** What each of two logs says that the other does not, in the order of both; a line that only moved is alike. */
export function diffLogs(before: LogLine[], now: LogLine[], isMasked: boolean): LogDiff {
  const [was, is] = [shapesOf(before, isMasked), shapesOf(now, isMasked)];
  const rows = order(was.shapes, is.shapes);
  const count = (kind: DiffRow["kind"]) => rows.filter((row) => row.kind === kind).length;
  return { rows, alike: count("alike"), onlyBefore: count("was"), onlyNow: count("is"), left: was.left + is.left };
}

function order(was: Shapes, is: Shapes): DiffRow[] {
  const changes = diffArrays([...was.keys()], [...is.keys()], { maxEditLength: mostEdits }) ?? [
    { value: [...was.keys()], removed: true, added: false },
    { value: [...is.keys()], removed: false, added: true },
  ];
  return changes.flatMap(({ value, added, removed }) =>
    value.flatMap((key): DiffRow[] => {
      const [before, now] = [was.get(key) ?? null, is.get(key) ?? null];
      if (removed) return now ? [] : [{ kind: "was", before, now: null }];
      if (added && !before) return [{ kind: "is", before: null, now }];
      return [{ kind: "alike", before, now }];
    }),
  );
}

/** Runs of alike rows folded to one, but for one on either side of what differs. */
export type FoldedRow = { fold: DiffRow[] } | { row: DiffRow };

export function folded(rows: DiffRow[]): FoldedRow[] {
  const isNear = rows.map((_, index) => [index - 1, index, index + 1].some((at) => rows[at] !== undefined && rows[at]?.kind !== "alike"));
  const result: FoldedRow[] = [];
  for (const [index, row] of rows.entries()) {
    if (isNear[index]) {
      result.push({ row });
      continue;
    }
    const last = result.at(-1);
    if (last && "fold" in last) last.fold.push(row);
    else result.push({ fold: [row] });
  }
  return result;
}
