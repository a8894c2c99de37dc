import { expect, test } from "vitest";
import type { LogLine, LogPage } from "@/lib/schemas/attempt";
import { addPage, mergeLines } from "./log-pages";

const line = (id: string): LogLine => ({ id, at: null, source: "container", stream: "s", level: null, text: id });
const page = (ids: string[], nextCursor: string | null, isComplete = false): LogPage => ({
  lines: ids.map(line),
  streams: [],
  nextCursor,
  isComplete,
  asOf: "2026-11-22T00:00:00Z",
  sources: [],
});
const idsOf = (lines: LogLine[]) => lines.map(({ id }) => id);

test("pages follow one another", () => {
  const first = addPage(undefined, page(["1", "2"], "c1"));
  const second = addPage(first, page(["3"], "c2"));
  expect(idsOf(second.lines)).toEqual(["1", "2", "3"]);
  expect(second).toMatchObject({ cursor: "c2", hasMore: true, isComplete: false });
});

test("a line that a slow stream delivers late takes its place, and none comes twice", () => {
  expect(idsOf(mergeLines([line("1"), line("3"), line("4")], [line("2"), line("4"), line("5")]))).toEqual(["1", "2", "3", "4", "5"]);
});

test("an empty page of a live log keeps the lines and the cursor, and is no reason to ask again at once", () => {
  const known = addPage(undefined, page(["1"], "c1"));
  const next = addPage(known, page([], "c1"));
  expect(next.lines).toBe(known.lines);
  expect(next).toMatchObject({ cursor: "c1", hasMore: false });
});

test("the end of a finished log is final", () => {
  const whole = addPage(addPage(undefined, page(["1"], "c1")), page(["2"], null, true));
  expect(whole).toMatchObject({ hasMore: false, isComplete: true, cursor: "c1" });
});
