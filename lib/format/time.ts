const days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const months = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

type Parts = { year: number; month: number; day: number; hour: number; minute: number; second: number };
type When = string | number | Date;

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(zone: string): Intl.DateTimeFormat {
  let found = formatters.get(zone);
  if (!found) {
    found = new Intl.DateTimeFormat("en-US-u-nu-latn", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    formatters.set(zone, found);
  }
  return found;
}

// Names are our own: server and browser may carry different locale data, and hydration needs the same text from both.
function partsOf(at: When, zone: string): Parts {
  const parts: Parts = { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0 };
  for (const { type, value } of formatter(zone).formatToParts(new Date(at))) {
    if (type in parts) parts[type as keyof Parts] = Number(value);
  }
  return parts;
}

const two = (value: number) => String(value).padStart(2, "0");
const weekday = ({ year, month, day }: Parts) => days[new Date(Date.UTC(year, month - 1, day)).getUTCDay()] ?? "";
const monthName = ({ month }: Parts) => months[month - 1] ?? "";
const dayNumber = ({ year, month, day }: Parts) => Math.floor(Date.UTC(year, month - 1, day) / 86_400_000);

export function isZone(zone: string | null | undefined): zone is string {
  if (!zone) return false;
  try {
    formatter(zone);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** `08:35`, or `08:35:12` with seconds. */
export function clock(at: When, zone: string, hasSeconds = false): string {
  const { hour, minute, second } = partsOf(at, zone);
  return hasSeconds ? `${two(hour)}:${two(minute)}:${two(second)}` : `${two(hour)}:${two(minute)}`;
}

/** `07:03:03.604`, the time of a log line. */
export function logClock(at: When, zone: string): string {
  return `${clock(at, zone, true)}.${String(new Date(at).getUTCMilliseconds()).padStart(3, "0")}`;
}

/** `Tue 17 Mar`; with the year when it is not the one of `now`. */
export function day(at: When, now: When, zone: string): string {
  const parts = partsOf(at, zone);
  const year = parts.year === partsOf(now, zone).year ? "" : ` ${parts.year}`;
  return `${weekday(parts).slice(0, 3)} ${parts.day} ${monthName(parts).slice(0, 3)}${year}`;
}

/** `Tuesday 17 March`. */
export function longDay(at: When, zone: string): string {
  const parts = partsOf(at, zone);
  return `${weekday(parts)} ${parts.day} ${monthName(parts)}`;
}

/** `08:35` today, `Mon 16 Mar, 08:35` on any other day. */
export function moment(at: When, now: When, zone: string, hasSeconds = false): string {
  const time = clock(at, zone, hasSeconds);
  return dayNumber(partsOf(at, zone)) === dayNumber(partsOf(now, zone)) ? time : `${day(at, now, zone)}, ${time}`;
}

/** A day without a zone (`2026-03-15`) or an instant, as the column of a table has it. */
export function dataThrough(value: string, now: When, zone: string): string {
  return /^\d{4}-\d{2}-\d{2}$/.test(value) ? day(`${value}T00:00:00Z`, partsAsUtc(now, zone), "UTC") : moment(value, now, zone);
}

function partsAsUtc(at: When, zone: string): number {
  const { year, month, day: date } = partsOf(at, zone);
  return Date.UTC(year, month - 1, date);
}

/** `22 min ago`, `in 21 h 40`, `just now`. */
export function relative(at: When, now: When): string {
  const ms = new Date(now).getTime() - new Date(at).getTime();
  const size = Math.abs(ms);
  if (size < 5_000) return "just now";
  return ms > 0 ? `${span(size)} ago` : `in ${span(size)}`;
}

/** A length of time in the words of a person: `34 s`, `22 min`, `2 h 20`, `3 days`. */
export function span(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${two(minutes % 60)}`;
  return `${Math.floor(hours / 24)} days`;
}
