import type { ClockBar, ClockRow } from "@/lib/schemas/clock";
import { plural } from "./count";
import { moment } from "./time";

type Said = (time: string | number) => string;

/** What a person would say of a row of the clock. */
export function rowSaid(row: ClockRow, now: number, zone: string): string {
  const at: Said = (time) => moment(time, now, zone);
  const open = row.bars.filter(({ to }) => to === null);
  const parts = [
    ...endedSaid(row, at),
    row.unknownSince !== null && open.length > 0
      ? `${open.length} of unknown state since ${at(row.unknownSince)}`
      : open.map((bar) => openSaid(row, bar, now, at)).join(", "),
    row.isPaused ? "paused" : comingSaid(row, now, at),
    row.due.map(({ table, at: due }) => `${table} due ${at(due)}`).join(", "),
  ];
  return `${row.pipeline}: ${parts.filter(Boolean).join("; ")}.`;
}

function endedSaid({ bars }: ClockRow, at: Said): string[] {
  const past = bars.flatMap((bar) => (bar.to === null ? [] : [{ ...bar, to: bar.to }]));
  const sum = (kind: "runs" | "failed") => past.reduce((all, bar) => all + bar[kind], 0);
  const [first] = past;
  if (!first) return ["no run has ended"];
  const last = Math.max(...past.map(({ to }) => Date.parse(to)));
  const trouble = past.findLast(({ failed }) => failed > 0);
  return [
    `${plural(sum("runs"), "run")} ended between ${at(first.from)} and ${at(last)}`,
    trouble ? `${sum("failed")} failed, the last of them between ${at(trouble.from)} and ${at(trouble.to)}` : "none failed",
  ];
}

function openSaid(row: ClockRow, bar: ClockBar, now: number, at: Said): string {
  const said = `one ${bar.state} since ${at(bar.from)}`;
  if (bar.state !== "running" || row.usual === null) return said;
  if (isLong(row, bar, now)) return `${said}, longer than usual`;
  const likelyEnd = Date.parse(bar.from) + row.usual.p50Ms;
  return likelyEnd > now ? `${said}, likely until ${at(likelyEnd)}` : said;
}

/** How many are to come in the window, and when the next comes or was due, in it or later. */
function comingSaid({ planned, morePlanned, nextRunAt }: ClockRow, now: number, at: Said): string {
  const next = planned[0]?.at ?? nextRunAt;
  if (next === null) return "none to come";
  const count = planned.length > 0 && `${morePlanned ? "more than " : ""}${planned.length} to come`;
  return [count, `next ${Date.parse(next) > now ? "" : "was due "}${at(next)}`].filter(Boolean).join(", ");
}

/** Whether a run has been running for longer than nineteen of twenty do. */
export const isLong = ({ usual }: ClockRow, bar: ClockBar, now: number): boolean =>
  usual !== null && bar.state === "running" && now - Date.parse(bar.from) > usual.p95Ms;

export type ClockNeed = "needs" | "running" | "waiting";

/** Whether a pipeline needs somebody, runs, or waits for its time. */
export function needOf(row: ClockRow, now: number): ClockNeed {
  const open = row.bars.find(({ to }) => to === null);
  if (row.lastRun?.state === "failed" || (open && isLong(row, open, now))) return "needs";
  return open ? "running" : "waiting";
}
