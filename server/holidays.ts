import "server-only";
import type Holidays from "date-holidays";
import { addDays } from "@/lib/calendar";

const dayMs = 86_400_000;
const years = new Map<string, Set<string>>();

let loaded: typeof Holidays | undefined;

/** The holidays of the world are 19 MiB, which most configurations never ask for: no bundler may see them, or every start would load them. */
function calendars(): typeof Holidays {
  loaded ??= process.getBuiltinModule("node:module").createRequire(`${process.cwd()}/`)("date-holidays") as typeof Holidays;
  return loaded;
}

/** Country and region of a calendar's name: `ES`, or `ES-MD`. */
const partsOf = (calendar: string) => calendar.split("-") as [country: string, region?: string];

export function isCalendar(name: string): boolean {
  const [country, region] = partsOf(name);
  const known = new (calendars())();
  if (!Object.hasOwn(known.getCountries(), country)) return false;
  return region === undefined || Object.hasOwn(known.getStates(country) ?? {}, region);
}

/** Whether a date (`YYYY-MM-DD`) is a public holiday of a calendar: a country (`ES`) or a region of it (`ES-MD`). */
export function isHoliday(calendar: string, date: string): boolean {
  const key = `${calendar} ${date.slice(0, 4)}`;
  let days = years.get(key);
  if (!days) {
    const [country, region] = partsOf(calendar);
    const Calendar = calendars();
    const known = region === undefined ? new Calendar(country) : new Calendar(country, region);
    const found = known.getHolidays(Number(date.slice(0, 4))) ?? [];
    days = new Set(found.filter((holiday) => holiday.type === "public").flatMap(daysOf));
    years.set(key, days);
  }
  return days.has(date);
}

/** Some last several days; what begins at the sunset before counts from its first whole day. */
function daysOf({ date, start, end }: { date: string; start: Date; end: Date }): string[] {
  const count = Math.max(1, Math.floor((end.getTime() - start.getTime()) / dayMs));
  return Array.from({ length: count }, (_, index) => addDays(date.slice(0, 10), index));
}
