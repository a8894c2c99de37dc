import { parseCron } from "@/lib/cron";
import { durationText } from "@/lib/duration-text";

const days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const presets: Record<string, string> = {
  "@hourly": "hourly",
  "@monthly": "monthly",
  "@yearly": "yearly",
  "@once": "once",
  "@continuous": "without a pause",
  Asset: "by assets",
};

/** As Python prints a timedelta. */
const timedelta = /^(?:(\d+) days?, )?(\d+):(\d{2}):(\d{2})$/;

/** So many times of a day are named one by one. */
const namedTimes = 3;

/** `Berlin time`; a zone without a place is said as it is. */
export const zoneWords = (zone: string) => (zone.includes("/") ? `${zone.split("/").at(-1)?.replaceAll("_", " ")} time` : zone);

const two = (value: number) => String(value).padStart(2, "0");
const listed = new Intl.ListFormat("en-GB");

const sorted = (values: Set<number>) => [...values].sort((a, b) => a - b);

/** How far it is from each to the next, over the end of the period as well; null where that differs. */
function evenStep(values: number[], period: number): number | null {
  const steps = new Set(values.map((value, at) => (values[at + 1] ?? (values[0] ?? 0) + period) - value));
  return steps.size === 1 ? ([...steps][0] ?? null) : null;
}

function everyWords([days = 0, hours = 0, minutes = 0, seconds = 0]: number[]): string | null {
  const whole = (days * 24 + hours) * 60 + minutes;
  // What the words would leave out.
  if ((whole > 0 && seconds > 0) || (whole >= 48 * 60 && minutes > 0)) return null;
  return `every ${durationText((whole * 60 + seconds) * 1000)}`;
}

const isWithoutGap = (values: number[]) => values.length > 1 && (values.at(-1) ?? 0) - (values[0] ?? 0) === values.length - 1;

/** On which days, as it is said before a time; null where it takes too many words. */
function dayWords(weekdays: number[]): string | null {
  if (weekdays.length === 7) return "daily";
  if (weekdays.join() === "1,2,3,4,5") return "working days";
  if (weekdays.length > 3) return null;
  return listed.format(weekdays.map((day) => `${days[day]}s`));
}

/**
 * A schedule as Airflow tells it in words where words are exact and short; null where only the expression itself is. `zone`: in which Airflow reads its DAG's
 * expression; null where Airflow has not told.
 */
export function scheduleWords(schedule: string, zone: string | null): string | null {
  if (presets[schedule]) return presets[schedule];
  const delta = timedelta.exec(schedule);
  if (delta) return everyWords(delta.slice(1).map((part) => Number(part ?? 0)));
  const cron = parseCron(schedule);
  // Where both a date and a weekday are named, Airflow runs on either.
  if (!cron || cron.months.size < 12 || (cron.hasDays && cron.hasWeekdays)) return null;
  const [minutes, hours, weekdays] = [sorted(cron.minutes), sorted(cron.hours), sorted(cron.weekdays)];
  const [minute = 0] = minutes;
  const isEveryHour = hours.length === 24 && weekdays.length === 7 && !cron.hasDays;
  if (minutes.length > 1) {
    const step = evenStep(minutes, 60);
    return step && isEveryHour ? `every ${step} min${minute === 0 ? "" : ` from :${two(minute)}`}` : null;
  }
  if (isEveryHour) return `hourly at :${two(minute)}`;
  const times = hours.map((hour) => `${two(hour)}:${two(minute)}`);
  const inZone = zone === null ? "" : ` ${zoneWords(zone)}`;
  if (cron.hasDays) {
    const [day] = cron.days;
    return cron.days.size === 1 && times.length === 1 ? `monthly on day ${day} at ${times[0]}${inZone}` : null;
  }
  const on = dayWords(weekdays);
  if (on === null) return null;
  if (times.length <= namedTimes) return `${on} at ${listed.format(times)}${inZone}`;
  if (isWithoutGap(hours)) return `${on} hourly from ${times[0]} to ${times.at(-1)}${inZone}`;
  const step = evenStep(hours, 24);
  return step && weekdays.length === 7 ? `every ${step} h from ${times[0]}${inZone}` : null;
}
