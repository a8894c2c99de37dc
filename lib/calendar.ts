/** Days and wall-clock times in a zone. A date is `YYYY-MM-DD`, a time `HH:MM`, an instant milliseconds since 1970. */

export const weekdays = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;
export type Weekday = (typeof weekdays)[number];
export type Days = "all" | "working" | Weekday[];

const dayMs = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

function wallClock(at: number, zone: string): number {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      calendar: "iso8601",
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    formats.set(zone, format);
  }
  const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)])) as Record<string, number>;
  return Date.UTC(part.year ?? 0, (part.month ?? 1) - 1, part.day, part.hour, part.minute, part.second);
}

const offsetAt = (at: number, zone: string) => wallClock(at, zone) - Math.floor(at / 1000) * 1000;

/** The date that a clock in `zone` shows at that instant. */
export function localDate(at: number, zone: string): string {
  return new Date(wallClock(at, zone)).toISOString().slice(0, 10);
}

/** The `HH:MM` that a clock in `zone` shows at that instant. */
export function localTime(at: number, zone: string): string {
  return new Date(wallClock(at, zone)).toISOString().slice(11, 16);
}

/** When a clock in `zone` shows that time: the first time if it shows it twice; if it skips it, as much later as it skips. */
export function instantOf(date: string, time: string, zone: string): number {
  const wall = Date.parse(`${date}T${time}:00Z`);
  const before = offsetAt(wall - dayMs, zone);
  const after = offsetAt(wall + dayMs, zone);
  const shown = [wall - before, wall - after].filter((at) => wallClock(at, zone) === wall);
  return shown.length > 0 ? Math.min(...shown) : wall - before;
}

export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * dayMs).toISOString().slice(0, 10);
}

export function weekdayOf(date: string): Weekday {
  return weekdays[new Date(`${date}T00:00:00Z`).getUTCDay()] ?? "sun";
}

/** Whether something is due on that day; `isHoliday` counts for working days only. */
export function isExpectedDay(date: string, days: Days, isHoliday: (date: string) => boolean): boolean {
  const weekday = weekdayOf(date);
  if (days === "all") return true;
  if (days === "working") return weekday !== "sat" && weekday !== "sun" && !isHoliday(date);
  return days.includes(weekday);
}

/** Time between two instants that falls on expected days, so that a weekend makes nothing old. */
export function expectedMsBetween(from: number, to: number, zone: string, days: Days, isHoliday: (date: string) => boolean): number {
  if (days === "all" || to <= from) return Math.max(0, to - from);
  let sum = 0;
  const last = localDate(to, zone);
  for (let date = localDate(from, zone); date <= last; date = addDays(date, 1)) {
    if (!isExpectedDay(date, days, isHoliday)) continue;
    const opens = Math.max(from, instantOf(date, "00:00", zone));
    const closes = Math.min(to, instantOf(addDays(date, 1), "00:00", zone));
    sum += Math.max(0, closes - opens);
  }
  return sum;
}
