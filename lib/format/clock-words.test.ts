import { expect, test } from "vitest";
import type { ClockRow } from "@/lib/schemas/clock";
import { rowSaid } from "./clock-words";

const now = Date.parse("2026-03-17T12:00:00.000Z");
const at = (time: string) => `2026-03-17T${time}:00.000Z`;
const bar = { runId: "r", state: "success", from: at("01:00"), to: at("01:10"), runs: 1, failed: 0 } as const;
const row: ClockRow = {
  environment: "prod",
  pipeline: "erp",
  owners: [],
  schedule: "15 6 * * *",
  isPaused: false,
  nextRunAt: null,
  lastRun: null,
  bars: [],
  planned: [],
  morePlanned: false,
  due: [],
  usual: { count: 20, p50Ms: 600_000, p90Ms: 900_000, p95Ms: 1_200_000 },
  unknownSince: null,
};
const said = (changes: Partial<ClockRow>) => rowSaid({ ...row, ...changes }, now, "UTC");

test("nothing ran and nothing comes", () => {
  expect(said({})).toBe("erp: no run has ended; none to come.");
});

test("when runs ended, when the last of them failed, what comes and what is due", () => {
  const bars = [bar, { ...bar, state: "failed" as const, from: at("02:00"), to: at("03:00"), runs: 3, failed: 3 }];
  expect(said({ bars, planned: [{ at: at("13:00"), isLikely: false }], due: [{ table: "sales.orders", at: at("14:00") }] })).toBe(
    "erp: 4 runs ended between 01:00 and 03:00; 3 failed, the last of them between 02:00 and 03:00; 1 to come, next 13:00; sales.orders due 14:00.",
  );
});

test("a run goes on until it likely ends, goes on for too long, or is not known of", () => {
  const open = (from: string) => ({ bars: [{ ...bar, state: "running" as const, from: at(from), to: null }] });
  expect(said(open("11:55"))).toContain("; one running since 11:55, likely until 12:05; none");
  expect(said(open("11:45"))).toContain("; one running since 11:45; none");
  expect(said(open("11:30"))).toContain("; one running since 11:30, longer than usual; none");
  expect(said({ ...open("11:30"), unknownSince: at("11:40") })).toContain("; 1 of unknown state since 11:40; none");
});

test("what is to come is counted, with when the next one comes or was due", () => {
  const planned = [
    { at: at("12:30"), isLikely: false },
    { at: at("13:00"), isLikely: false },
  ];
  expect(said({ planned })).toContain("; 2 to come, next 12:30.");
  expect(said({ planned: [{ at: at("11:59"), isLikely: false }, ...planned] })).toContain("; 3 to come, next was due 11:59.");
});

test("one that comes after the window is said, too", () => {
  expect(said({ nextRunAt: "2026-03-18T06:15:00.000Z" })).toContain("; next Wed 18 Mar, 06:15.");
});
