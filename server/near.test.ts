import { expect, test } from "vitest";
import { isHoliday } from "./holidays";
import { nearNames, notFound } from "./near";

const known = ["sales_daily", "sales_hourly", "fx_rates_hourly", "orders_faults"];

test.each([
  ["sales_dayly", ["sales_daily"]],
  ["SALES_DAILY", ["sales_daily"]],
  ["fx_rates", ["fx_rates_hourly"]],
  ["nothing like it at all", []],
])("%s resembles %j", (wanted, near) => {
  expect(nearNames(wanted, known).slice(0, near.length || 1)).toEqual(near);
});

test("without anything near, what there is is named; without anything at all, that is said", () => {
  expect(notFound("pipeline", "zzz", known).remedy).toBe("Known: sales_daily, sales_hourly, fx_rates_hourly, orders_faults.");
  expect(notFound("pipeline", "zzz", []).remedy).toBe("No pipeline is known there yet.");
  expect(notFound("run", "x".repeat(2_000), []).message.length).toBeLessThan(300);
});

test.each([
  ["ES", "2026-12-08", true],
  ["ES", "2026-12-09", false],
  ["ES-MD", "2026-05-02", true],
  ["ES", "2026-05-02", false],
  ["DE", "2026-10-03", true],
  ["nowhere", "2026-12-25", false],
])("in %s, %s is a public holiday: %s", (calendar, date, expected) => {
  expect(isHoliday(calendar, date)).toBe(expected);
});
