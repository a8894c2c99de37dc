import { expect, test } from "vitest";
import { nextPoint, rowOfLetters } from "./use-grid-point";

const size = { rows: 5, columns: 3, page: 2 };
const from =
  (row: number, column: number) =>
  (key: string, isFar = false) =>
    nextPoint({ row, column }, key, isFar, size);

test("keys move one tab stop over cells, names and heads, and stop at the edges", () => {
  const middle = from(2, 1);
  expect(middle("ArrowUp")).toEqual({ row: 1, column: 1 });
  expect(middle("ArrowRight")).toEqual({ row: 2, column: 2 });
  expect(middle("Home")).toEqual({ row: 2, column: -1 });
  expect(middle("End")).toEqual({ row: 2, column: 2 });
  expect(middle("Home", true)).toEqual({ row: -1, column: -1 });
  expect(middle("End", true)).toEqual({ row: 4, column: 2 });
  expect(middle("PageDown")).toEqual({ row: 4, column: 1 });
  expect(middle("PageUp")).toEqual({ row: 0, column: 1 });
  expect(middle("Tab")).toBeNull();
  expect(from(-1, -1)("ArrowUp")).toEqual({ row: -1, column: -1 });
  expect(from(4, 2)("PageDown")).toEqual({ row: 4, column: 2 });
  expect(from(4, 2)("ArrowRight")).toEqual({ row: 4, column: 2 });
});

test("letters find the next task that begins with them, around the end", () => {
  const labels = ["extract", "load_a", "load_b", "check"];
  expect(rowOfLetters(labels, 0, "l")).toBe(1);
  expect(rowOfLetters(labels, 1, "l")).toBe(2);
  expect(rowOfLetters(labels, 2, "l")).toBe(1);
  expect(rowOfLetters(labels, 1, "load_b")).toBe(2);
  expect(rowOfLetters(labels, -1, "EX")).toBe(0);
  expect(rowOfLetters(labels, 0, "z")).toBe(-1);
});
