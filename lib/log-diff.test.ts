import { describe, expect, test } from "vitest";
import { diffLogs, folded } from "./log-diff";
import type { LogLine } from "./schemas/attempt";

const line = (text: string, level: LogLine["level"] = null): LogLine => ({
  id: text,
  at: null,
  source: "container",
  stream: "s",
  level,
  text,
});
const told = (before: string[], now: string[], isMasked = true) =>
  diffLogs(
    before.map((text) => line(text)),
    now.map((text) => line(text)),
    isMasked,
  );
const kinds = (diff: ReturnType<typeof told>) =>
  diff.rows.map(
    ({ kind, before, now }) => `${{ alike: "=", was: "−", is: "+" }[kind]} ${(now ?? before)?.parts.map(({ text }) => text).join("")}`,
  );

describe("two logs by their shapes", () => {
  test("times and counts do not differ, what is said once more or less does", () => {
    const diff = told(
      ["start 08:00:01", "batch 1 of 3", "batch 2 of 3", "archive absent", "done"],
      ["start 09:10:44", "batch 1 of 9", "archive present", "done"],
    );
    expect(kinds(diff)).toEqual(["= start 09:10:44", "= batch 1 of 9", "− archive absent", "+ archive present", "= done"]);
    expect(diff).toMatchObject({ alike: 3, onlyBefore: 1, onlyNow: 1, left: 0 });
    expect(diff.rows[1]).toMatchObject({ before: { times: 2, number: 2 }, now: { times: 1, number: 2 } });
  });

  test("with the masks off each other figure is another line", () => {
    expect(told(["batch 1"], ["batch 2"], false)).toMatchObject({ alike: 0, onlyBefore: 1, onlyNow: 1 });
  });

  test("a line that only moved is no difference", () => {
    expect(told(["a", "b", "c", "d"], ["d", "a", "b", "c"])).toMatchObject({ alike: 4, onlyBefore: 0, onlyNow: 0 });
  });

  test("each shape of either log is told exactly once, whatever the logs hold", () => {
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 48271) % 2147483647;
      return seed % below;
    };
    for (let turn = 0; turn < 200; turn++) {
      const make = () => Array.from({ length: random(30) }, () => `word${"abcdefghij"[random(10)]} ${random(100)}`);
      const [before, now] = [make(), make()];
      const { rows } = told(before, now);
      const shapes = (lines: string[]) => new Set(lines.map((text) => text.split(" ")[0]));
      const of = (kind: string) => rows.filter((row) => row.kind === kind).map(({ before: b, now: n }) => (n ?? b)?.parts[0]?.text.trim());
      const [was, is] = [shapes(before), shapes(now)];
      expect(of("was").sort()).toEqual([...was].filter((shape) => !is.has(shape)).sort());
      expect(of("is").sort()).toEqual([...is].filter((shape) => !was.has(shape)).sort());
      expect(of("alike").sort()).toEqual([...is].filter((shape) => was.has(shape)).sort());
    }
  });

  test("two long logs without anything in common: the first shapes are told, and how many lines are left", () => {
    const words = (prefix: string) =>
      Array.from({ length: 20_000 }, (_, n) => `${prefix}${[...String(n)].map((digit) => "abcdefghij"[Number(digit)]).join("")}`);
    const diff = told(words("x"), words("y"));
    expect(diff).toMatchObject({ onlyBefore: 3_000, onlyNow: 3_000, left: 34_000 });
  });

  test("what is alike folds away, but for a line beside each difference", () => {
    const { rows } = told(["a", "b", "c", "d", "x", "e", "f", "g"], ["a", "b", "c", "d", "e", "f", "g"]);
    expect(folded(rows).map((each) => ("fold" in each ? each.fold.length : each.row.kind))).toEqual([3, "alike", "was", "alike", 2]);
  });
});
