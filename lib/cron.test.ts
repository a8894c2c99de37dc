import { describe, expect, test } from "vitest";
import { cronTimes, cronZone, meets, parseCron } from "./cron";

const times = (text: string, zone: string, from: string, to: string, most = 100) => {
  const cron = parseCron(text);
  if (!cron) throw new Error(`${text} is not read`);
  return cronTimes(cron, zone, Date.parse(from), Date.parse(to), most).map((at) => new Date(at).toISOString().slice(0, 16));
};

describe("a cron expression", () => {
  test.each([
    ["15 6 * * *", ["2026-11-22T06:15", "2026-11-23T06:15"]],
    [
      "2-59/30 6-7 * * *",
      [
        "2026-11-22T06:02",
        "2026-11-22T06:32",
        "2026-11-22T07:02",
        "2026-11-22T07:32",
        "2026-11-23T06:02",
        "2026-11-23T06:32",
        "2026-11-23T07:02",
        "2026-11-23T07:32",
      ],
    ],
    ["0 9 * * mon-fri", ["2026-11-23T09:00"]],
    ["0 9 23 * 0", ["2026-11-22T09:00", "2026-11-23T09:00"]],
    ["0 12 */11 nov 7", ["2026-11-22T12:00", "2026-11-23T12:00"]],
    ["@daily", ["2026-11-22T00:00", "2026-11-23T00:00"]],
  ])("%s comes when Airflow's does", (text, expected) => {
    expect(times(text, "UTC", "2026-11-21T23:59:00Z", "2026-11-23T23:59:00Z")).toEqual(expected);
  });

  test.each(["0 6 1W * *", "0 18 LW * *", "Asset", "* * * *", "61 * * * *", "5-1 * * * *", "0 0 * * mon#2", "0 0 0 * * *", "0 0 * foo *"])(
    "%s is not guessed at",
    (text) => {
      expect(parseCron(text)).toBeNull();
    },
  );

  test("keeps to the clock of its zone over both changes of it", () => {
    // Madrid: 29 March 2026 has no 02:30, 25 October has 02:30 twice.
    expect(times("30 2 * * *", "Europe/Madrid", "2026-03-27T12:00:00Z", "2026-03-30T12:00:00Z")).toEqual([
      "2026-03-28T01:30",
      "2026-03-29T01:30",
      "2026-03-30T00:30",
    ]);
    expect(times("30 2 * * *", "Europe/Madrid", "2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z")).toEqual([
      "2026-10-25T00:30",
      "2026-10-26T01:30",
    ]);
    expect(times("0 * * * *", "Europe/Madrid", "2026-10-24T23:30:00Z", "2026-10-25T03:30:00Z")).toHaveLength(4);
  });

  test("has as many as are asked for, whatever was before them on their day", () => {
    expect(times("30 * * * *", "UTC", "2026-11-22T22:45:00Z", "2026-11-23T23:59:00Z", 2)).toEqual(["2026-11-22T23:30", "2026-11-23T00:30"]);
    expect(times("@daily", "UTC", "2026-11-22T23:59:59Z", "2026-11-23T00:00:00Z", 1)).toEqual(["2026-11-23T00:00"]);
  });

  test.each(["30 2 * * *", "*/30 * * * *", "0 3 * * 0"])("%s is met at its times and at no other, while the clock changes too", (text) => {
    const cron = parseCron(text);
    if (!cron) throw new Error(`${text} is not read`);
    for (const night of ["2026-03-28T20:00:00Z", "2026-10-24T20:00:00Z"].map(Date.parse)) {
      const expected = cronTimes(cron, "Europe/Madrid", night - 1, night + 12 * 3_600_000, 100);
      const all = Array.from({ length: 25 }, (_, half) => night + half * 1_800_000);
      expect(all.filter((at) => meets(cron, "Europe/Madrid", at))).toEqual(expected);
      expect(meets(cron, "Europe/Madrid", (expected[0] ?? 0) + 1_000)).toBe(false);
    }
  });

  test("is meant in the zone that meets what Airflow says comes next and what has come", () => {
    const cron = parseCron("20 1 * * *");
    const zones = ["UTC", "Europe/Madrid", "America/New_York"];
    if (!cron) throw new Error("not read");
    expect(cronZone(cron, zones, Date.parse("2026-11-24T00:20:00Z"), [])).toBe("Europe/Madrid");
    expect(cronZone(cron, zones, Date.parse("2026-11-24T01:20:00Z"), [])).toBe("UTC");
    expect(cronZone(cron, zones, Date.parse("2026-11-24T02:20:00Z"), [])).toBeNull();
    // London and UTC agree in winter: the summer's runs tell them apart.
    expect(cronZone(cron, ["UTC", "Europe/London"], Date.parse("2026-11-24T01:20:00Z"), [Date.parse("2026-10-01T00:20:00Z")])).toBe(
      "Europe/London",
    );
  });
});
