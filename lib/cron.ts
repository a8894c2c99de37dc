import { addDays, instantOf, localDate, localTime, weekdayOf, weekdays } from "./calendar";

/** A cron expression of five fields as the sets that it allows. Airflow runs on a date that either of two restricted day fields allows. */
export interface Cron {
  minutes: Set<number>;
  hours: Set<number>;
  days: Set<number>;
  months: Set<number>;
  weekdays: Set<number>;
  /** Which of the two day fields restrict. */
  hasDays: boolean;
  hasWeekdays: boolean;
}

const presets: Record<string, string> = {
  "@hourly": "0 * * * *",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@weekly": "0 0 * * 0",
  "@monthly": "0 0 1 * *",
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
};
const monthNames = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** Null for what is no cron expression, and for one with more than its plain form has (`L`, `W`, `#`, seconds). */
export function parseCron(text: string): Cron | null {
  const [minute, hour, date, month, weekday, ...more] = (presets[text.trim()] ?? text).trim().split(/\s+/);
  if (minute === undefined || hour === undefined || date === undefined || month === undefined || weekday === undefined || more.length > 0)
    return null;
  const fields = [
    field(minute, 0, 59),
    field(hour, 0, 23),
    field(date, 1, 31),
    field(month, 1, 12, monthNames),
    field(weekday, 0, 7, weekdays),
  ];
  const [minutes, hours, days, months, named] = fields;
  if (!minutes || !hours || !days || !months || !named) return null;
  const weekdaySet = new Set([...named].map((day) => day % 7));
  return { minutes, hours, days, months, weekdays: weekdaySet, hasDays: date !== "*", hasWeekdays: weekday !== "*" };
}

function field(text: string, least: number, most: number, names: readonly string[] = []): Set<number> | null {
  const found = new Set<number>();
  for (const part of text.toLowerCase().split(",")) {
    const match = /^(\*|[a-z]{3}|\d{1,2})(?:-([a-z]{3}|\d{1,2}))?(?:\/(\d{1,2}))?$/.exec(part);
    if (!match) return null;
    const [, start = "", end, step] = match;
    const read = (value: string) => (/^\d/.test(value) ? Number(value) : names.indexOf(value) + (names === monthNames ? 1 : 0));
    const from = start === "*" ? least : read(start);
    const to = end !== undefined ? read(end) : start === "*" || step !== undefined ? most : from;
    const by = step === undefined ? 1 : Number(step);
    if (from < least || to > most || from > to || by < 1 || (/^[a-z]/.test(start) && !names.includes(start))) return null;
    for (let value = from; value <= to; value += by) found.add(value);
  }
  return found;
}

function isOn(cron: Cron, date: string): boolean {
  const [, month, day] = date.split("-").map(Number);
  if (!cron.months.has(month ?? 0)) return false;
  const byDay = cron.days.has(day ?? 0);
  const byWeekday = cron.weekdays.has(weekdays.indexOf(weekdayOf(date)));
  if (cron.hasDays && cron.hasWeekdays) return byDay || byWeekday;
  return byDay && byWeekday;
}

const two = (value: number) => String(value).padStart(2, "0");
const hourMs = 3_600_000;

/** The instants after `from` and up to `to` that a clock in `zone` meets the expression, at most so many. A time that the clock skips comes as much later. */
export function cronTimes(cron: Cron, zone: string, from: number, to: number, most: number): number[] {
  const found: number[] = [];
  const hours = [...cron.hours].sort((a, b) => a - b);
  const minutes = [...cron.minutes].sort((a, b) => a - b);
  const last = localDate(to, zone);
  for (let date = localDate(from, zone); date <= last && found.length < most; date = addDays(date, 1)) {
    if (!isOn(cron, date)) continue;
    for (const hour of hours) {
      for (const minute of minutes) {
        const time = `${two(hour)}:${two(minute)}`;
        const at = instantOf(date, time, zone);
        // What comes every hour comes in both of the hours that a clock shows twice.
        const isTwice = hours.length === 24 && localTime(at + hourMs, zone) === time;
        for (const each of isTwice ? [at, at + hourMs] : [at]) if (each > from && each <= to) found.push(each);
      }
    }
  }
  return [...new Set(found)].sort((a, b) => a - b).slice(0, most);
}

const minuteOf = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

export function meets(cron: Cron, zone: string, at: number): boolean {
  const minute = minuteOf(localTime(at, zone));
  const hasChanged = (minute - minuteOf(localTime(at - 3 * hourMs, zone)) + 1440) % 1440 !== 180;
  // Soon after a change of the clock some times come late, or a second time; at all others the clock itself says it.
  if (hasChanged) return cronTimes(cron, zone, at - 1, at, 1)[0] === at;
  return at % 60_000 === 0 && cron.hours.has(Math.floor(minute / 60)) && cron.minutes.has(minute % 60) && isOn(cron, localDate(at, zone));
}

/** The zone in which an expression is meant, by what is known to come and to have come: the first that meets `next` and most of `past`; null when none does. */
export function cronZone(cron: Cron, zones: string[], next: number, past: number[]): string | null {
  let [best, most]: [string | null, number] = [null, -1];
  for (const zone of new Set(zones)) {
    if (!meets(cron, zone, next)) continue;
    const count = past.filter((at) => meets(cron, zone, at)).length;
    if (count > most) [best, most] = [zone, count];
  }
  return best;
}
