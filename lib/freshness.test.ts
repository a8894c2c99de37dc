import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addDays, expectedMsBetween, instantOf, isExpectedDay, localDate, localTime } from "./calendar";
import { type Expectation, type FreshnessFacts, type FreshnessRule, judgedFrom, judgeFreshness, judgeLoad } from "./freshness";

const hour = 3_600_000;
const noHoliday = () => false;
const daily: Expectation = { by: "08:00", zone: "Europe/Madrid", days: "all", graceMs: 15 * 60_000, isHoliday: noHoliday };
const working: Expectation = { ...daily, days: "working", isHoliday: (date) => date === "2026-12-08" };
const by = (expect: Expectation): FreshnessRule => ({ expect, warnAfterMs: null, errorAfterMs: null });

/** A wall-clock time in Madrid as an instant. */
const at = (text: string) => new Date(instantOf(text.slice(0, 10), text.slice(11), "Europe/Madrid"));
function facts(loaded: string | null, dataThrough: string | null, now: Date, more: Partial<FreshnessFacts> = {}): FreshnessFacts {
  return {
    loadedAt: loaded === null ? null : at(loaded).toISOString(),
    dataThrough,
    checkedAt: now.toISOString(),
    checkError: null,
    lastRun: null,
    ...more,
  };
}
function judge(rule: FreshnessRule, now: string, loaded: string | null, dataThrough: string | null, more: Partial<FreshnessFacts> = {}) {
  return judgeFreshness(rule, facts(loaded, dataThrough, at(now), more), at(now));
}

describe("a daily deadline at 08:00 in Madrid", () => {
  const rule = by(daily);
  test.each([
    ["here before its time", "2026-03-17 08:35", "2026-03-17 06:43", "2026-03-16", "on_time"],
    ["here already, before the deadline", "2026-03-17 07:30", "2026-03-17 06:43", "2026-03-16", "on_time"],
    ["yesterday's, long before the next deadline", "2026-03-17 04:00", "2026-03-16 06:43", "2026-03-15", "on_time"],
    ["an hour before the deadline", "2026-03-17 07:05", "2026-03-16 06:43", "2026-03-15", "due_soon"],
    ["within the grace", "2026-03-17 08:10", "2026-03-16 06:43", "2026-03-15", "due_soon"],
    ["after the grace", "2026-03-17 08:35", "2026-03-16 06:43", "2026-03-15", "late"],
    ["late, but here now", "2026-03-17 09:35", "2026-03-17 09:10", "2026-03-16", "on_time"],
    ["a late load does not serve the next day", "2026-03-17 08:35", "2026-03-16 09:10", "2026-03-15", "late"],
    ["a late load without data-through neither", "2026-03-17 08:35", "2026-03-16 09:10", null, "late"],
    ["a backfill of old data does not make it fresh", "2026-03-17 08:35", "2026-03-17 07:50", "2026-02-01", "late"],
    ["data through today, loaded yesterday evening, is not today's load", "2026-03-17 08:35", "2026-03-16 17:00", "2026-03-16", "late"],
  ] as const)("%s: %s", (_, now, loaded, through, state) => {
    expect(judge(rule, now, loaded, through).state).toBe(state);
  });

  test("late says by how much, since when, and when the next one is due", () => {
    expect(judge(rule, "2026-03-17 08:35", "2026-03-16 06:43", "2026-03-15")).toMatchObject({
      lateByMs: 35 * 60_000,
      expectedBy: at("2026-03-17 08:00").toISOString(),
      nextExpectedBy: at("2026-03-18 08:00").toISOString(),
      reason: "Due by 08:00 (Europe/Madrid); 35 min late.",
    });
  });

  test("a failed run for what is due makes it failed, before the deadline too", () => {
    const lastRun = { state: "failed" as const, endedAt: at("2026-03-17 06:40").toISOString() };
    expect(judge(rule, "2026-03-17 07:05", "2026-03-16 06:43", "2026-03-15", { lastRun }).state).toBe("failed");
    expect(judge(rule, "2026-03-17 08:35", "2026-03-16 06:43", "2026-03-15", { lastRun }).state).toBe("failed");
  });

  test("a run that failed after a good load changes nothing", () => {
    const lastRun = { state: "failed" as const, endedAt: at("2026-03-17 10:00").toISOString() };
    expect(judge(rule, "2026-03-17 10:05", "2026-03-17 06:43", "2026-03-16", { lastRun }).state).toBe("on_time");
  });
});

