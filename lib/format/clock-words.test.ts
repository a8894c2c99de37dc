import { expect, test } from "vitest";
import type { ClockRow } from "@/lib/schemas/clock";
import { rowSaid } from "./clock-words";

const at = (time: string) => `2026-11-22T${time}:00.000Z`;
const row: ClockRow = {
  environment: "local",
  pipeline: "sales_daily",
  owners: [],
  schedule: "15 6 * * *",
  isPaused: false,
  nextRunAt: at("12:00"),
  lastRun: null,
  bars: [],
  planned: [
    { at: at("12:00"), isLikely: false },
    { at: at("12:30"), isLikely: false },
  ],
  morePlanned: false,
  due: [],
  usual: null,
  unknownSince: null,
};
const said = (changes: Partial<ClockRow>, now = at("11:50")) => rowSaid({ ...row, ...changes }, Date.parse(now), "UTC");

test("what is to come is counted, with when the next one comes or was due", () => {
  expect(said({})).toContain("; 2 to come, next 12:00.");
  expect(said({}, at("12:01"))).toContain("; 2 to come, next was due 12:00.");
});

test("one that comes after the window is said, too", () => {
  expect(said({ planned: [], nextRunAt: "2026-11-23T06:15:00.000Z" })).toContain("; next Mon 23 Nov, 06:15.");
  expect(said({ planned: [], nextRunAt: null })).toContain("; none to come.");
});
