import "server-only";
import { addDays, instantOf, isExpectedDay, localDate } from "@/lib/calendar";
import { cronTimes, cronZone, parseCron } from "@/lib/cron";
import type { ClockRow, PlannedRun } from "@/lib/schemas/clock";
import { env } from "./env";
import { isHoliday } from "./holidays";
import type { PipelineRow } from "./ledger/read/pipelines";

/** So many planned runs of one pipeline are told. */
const mostPlanned = 200;
/** Fewer scheduled runs do not show how often one comes. */
const fewestTimes = 4;

/** How far ahead the next run is looked for: 29 February comes in every fourth year. */
const farthestMs = 5 * 366 * 86_400_000;

type Planned = Pick<PipelineRow, "environment" | "schedule" | "zone" | "isPaused" | "isGone" | "nextRunAt">;
type Window = { from: number; until: number };
type Coming = { at: number; isLikely: boolean };

/**
 * Runs to come in a window, the first so many; `past`: when the newest scheduled ones were due. What Airflow names as next is certain. Once its time has
 * passed it is due, and comes now, until its run has been seen: Airflow is read every now and then, and may itself wait. What follows is certain where
 * the expression and its zone explain what Airflow names and what has come; else it is taken to go on as it did, and is only likely.
 */
function coming(row: Planned, past: number[], { from, until }: Window, now: number, most: number): Coming[] {
  const named = row.nextRunAt?.getTime();
  if (row.isPaused || row.isGone || named === undefined || until <= now) return [];
  const isNext = !past.some((at) => at >= named) && named <= until && Math.max(named, now) >= from;
  const first = isNext ? [{ at: named, isLikely: false }] : [];
  if (first.length === most) return first;
  const after = Math.max(named, now, from - 1);
  const cron = row.schedule === null ? null : parseCron(row.schedule);
  const zone = cron && cronZone(cron, zonesOf(row), named, past);
  const following = cron && zone ? cronTimes(cron, zone, after, until, most) : goOn(named, past, after, until, most);
  const isLikely = !(cron && zone);
  return [...first, ...following.map((at) => ({ at, isLikely }))].slice(0, most);
}

const iso = (at: number) => new Date(at).toISOString();

/** What is to come of a pipeline in a window, and whether there is more than is told. */
export function plannedRuns(row: Planned, past: number[], window: Window, now: number): { planned: PlannedRun[]; more: boolean } {
  const all = coming(row, past, window, now, mostPlanned + 1);
  return { planned: all.slice(0, mostPlanned).map((each) => ({ ...each, at: iso(each.at) })), more: all.length > mostPlanned };
}

/** When the next run comes, or was due; null where nothing says. */
export function nextRunAt(row: Planned, past: number[], now: number): string | null {
  const [next] = coming(row, past, { from: now, until: now + farthestMs }, now, 1);
  return next ? iso(next.at) : null;
}

/** The zone that Airflow has told; until then those that anybody here has named, UTC first. */
const zonesOf = ({ environment, zone }: Planned) =>
  zone === null
    ? ["UTC", env().zone, ...env().tables.flatMap((table) => (table.environment === environment ? (table.expect?.zone ?? []) : []))]
    : [zone];

/** As often as it has come, where that was always about the same. */
function goOn(named: number, past: number[], after: number, until: number, most: number): number[] {
  if (past.length < fewestTimes) return [];
  const gaps = past.slice(1).map((at, index) => (past[index] ?? 0) - at);
  const sorted = gaps.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const isSteady = gaps.filter((gap) => Math.abs(gap - median) <= median / 10).length >= gaps.length * 0.8;
  if (!isSteady || median < 60_000) return [];
  const times: number[] = [];
  const first = named + (Math.floor((after - named) / median) + 1) * median;
  for (let at = first; at <= until && times.length < most; at += median) times.push(at);
  return times;
}

/** When the tables that a pipeline writes are due between two instants. */
export function dueTimes(
  { environment, pipeline }: { environment: string; pipeline: string },
  from: number,
  until: number,
): ClockRow["due"] {
  return env().tables.flatMap(({ name, producedBy, expect, ...table }) => {
    if (table.environment !== environment || producedBy?.dag !== pipeline || !expect) return [];
    const due: ClockRow["due"] = [];
    const zone = expect.zone ?? env().zone;
    const last = localDate(until, zone);
    for (let date = localDate(from, zone); date <= last; date = addDays(date, 1)) {
      const at = instantOf(date, expect.by, zone);
      if (at >= from && at <= until && isExpectedDay(date, expect.days, isHolidayIn(expect.calendar)))
        due.push({ table: name, at: new Date(at).toISOString() });
    }
    return due;
  });
}

const isHolidayIn = (calendar: string | undefined) => (date: string) => calendar !== undefined && isHoliday(calendar, date);
