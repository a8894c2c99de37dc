import type { ClockRow } from "@/lib/schemas/clock";
import { plural } from "./count";
import { clock, moment } from "./time";

/** What a person would say of a row of the clock. */
export function rowSaid(row: ClockRow, now: number, zone: string): string {
  const past = row.bars.filter(({ to }) => to !== null);
  const ran = past.reduce((sum, bar) => sum + bar.runs, 0);
  const failed = row.bars.reduce((sum, bar) => sum + bar.failed, 0);
  const open = row.bars.length - past.length;
  const parts = [
    ran === 0 ? "no run has ended" : `${plural(ran, "run")} ended, ${failed === 0 ? "none failed" : `${failed} failed`}`,
    open > 0 && (row.unknownSince ? `${open} of unknown state since ${clock(row.unknownSince, zone)}` : `${open} not over`),
    row.isPaused ? "paused" : comingSaid(row, now, zone),
    row.due.length > 0 && `${row.due.map(({ table, at }) => `${table} due ${clock(at, zone)}`).join(", ")}`,
  ].filter(Boolean);
  return `${row.pipeline}: ${parts.join("; ")}.`;
}

/** How many are to come in the window, and when the next comes or was due, in it or later. */
function comingSaid({ planned, morePlanned, nextRunAt }: ClockRow, now: number, zone: string): string {
  const next = planned[0]?.at ?? nextRunAt;
  if (next === null) return "none to come";
  const count = planned.length > 0 && `${morePlanned ? "more than " : ""}${planned.length} to come`;
  return [count, `next ${Date.parse(next) > now ? "" : "was due "}${moment(next, now, zone)}`].filter(Boolean).join(", ");
}

export type ClockNeed = "needs" | "running" | "waiting";

/** Whether a pipeline needs somebody, runs, or waits for its time. */
export function needOf(row: ClockRow, now: number): ClockNeed {
  const open = row.bars.find(({ to }) => to === null);
  const isLong = open?.state === "running" && row.usual !== null && now - Date.parse(open.from) > row.usual.p95Ms;
  if (row.lastRun?.state === "failed" || isLong) return "needs";
  return open ? "running" : "waiting";
}
