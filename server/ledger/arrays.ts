import "server-only";

const quoted = (text: string) => (/["\\]/.test(text) ? `"${text.replace(/["\\]/g, "\\$&")}"` : `"${text}"`);

function element(value: unknown): string {
  if (value === null || value === undefined) return "NULL";
  if (typeof value === "string") return quoted(value);
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (value instanceof Date) return `"${value.toISOString()}"`;
  return quoted(JSON.stringify(value));
}

const dayMs = 86_400_000;
const year10000 = Date.UTC(10_000, 0);
const mostDays = 1_000;
const days = new Map<number, string>();

/** As toISOString, which takes most of the time that rows take to become text: the date is made once a day, the time by hand. */
function isoText(date: Date): string {
  const ms = date.getTime();
  if (!(ms >= 0 && ms < year10000)) return date.toISOString();
  const time = ms % dayMs;
  const day = ms - time;
  let prefix = days.get(day);
  if (prefix === undefined) {
    prefix = date.toISOString().slice(0, "2026-11-22T".length);
    if (days.size >= mostDays) days.clear();
    days.set(day, prefix);
  }
  return `${prefix}${two(time / 3_600_000)}:${two((time / 60_000) % 60)}:${two((time / 1_000) % 60)}.${three(time % 1_000)}Z`;
}

const padded = (digits: number) => Array.from({ length: 10 ** digits }, (_, value) => String(value).padStart(digits, "0"));
const twoDigits = padded(2);
const threeDigits = padded(3);
const two = (value: number) => twoDigits[Math.floor(value)] as string;
const three = (value: number) => threeDigits[value] as string;

/** Text that JSON writes as PostgreSQL does: of plain values, in one native call, where nothing has to be escaped. */
function plainLiteral(values: readonly unknown[]): string | null {
  const plain: unknown[] = [];
  let last: unknown;
  let lastText = "";
  for (const value of values) {
    if (typeof value === "bigint" || (typeof value === "number" && !Number.isFinite(value))) return null;
    if (typeof value !== "object" || value === null) plain.push(value);
    else if (!(value instanceof Date)) return null;
    else {
      if (value !== last) lastText = isoText(value);
      last = value;
      plain.push(lastText);
    }
  }
  const text = JSON.stringify(plain);
  return text.includes("\\") ? null : `{${text.slice(1, -1)}}`;
}

/**
 * PostgreSQL's text form of an array: one parameter however many values, where a list of parameters ends at 65,535. Objects become JSON.
 */
export function arrayLiteral(values: readonly unknown[]): string {
  const plain = plainLiteral(values);
  if (plain !== null) return plain;
  // Many rows share an object.
  const known = new Map<object, string>();
  const texts = values.map((value) => {
    if (typeof value !== "object" || value === null) return element(value);
    const text = known.get(value) ?? element(value);
    known.set(value, text);
    return text;
  });
  return `{${texts.join(",")}}`;
}
