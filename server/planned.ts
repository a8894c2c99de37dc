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

/**
 * Runs to come until then. What Airflow names as next is certain; what follows is so where the expression and its zone explain what Airflow names and
 * what has come; else it is taken to go on as it did, and is only likely.
 */
export function plannedRuns(row: PipelineRow, past: number[], now: number, until: number): { planned: PlannedRun[]; more: boolean } {
  const next = row.nextRunAt?.getTime() ?? null;
  if (row.isPaused || row.isGone || next === null || next <= now || next > until) return { planned: [], more: false };
  const cron = row.schedule === null ? null : parseCron(row.schedule);
  const zone = cron && cronZone(cron, zonesOf(row.environment), next, past);
  const following = cron && zone ? cronTimes(cron, zone, next, until, mostPlanned) : goOn(next, past, until);
  const isLikely = !(cron && zone);
  const all = [{ at: next, isLikely: false }, ...following.map((at) => ({ at, isLikely }))];
  const planned = all.slice(0, mostPlanned).map((each) => ({ ...each, at: new Date(each.at).toISOString() }));
  return { planned, more: all.length > mostPlanned };
}

/** Zones that anybody here has named, UTC first: Airflow tells the schedule, but not its zone. */
const zonesOf = (environment: string) => [
  "UTC",
  env().zone,
  ...env().tables.flatMap((table) => (table.environment === environment && table.expect?.zone ? [table.expect.zone] : [])),
];

/** As often as it has come, where that was always about the same. */
function goOn(next: number, past: number[], until: number): number[] {
  if (past.length < fewestTimes) return [];
  const gaps = past.slice(1).map((at, index) => (past[index] ?? 0) - at);
  const sorted = gaps.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const isSteady = gaps.filter((gap) => Math.abs(gap - median) <= median / 10).length >= gaps.length * 0.8;
  if (!isSteady || median < 60_000) return [];
  const times: number[] = [];
  for (let at = next + median; at <= until && times.length < mostPlanned; at += median) times.push(at);
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