describe("working days", () => {
  const rule = by(working);
  test("Saturday with Friday's load: nothing is expected", () => {
    expect(judge(rule, "2026-03-14 11:00", "2026-03-13 06:43", "2026-03-12").state).toBe("not_expected");
  });
  test("Saturday without Friday's load: still late", () => {
    expect(judge(rule, "2026-03-14 11:00", "2026-03-12 06:43", "2026-03-11").state).toBe("late");
  });
  test("Monday before 08:00 with Friday's load raises no alarm, and after the grace it does", () => {
    expect(judge(rule, "2026-03-16 06:00", "2026-03-13 06:43", "2026-03-12").state).toBe("on_time");
    expect(judge(rule, "2026-03-16 08:30", "2026-03-13 06:43", "2026-03-12").state).toBe("late");
  });
  test("a holiday is skipped: nothing expected on it, and the day after is judged by the day before it", () => {
    expect(judge(rule, "2026-12-08 12:00", "2026-12-07 06:43", "2026-12-06").state).toBe("not_expected");
    expect(judge(rule, "2026-12-09 08:30", "2026-12-09 06:43", "2026-12-08").state).toBe("on_time");
    expect(judge(rule, "2026-12-09 08:30", "2026-12-07 06:43", "2026-12-06").state).toBe("late");
  });
  test("an age counts working days only", () => {
    const aged = { ...rule, warnAfterMs: 26 * hour, errorAfterMs: 36 * hour };
    expect(judge(aged, "2026-03-15 20:00", "2026-03-13 06:43", "2026-03-12").state).toBe("not_expected");
    expect(judge(aged, "2026-03-16 07:00", "2026-03-13 06:43", null).state).toBe("due_soon");
  });
});

describe("ages without a deadline", () => {
  const rule: FreshnessRule = { expect: null, warnAfterMs: 2 * hour, errorAfterMs: 3 * hour };
  test.each([
    ["2026-03-17 10:00", "on_time"],
    ["2026-03-17 11:30", "due_soon"],
    ["2026-03-17 12:30", "late"],
  ] as const)("loaded at 09:00, at %s: %s", (now, state) => {
    expect(judge(rule, now, "2026-03-17 09:00", null).state).toBe(state);
  });
  test("old data that was loaded just now is old", () => {
    expect(judge(rule, "2026-03-17 10:00", "2026-03-17 09:59", at("2026-03-16 10:00").toISOString()).state).toBe("late");
  });
  test("no rule at all is said, not judged", () => {
    const none = judge({ expect: null, warnAfterMs: null, errorAfterMs: null }, "2026-03-17 10:00", "2026-03-17 09:00", null);
    expect(none).toMatchObject({ state: "not_expected", reason: expect.stringContaining("No expectation") });
  });
});

describe("evidence that is missing", () => {
  test.each([
    ["never read", { checkedAt: null }, "never read"],
    [
      "failing for ten minutes",
      { checkedAt: at("2026-03-17 08:25").toISOString(), checkError: "permission denied for schema sales" },
      "permission denied",
    ],
  ] as [string, Partial<FreshnessFacts>, string][])("%s: unknown, never on time", (_, more, reason) => {
    const verdict = judge(by(daily), "2026-03-17 08:35", "2026-03-17 06:43", "2026-03-16", more);
    expect(verdict.state).toBe("unknown");
    expect(verdict.reason).toContain(reason);
  });
  test("an empty table without a load is unknown", () => {
    expect(judge(by(daily), "2026-03-17 08:35", null, null).state).toBe("unknown");
  });
});

