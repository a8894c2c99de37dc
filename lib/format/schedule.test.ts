import { expect, test } from "vitest";
import { scheduleWords } from "./schedule";

test.each([
  ["15 6 * * *", "daily at 06:15 UTC"],
  ["0 * * * *", "hourly at :00"],
  ["*/15 * * * *", "every 15 min"],
  ["7-59/15 * * * *", "every 15 min from :07"],
  ["30 7 * * 1-5", "working days at 07:30 UTC"],
  ["0 4 * * 0", "Sundays at 04:00 UTC"],
  ["30 7 * * MON-FRI", "working days at 07:30 UTC"],
  ["0 4 * * 7", "Sundays at 04:00 UTC"],
  ["0 4 * * 1,3", "Mondays and Wednesdays at 04:00 UTC"],
  ["0:30:00", "every 30 min"],
  ["1 day, 0:30:00", "every 24 h 30 min"],
  ["7 days, 0:00:00", "every 7 d"],
  ["Asset", "by assets"],
  ["@daily", "daily at 00:00 UTC"],
  ["@weekly", "Sundays at 00:00 UTC"],
  ["0 6,18 * * *", "daily at 06:00 and 18:00 UTC"],
  ["12 */6 * * *", "every 6 h from 00:12 UTC"],
  ["5 */2 * * *", "every 2 h from 00:05 UTC"],
  ["0 8-18 * * 1-5", "working days hourly from 08:00 to 18:00 UTC"],
  ["0 6 1 * *", "monthly on day 1 at 06:00 UTC"],
])("%s is %s", (cron, words) => expect(scheduleWords(cron, "UTC")).toBe(words));

test.each([
  ["America/New_York", "daily at 06:15 New York time"],
  ["Europe/Berlin", "daily at 06:15 Berlin time"],
  [null, "daily at 06:15"],
])("a schedule in the zone %s is %s", (zone, words) => expect(scheduleWords("15 6 * * *", zone)).toBe(words));

test.each([
  ["nonsense"],
  ["0:01:30"],
  ["relativedelta(months=+1)"],
  ["0 6 * * * 2026"],
  ["0 25 * * *"],
  ["*/0 * * * *"],
  // The last step of an hour, or of a day, is shorter than the others.
  ["*/7 * * * *"],
  ["0 */5 * * *"],
  // On the first, and on Mondays as well.
  ["0 6 1 * 1"],
  ["0 6 L * *"],
  ["0 6 1 1 *"],
])("%s stays as it is: words would not be exact", (cron) => expect(scheduleWords(cron, "UTC")).toBeNull());
