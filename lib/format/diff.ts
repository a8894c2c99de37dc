import { diffLines, diffWordsWithSpace } from "diff";

/** `changed`: what differs within a line that has a counterpart. `masked`: a time, an id, a count that was set aside before comparing. */
export type DiffPart = { text: string; kind?: "changed" | "masked" };

/** A line of the difference; `before` and `after` are its line numbers, null on the side that lacks it. A new error line alone is red. */
export type DiffRow = {
  kind: "same" | "was" | "is";
  before: number | null;
  after: number | null;
  parts: DiffPart[];
  isError?: boolean;
};

/** Both sides of one line of a side-by-side difference; null: the side has no such line. */
export type DiffPair = { left: DiffRow | null; right: DiffRow | null };

/** Rows to show, or equal ones that fold to their count. */
export type Folded<T> = { key: number; rows: T[]; isFold: boolean };

/** As long as a person waits without wondering; then what lies between the common beginning and end is told as a whole. */
const longestMs = 200;
/** Lines that share less than this are two lines, not one that changed. */
const leastAlike = 0.4;
/** In a larger change nobody looks for words. */
const longestBlock = 200;

const linesOf = (text: string): string[] => (text === "" ? [] : text.replace(/\r\n/g, "\n").replace(/\n$/, "").split("\n"));

/** Line by line what changed between two texts, with the words that changed within a line. */
export function diffRows(before: string, after: string): DiffRow[] {
  const old = linesOf(before);
  const young = linesOf(after);
  const changes = changesOf(old, young);
  const rows: DiffRow[] = [];
  let left = 0;
  let right = 0;
  for (let index = 0; index < changes.length; index += 1) {
    const { kind, count } = changes[index] as Change;
    if (kind === "same") {
      for (let line = 0; line < count; line += 1)
        rows.push({ kind, before: left + line + 1, after: right + line + 1, parts: [{ text: young[right + line] ?? "" }] });
      left += count;
      right += count;
      continue;
    }
    const next = changes[index + 1];
    const removed = kind === "was" ? count : 0;
    const added = kind === "is" ? count : next?.kind === "is" ? next.count : 0;
    if (kind === "was" && added > 0) index += 1;
    rows.push(...changedRows(old.slice(left, left + removed), young.slice(right, right + added), left, right));
    left += removed;
    right += added;
  }
  return rows;
}

type Change = { kind: DiffRow["kind"]; count: number };

function changesOf(old: string[], young: string[]): Change[] {
  // Each side ends with a line break, so that a last line without one is no difference.
  const text = (lines: string[]) => lines.map((line) => `${line}\n`).join("");
  const found = diffLines(text(old), text(young), { timeout: longestMs });
  if (found) return found.map(({ added, removed, count }) => ({ kind: added ? "is" : removed ? "was" : "same", count }));
  let head = 0;
  while (head < old.length && head < young.length && old[head] === young[head]) head += 1;
  let tail = 0;
  while (tail < Math.min(old.length, young.length) - head && old.at(-1 - tail) === young.at(-1 - tail)) tail += 1;
  return (
    [
      { kind: "same", count: head },
      { kind: "was", count: old.length - head - tail },
      { kind: "is", count: young.length - head - tail },
      { kind: "same", count: tail },
    ] satisfies Change[]
  ).filter(({ count }) => count > 0);
}

function changedRows(removed: string[], added: string[], left: number, right: number): DiffRow[] {
  const isLong = Math.max(removed.length, added.length) > longestBlock;
  const alike = removed.map((line, index) => {
    const other = added[index];
    return other === undefined || isLong ? null : wordsOf(line, other);
  });
  return [
    ...removed.map(
      (line, index): DiffRow => ({ kind: "was", before: left + index + 1, after: null, parts: alike[index]?.was ?? [{ text: line }] }),
    ),
    ...added.map(
      (line, index): DiffRow => ({ kind: "is", before: null, after: right + index + 1, parts: alike[index]?.is ?? [{ text: line }] }),
    ),
  ];
}

function wordsOf(before: string, after: string): { was: DiffPart[]; is: DiffPart[] } | null {
  const words = diffWordsWithSpace(before, after, { maxEditLength: 200 });
  if (!words) return null;
  const shared = words.reduce((sum, { added, removed, value }) => sum + (added || removed ? 0 : value.trim().length), 0);
  if (shared < leastAlike * Math.min(before.trim().length, after.trim().length)) return null;
  const partsOf = (side: "added" | "removed") =>
    words
      .filter((word) => word[side] || !(word.added || word.removed))
      .map((word): DiffPart => ({ text: word.value, ...(word[side] && { kind: "changed" as const }) }));
  return { was: partsOf("removed"), is: partsOf("added") };
}

/** The same rows side by side: what was and what is stand beside each other, in their order. */
export function pairRows(rows: DiffRow[]): DiffPair[] {
  const pairs: DiffPair[] = [];
  let was: DiffRow[] = [];
  let is: DiffRow[] = [];
  const flush = () => {
    for (let index = 0; index < Math.max(was.length, is.length); index += 1)
      pairs.push({ left: was[index] ?? null, right: is[index] ?? null });
    was = [];
    is = [];
  };
  for (const row of rows) {
    if (row.kind === "same") {
      flush();
      pairs.push({ left: row, right: row });
    } else if (row.kind === "was") {
      if (is.length > 0) flush();
      was.push(row);
    } else is.push(row);
  }
  flush();
  return pairs;
}

/** Equal rows further than `around` from any change fold, when there are enough of them to be worth it. */
export function foldRows<T>(rows: T[], isSame: (row: T) => boolean, around = 3): Folded<T>[] {
  const parts: Folded<T>[] = [];
  const add = (from: number, to: number, isFold: boolean) => {
    if (to > from) parts.push({ key: from, rows: rows.slice(from, to), isFold });
  };
  let from = 0;
  while (from < rows.length) {
    const isSameHere = isSame(rows[from] as T);
    let to = from + 1;
    while (to < rows.length && isSame(rows[to] as T) === isSameHere) to += 1;
    const head = from === 0 ? 0 : around;
    const tail = to === rows.length ? 0 : around;
    if (!isSameHere || to - from <= head + tail + 1) add(from, to, false);
    else {
      add(from, from + head, false);
      add(from + head, to - tail, true);
      add(to - tail, to, false);
    }
    from = to;
  }
  return parts;
}

export const hasDifference = (rows: DiffRow[]): boolean => rows.some(({ kind }) => kind !== "same");
