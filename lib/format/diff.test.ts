import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type DiffRow, diffRows, foldRows, hasDifference, pairRows } from "./diff";

const text = ({ parts }: DiffRow) => parts.map((part) => part.text).join("");
const changed = ({ parts }: DiffRow) => parts.flatMap((part) => (part.kind === "changed" ? [part.text] : []));
const said = (rows: DiffRow[]) =>
  rows.map((row) => `${{ same: " ", was: "-", is: "+" }[row.kind]}${row.before ?? ""}:${row.after ?? ""} ${text(row)}`);
const lines = (count: number, from = 1) => Array.from({ length: count }, (_, index) => `line ${index + from}`);

describe("the difference of two texts", () => {
  test("line by line with both numbers, and the word that changed", () => {
    const rows = diffRows('{\n  "stopTimeout": 30,\n}', '{\n  "stopTimeout": 120,\n}');
    expect(said(rows)).toEqual([" 1:1 {", '-2:   "stopTimeout": 30,', '+:2   "stopTimeout": 120,', " 3:3 }"]);
    expect(rows.flatMap(changed)).toEqual(["30", "120"]);
  });

  test("lines that share little are two lines", () => {
    expect(diffRows("import os", "def main(): return 1").flatMap(changed)).toEqual([]);
  });

  test("a last line break and the kind of line break are no difference", () => {
    expect(hasDifference(diffRows("a\nb\n", "a\r\nb"))).toBe(false);
    expect(diffRows("", "")).toEqual([]);
  });

  test("an empty side is all new", () => {
    expect(said(diffRows("", "a\nb"))).toEqual(["+:1 a", "+:2 b"]);
    expect(said(diffRows("a\nb", ""))).toEqual(["-1: a", "-2: b"]);
  });

  test("whatever the texts, each side can be read back from the rows", () => {
    const side = fc.array(fc.constantFrom("x = 1", "x = 2", "y", ""), { maxLength: 14 }).filter((texts) => texts.at(-1) !== "");
    fc.assert(
      fc.property(side, side, (before, after) => {
        const rows = diffRows(before.join("\n"), after.join("\n"));
        expect(rows.filter((row) => row.before !== null).map(text)).toEqual(before);
        expect(rows.filter((row) => row.after !== null).map(text)).toEqual(after);
        const pairs = pairRows(rows);
        expect(pairs.flatMap(({ left }) => (left ? [text(left)] : []))).toEqual(before);
        expect(pairs.flatMap(({ right }) => (right ? [text(right)] : []))).toEqual(after);
      }),
    );
  });

  test("twenty thousand lines without one in common are told as one change", () => {
    const rows = diffRows(lines(20_000).join("\n"), lines(20_000, 50_000).join("\n"));
    expect([rows[0], rows[20_000]]).toMatchObject([
      { kind: "was", before: 1 },
      { kind: "is", after: 1 },
    ]);
    expect(rows).toHaveLength(40_000);
  });
});

describe("equal lines", () => {
  const isSame = (row: DiffRow) => row.kind === "same";
  const shape = (before: string[], after: string[]) =>
    foldRows(diffRows(before.join("\n"), after.join("\n")), isSame).map(({ rows, isFold }) => `${isFold ? "fold" : "show"} ${rows.length}`);

  test("fold but for three around each change", () => {
    const before = lines(40);
    const after = before.with(19, "other");
    expect(shape(before, after)).toEqual(["fold 16", "show 3", "show 2", "show 3", "fold 17"]);
  });

  test("stay where folding would save a line only", () => {
    const before = lines(8);
    expect(shape(before, before.with(0, "new").with(7, "other"))).toEqual(["show 2", "show 6", "show 2"]);
  });
});
