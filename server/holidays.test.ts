import { expect, it } from "vitest";
import { isCalendar, isHoliday } from "./holidays";

it.each([
  ["ES", "2026-01-06", true],
  ["ES", "2026-05-02", false],
  ["ES-MD", "2026-05-02", true],
  ["TR", "2026-05-26", false],
  ["TR", "2026-05-27", true],
  ["TR", "2026-05-30", true],
  ["TR", "2026-05-31", false],
])("in %s, %s is a holiday: %s", (calendar, date, isOne) => {
  expect(isHoliday(calendar, date)).toBe(isOne);
});

it("knows its calendars", () => {
  expect(["ES", "ES-MD", "TR", "US-NY"].filter((name) => !isCalendar(name))).toEqual([]);
  expect(["ESP", "es", "ES-XX", "XX", "", "constructor"].filter(isCalendar)).toEqual([]);
});
