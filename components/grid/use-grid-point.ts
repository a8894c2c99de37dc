import { type KeyboardEvent, useCallback, useRef, useState } from "react";

/** Row -1 is the head, column -1 the names. */
export type Point = { row: number; column: number };

type Size = { rows: number; columns: number; page: number };

const typingMs = 700;

/** Where a key goes from a point; null for a key that the grid leaves alone. */
export function nextPoint({ row, column }: Point, key: string, isFar: boolean, { rows, columns, page }: Size): Point | null {
  const to = (newRow: number, newColumn: number): Point => ({
    row: Math.min(Math.max(newRow, -1), rows - 1),
    column: Math.min(Math.max(newColumn, -1), columns - 1),
  });
  switch (key) {
    case "ArrowUp":
      return to(row - 1, column);
    case "ArrowDown":
      return to(row + 1, column);
    case "ArrowLeft":
      return to(row, column - 1);
    case "ArrowRight":
      return to(row, column + 1);
    case "Home":
      return to(isFar ? -1 : row, -1);
    case "End":
      return to(isFar ? rows - 1 : row, columns - 1);
    case "PageUp":
      return to(row - page, column);
    case "PageDown":
      return to(row + page, column);
    default:
      return null;
  }
}

/** The row that typed letters mean: from the present one on, so that the same letters again find the next. */
export function rowOfLetters(labels: string[], from: number, typed: string): number {
  const wanted = typed.toLowerCase();
  const start = typed.length > 1 ? from : from + 1;
  for (let step = 0; step < labels.length; step++) {
    const at = (Math.max(start, 0) + step) % labels.length;
    if (labels[at]?.toLowerCase().startsWith(wanted)) return at;
  }
  return -1;
}

/** One tab stop that keys move over the grid. */
export function useGridPoint(start: Point, size: Size, labels: () => string[], reach: (point: Point) => void) {
  const [asked, setPoint] = useState(start);
  const typed = useRef({ text: "", at: 0 });
  const point = { row: Math.min(asked.row, size.rows - 1), column: Math.min(asked.column, size.columns - 1) };
  const go = useCallback(
    (next: Point) => {
      setPoint(next);
      reach(next);
    },
    [reach],
  );
  const onKeyDown = (event: KeyboardEvent): boolean => {
    if (event.altKey) return false;
    const isFar = event.ctrlKey || event.metaKey;
    const next = nextPoint(point, event.key, isFar, size);
    if (next) {
      go(next);
      event.preventDefault();
      return true;
    }
    if (isFar || event.key.length !== 1 || event.key === " " || event.key === "?") return false;
    const { text, at } = typed.current;
    const all = event.timeStamp - at < typingMs ? text + event.key : event.key;
    typed.current = { text: all, at: event.timeStamp };
    const row = rowOfLetters(labels(), point.row, all);
    if (row >= 0) go({ row, column: point.column });
    event.preventDefault();
    event.stopPropagation();
    return true;
  };
  return { point, go, onKeyDown };
}
