import { expect, test } from "vitest";
import type { Run } from "@/lib/schemas/run";
import { runData } from "./run-words";

const now = Date.parse("2026-11-24T12:00:00Z");
const nothing = { dataIntervalStart: null, dataIntervalEnd: null, logicalDate: null };
const said = (run: Partial<Run>, zone = "UTC") => runData({ type: "scheduled", ...nothing, ...run } as Run, now, zone);
const from = (start: string, end: string) => ({ dataIntervalStart: start, dataIntervalEnd: end });

test("a day of data is told by the day, less by when it begins, on another day than today with that", () => {
  expect(said(from("2026-11-22T00:00:00.000Z", "2026-11-23T00:00:00.000Z"))).toBe("data of Sun 22 Nov");
  expect(said(from("2026-11-24T07:00:00.000Z", "2026-11-24T08:00:00.000Z"))).toBe("data of 07:00");
  expect(said(from("2026-11-23T07:00:00.000Z", "2026-11-23T08:00:00.000Z"))).toBe("data of Mon 23 Nov, 07:00");
});

test("without an interval the logical date tells one run of a day from the next", () => {
  const at = "2026-11-24T02:32:00.000Z";
  expect(said({ logicalDate: at, ...from(at, at) })).toBe("data of 02:32");
  expect(said({ logicalDate: "2026-11-23T02:32:00.000Z" })).toBe("data of Mon 23 Nov, 02:32");
  expect(said({ logicalDate: "2026-11-23T00:00:00.000Z" })).toBe("data of Mon 23 Nov");
  expect(said({ logicalDate: "2026-11-22T23:00:00.000Z" }, "Europe/Berlin")).toBe("data of Mon 23 Nov");
  expect(said({ type: "backfill", logicalDate: "2026-11-20T06:15:00.000Z" })).toBe("backfill of Fri 20 Nov, 06:15");
});

test("what is started by hand, or by its data, has none of its own", () => {
  expect(said({ type: "manual", logicalDate: "2026-11-23T02:32:00.000Z" })).toBe("started by hand");
  expect(said({ type: "asset_triggered" })).toBe("after its data arrived");
  expect(said({})).toBe("");
});
