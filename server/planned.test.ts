import { beforeAll, describe, expect, test } from "vitest";
import { nextRunAt, plannedRuns } from "./planned";
import { configure } from "./testing/configuration";

beforeAll(() => void configure());

const ms = (time: string) => Date.parse(`2026-11-${time}Z`);
const given = {
  environment: "local",
  schedule: "*/30 * * * *",
  zone: null,
  isPaused: false,
  isGone: false,
  nextRunAt: new Date(ms("22T12:00")),
};
const past = ["22T11:30", "22T11:00", "22T10:30", "22T10:00"].map(ms);
const today = { from: ms("22T00:00"), until: ms("22T13:00") };
const times = (...[row, runs, window, now]: Parameters<typeof plannedRuns>) =>
  plannedRuns(row, runs, window, now).planned.map(({ at }) => at.slice(8, 16));

describe("a next run whose time has passed", () => {
  const now = ms("22T12:00") + 20_000;

  test("is due until it has been seen", () => {
    expect(times(given, past, today, now)).toEqual(["22T12:00", "22T12:30", "22T13:00"]);
    expect(nextRunAt(given, past, now)).toBe("2026-11-22T12:00:00.000Z");
  });

  test("gives way to the one after it once it has been seen, whatever Airflow still names", () => {
    const seen = [ms("22T12:00"), ...past];
    expect(times(given, seen, today, now)).toEqual(["22T12:30", "22T13:00"]);
    expect(nextRunAt(given, seen, now)).toBe("2026-11-22T12:30:00.000Z");
    const unread = { ...given, schedule: "0 6 1W * *" };
    expect(nextRunAt(unread, seen, now)).toBe("2026-11-22T12:30:00.000Z");
    expect(plannedRuns(unread, seen, today, now).planned.every(({ isLikely }) => isLikely)).toBe(true);
  });

  test("brings none of those whose time has passed since", () => {
    expect(times(given, past, today, ms("22T12:45"))).toEqual(["22T12:00", "22T13:00"]);
  });

  test("comes now, so that it is of the window that now is in", () => {
    const late = { ...given, schedule: "50 23 * * *", nextRunAt: new Date(ms("21T23:50")) };
    const after = ms("22T00:10");
    expect(times(late, [], today, after)).toEqual(["21T23:50"]);
    expect(times(late, [], { from: ms("21T00:00"), until: ms("22T00:00") }, after)).toEqual([]);
    expect(times(late, [], { from: ms("23T00:00"), until: ms("24T00:00") }, after)).toEqual(["23T23:50"]);
  });

  test("is none of a pipeline that is paused or gone", () => {
    for (const row of [
      { ...given, isPaused: true },
      { ...given, isGone: true },
    ]) {
      expect(times(row, past, today, now)).toEqual([]);
      expect(nextRunAt(row, past, now)).toBeNull();
    }
  });
});

test("a later day has its runs though the next one comes before it", () => {
  const daily = { ...given, schedule: "@daily", nextRunAt: new Date(ms("23T00:00")) };
  const window = { from: ms("25T00:00"), until: ms("26T00:00") };
  expect(plannedRuns(daily, [], window, ms("22T12:00")).planned).toEqual([
    { at: "2026-11-25T00:00:00.000Z", isLikely: false },
    { at: "2026-11-26T00:00:00.000Z", isLikely: false },
  ]);
});

test("a schedule is meant in the DAG's own zone, where Airflow has told it, on both sides of a change of the clock", () => {
  const berlin = { ...given, schedule: "30 6 * * *", zone: "Europe/Berlin", nextRunAt: new Date("2027-03-27T05:30:00Z") };
  const window = { from: Date.parse("2027-03-27T12:00Z"), until: Date.parse("2027-03-29T12:00Z") };
  expect(plannedRuns(berlin, [], window, Date.parse("2027-03-27T00:00Z")).planned).toEqual([
    { at: "2027-03-28T04:30:00.000Z", isLikely: false },
    { at: "2027-03-29T04:30:00.000Z", isLikely: false },
  ]);
});

test("what is beyond those that are told is said", () => {
  const often = { ...given, schedule: "* * * * *" };
  const { planned, more } = plannedRuns(often, past, { from: ms("22T00:00"), until: ms("29T00:00") }, ms("22T11:59"));
  expect([planned.length, more]).toEqual([200, true]);
});
