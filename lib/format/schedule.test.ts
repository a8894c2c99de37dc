import { expect, test } from "vitest";
import { scheduleWords } from "./schedule";

test.each([
  ["15 6 * * *", "daily at 06:15 UTC"],
  ["0 * * * *", "hourly at :00"],
  ["*/15 * * * *", "every 15 min"],
  ["30 7 * * 1-5", "working days at 07:30 UTC"],
  ["0 4 * * 0", "Sundays at 04:00 UTC"],
  ["@daily", "daily at 00:00 UTC"],
])("%s is %s", (cron, words) => expect(scheduleWords(cron, "UTC")).toBe(words));

test.each([
  ["America/New_York", "daily at 06:15 New York time"],
  ["Europe/Berlin", "daily at 06:15 Berlin time"],
  [null, "daily at 06:15"],
])("a schedule in the zone %s is %s", (zone, words) => expect(scheduleWords("15 6 * * *", zone)).toBe(words));

test.each(["0 6 1 * *", "0 6,18 * * *", "nonsense", "0 6 * * * 2026"])("%s stays as it is: words would not be exact", (cron) =>
  expect(scheduleWords(cron, "UTC")).toBeNull(),
);
