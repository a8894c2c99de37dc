import { describe, expect, test } from "vitest";
import { between, duration } from "./duration";
import { clock, dataThrough, day, isZone, logClock, moment, relative, span } from "./time";

const now = "2026-11-22T22:35:12Z";

describe("an instant in the zone of the page", () => {
  test("today is a time, another day has its name", () => {
    expect(moment("2026-11-22T06:15:00Z", now, "UTC")).toBe("06:15");
    expect(moment("2026-11-21T06:15:00Z", now, "UTC")).toBe("Sat 21 Nov, 06:15");
    expect(moment("2025-11-21T06:15:00Z", now, "UTC")).toBe("Fri 21 Nov 2025, 06:15");
  });

  test("which day it is depends on the zone", () => {
    expect(moment("2026-11-22T23:30:00Z", now, "UTC")).toBe("23:30");
    expect(moment("2026-11-22T23:30:00Z", now, "Europe/Madrid")).toBe("Mon 23 Nov, 00:30");
    expect(day("2026-11-22T23:30:00Z", now, "Asia/Tokyo")).toBe("Mon 23 Nov");
  });

  test("the clock change keeps wall-clock time", () => {
    expect(clock("2026-03-29T00:59:59Z", "Europe/Madrid", true)).toBe("01:59:59");
    expect(clock("2026-03-29T01:00:00Z", "Europe/Madrid", true)).toBe("03:00:00");
  });

  test("a log line has milliseconds", () => expect(logClock("2026-03-17T07:03:03.604Z", "UTC")).toBe("07:03:03.604"));

  test("a day without a zone is never shifted by one", () => {
    expect(dataThrough("2026-11-22", now, "America/Los_Angeles")).toBe("Sun 22 Nov");
    expect(dataThrough("2026-11-22", now, "Pacific/Kiritimati")).toBe("Sun 22 Nov");
    expect(dataThrough("2026-11-22T07:00:00Z", now, "Europe/Madrid")).toBe("08:00");
  });

  test("zones that do not exist are refused", () => {
    expect(isZone("Europe/Madrid")).toBe(true);
    expect(isZone("Mars/Olympus")).toBe(false);
    expect(isZone("")).toBe(false);
  });
});

describe("lengths of time", () => {
  test.each([
    [400, "0.4 s"],
    [34_000, "34 s"],
    [59_600, "1 m 00 s"],
    [902_000, "15 m 02 s"],
    [7_440_000, "2 h 04 m"],
    [273_600_000, "3 d 04 h"],
  ])("%i ms took %s", (ms, expected) => expect(duration(ms)).toBe(expected));

  test.each([
    [34_000, "34 s"],
    [22 * 60_000, "22 min"],
    [140 * 60_000, "2 h 20"],
    [7_200_000, "2 h"],
    [3 * 86_400_000, "3 days"],
  ])("%i ms is about %s", (ms, expected) => expect(span(ms)).toBe(expected));

  test("hints look both ways", () => {
    expect(relative("2026-11-22T22:13:12Z", now)).toBe("22 min ago");
    expect(relative("2026-11-23T20:15:12Z", now)).toBe("in 21 h 40");
    expect(relative("2026-11-22T22:35:10Z", now)).toBe("just now");
  });

  test("a span that has not begun has no length", () => {
    expect(between(null, null, 5)).toBeNull();
    expect(between("2026-11-22T00:00:00Z", null, Date.parse("2026-11-22T00:00:05Z"))).toBe(5_000);
  });
});