describe("clocks that change", () => {
  test("the deadline is 08:00 on the wall on both sides of the change", () => {
    expect(instantOf("2026-03-28", "08:00", "Europe/Madrid")).toBe(Date.parse("2026-03-28T07:00:00Z"));
    expect(instantOf("2026-03-29", "08:00", "Europe/Madrid")).toBe(Date.parse("2026-03-29T06:00:00Z"));
    expect(judge(by(daily), "2026-03-29 08:35", "2026-03-28 06:43", "2026-03-27")).toMatchObject({ state: "late", lateByMs: 35 * 60_000 });
  });
  test("a time that the clock skips is as much later; one that it shows twice is the first", () => {
    expect(instantOf("2026-03-29", "02:30", "Europe/Madrid")).toBe(Date.parse("2026-03-29T01:30:00Z"));
    expect(instantOf("2026-10-25", "02:30", "Europe/Madrid")).toBe(Date.parse("2026-10-25T00:30:00Z"));
  });

  const zone = fc.constantFrom(
    "Europe/Madrid",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "UTC",
    "America/St_Johns",
  );
  const date = fc.integer({ min: 0, max: 20 * 366 }).map((days) => addDays("2015-01-01", days));
  const time = fc
    .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
    .map(([h, m]) => `${String(h).padStart(2, "0")}:${String(m).padStart(2, "0")}`);

  test("a wall-clock time is shown by the clock at its instant, or skipped by it", () => {
    fc.assert(
      fc.property(zone, date, time, (where, day, clock) => {
        const instant = instantOf(day, clock, where);
        const isShown = localDate(instant, where) === day && localTime(instant, where) === clock;
        const gap = instantOf(addDays(day, 1), "12:00", where) - instantOf(addDays(day, -1), "12:00", where) < 48 * hour;
        expect(isShown || gap).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  test("the days between two instants add up to the time between them", () => {
    const instant = fc.integer({ min: Date.parse("2020-01-01"), max: Date.parse("2028-01-01") });
    fc.assert(
      fc.property(zone, instant, fc.integer({ min: 0, max: 20 * 24 * hour }), (where, from, length) => {
        const isWorking = expectedMsBetween(from, from + length, where, "working", noHoliday);
        const weekend = expectedMsBetween(from, from + length, where, ["sat", "sun"], noHoliday);
        expect(isWorking + weekend).toBe(length);
      }),
      { numRuns: 300 },
    );
  });

  test("a load each expected morning is never late, whatever the zone, the days and the hour one looks", () => {
    fc.assert(
      fc.property(zone, date, time, fc.constantFrom("all" as const, "working" as const), (where, day, clock, days) => {
        const rule = by({ ...daily, zone: where, days });
        const now = instantOf(day, clock, where);
        let loadDay = localTime(now, where) >= "06:00" ? day : addDays(day, -1);
        while (!isExpectedDay(loadDay, days, noHoliday)) loadDay = addDays(loadDay, -1);
        const loadedAt = new Date(instantOf(loadDay, "06:00", where)).toISOString();
        const verdict = judgeFreshness(
          rule,
          { loadedAt, dataThrough: addDays(loadDay, -1), checkedAt: new Date(now).toISOString(), checkError: null, lastRun: null },
          new Date(now),
        );
        expect(["on_time", "not_expected"]).toContain(verdict.state);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("was a load in time for its day?", () => {
  const load = (finished: string, dataThrough: string | null) => ({ finishedAt: at(finished).toISOString(), dataThrough });
  const before = [load("2026-03-15 06:40", "2026-03-14"), load("2026-03-16 06:43", "2026-03-15")];
  const own = (finished: string, dataThrough: string | null) => judgeLoad(daily, load(finished, dataThrough), before);
  const due = (day: string) => at(`${day} 08:00`).toISOString();

  test.each([
    ["before the deadline", "2026-03-17 06:43", "2026-03-16", 0, "2026-03-17"],
    ["within the grace", "2026-03-17 08:15", "2026-03-16", 0, "2026-03-17"],
    ["after the grace, from the deadline on", "2026-03-17 09:12", "2026-03-16", 1.2 * hour, "2026-03-17"],
    ["yesterday's data, a day late, do not serve today", "2026-03-18 06:43", "2026-03-16", 22 * hour + 43 * 60_000, "2026-03-17"],
    ["what says nothing of its reach counts by its time", "2026-03-17 07:00", null, 0, "2026-03-17"],
  ])("%s", (_, finished, dataThrough, lateByMs, day) => {
    expect(own(finished, dataThrough)).toEqual({ expectedBy: due(day), lateByMs, whyNotJudged: null, missed: [] });
  });

  test("the deadlines that nothing met are named by the load that came after them, as far back as loads are known", () => {
    const dues = (...days: string[]) => days.map(due);
    expect(own("2026-03-19 06:43", "2026-03-18")).toMatchObject({
      expectedBy: due("2026-03-19"),
      missed: dues("2026-03-18", "2026-03-17"),
    });
    expect(own("2026-03-30 06:43", "2026-03-29").missed).toHaveLength(5);
    expect(judgeLoad(daily, load("2026-03-19 06:43", "2026-03-18"), []).missed).toEqual([]);
    expect(judgedFrom(daily, load("2026-03-19 06:43", "2026-03-18"))).toBeLessThan(at("2026-03-14 00:00").getTime());
  });

  test("a second load of the day is not judged, whenever it comes", () => {
    expect(own("2026-03-16 15:00", "2026-03-15")).toMatchObject({ lateByMs: null, whyNotJudged: expect.stringContaining("earlier load") });
  });

  test("old data loaded again make nothing late that was in time", () => {
    expect(own("2026-03-17 06:43", "2026-03-14")).toMatchObject({ expectedBy: null, lateByMs: null });
    expect(own("2026-03-17 06:43", "2024-01-01")).toMatchObject({ lateByMs: null, whyNotJudged: expect.stringContaining("long before") });
  });

  test("clocks that are put back at night move the deadline with them", () => {
    const load = { finishedAt: "2026-10-25T07:30:00.000Z", dataThrough: "2026-10-24" };
    expect(judgeLoad(daily, load, [])).toMatchObject({ expectedBy: "2026-10-25T07:00:00.000Z", lateByMs: 30 * 60_000 });
  });

  test("after a holiday a load is judged by the next working day", () => {
    expect(judgeLoad(working, load("2026-12-09 07:00", "2026-12-07"), [])).toMatchObject({ expectedBy: due("2026-12-09"), lateByMs: 0 });
  });

  test("whenever loads come, each deadline is met or missed by one load at most, and none is late by less than the grace", () => {
    const minutes = fc.array(fc.integer({ min: 0, max: 20 * 24 * 60 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(minutes, fc.integer({ min: 0, max: 4 }), (instants, behind) => {
        const start = at("2026-03-15 00:00").getTime();
        const loads = [...new Set(instants)].map((minute) => {
          const end = start + minute * 60_000;
          return {
            finishedAt: new Date(end).toISOString(),
            dataThrough: addDays(localDate(end, daily.zone), -1 - (minute % (behind + 1))),
          };
        });
        const judged = loads.map((each) => judgeLoad(daily, each, loads)).filter(({ expectedBy }) => expectedBy !== null);
        const deadlines = judged.flatMap(({ expectedBy, missed }) => [expectedBy, ...missed]);
        expect(new Set(deadlines).size).toBe(deadlines.length);
        for (const { lateByMs } of judged) expect(lateByMs === 0 || (lateByMs ?? 0) > daily.graceMs).toBe(true);
      }),
    );
  });
});
