import type { AskedName } from "@/lib/run-asked";
import { duration } from "./duration";
import { failureWord, runSaid } from "./states";
import { moment } from "./time";

export const filterWord: Partial<Record<AskedName, string>> = {
  state: "State",
  pipeline: "Pipeline",
  environment: "Environment",
  type: "Type",
  who: "Started by",
  last: "Last",
  since: "From",
  until: "Before",
  longerThanMs: "Longer than",
  shorterThanMs: "Shorter than",
  parameter: "Parameter contains",
  errorClass: "Error",
  table: "Writes table",
};

export const typeWord: Record<string, string> = {
  scheduled: "scheduled",
  manual: "by hand",
  backfill: "backfill",
  asset_triggered: "after its data",
  unknown: "unknown",
};
export const spanWord: Record<string, string> = { "1h": "hour", "24h": "24 hours", "7d": "7 days", "30d": "30 days" };

/** The value of a filter in words. */
export function filterValue(name: AskedName, value: string, now: number, zone: string): string {
  switch (name) {
    case "state":
      return Object.hasOwn(runSaid, value) ? runSaid[value as keyof typeof runSaid].word.toLowerCase() : value;
    case "type":
      return typeWord[value] ?? value;
    case "last":
      return spanWord[value] ?? value;
    case "since":
    case "until":
      return moment(value, now, zone);
    case "longerThanMs":
    case "shorterThanMs":
      return duration(Number(value));
    case "errorClass":
      return failureWord[value as keyof typeof failureWord] ?? value;
    case "who":
      return value === "me" ? "me" : value;
    default:
      return value;
  }
}

const unitMs: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90s`, `15m`, `2 h`, `1.5h` in milliseconds; null for anything else. */
export function lengthMs(text: string): number | null {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)\s*([smhd])(?:[a-z]*)$/i.exec(text.trim()) ?? [];
  const ms = Number(amount) * (unitMs[unit?.toLowerCase() ?? ""] ?? Number.NaN);
  return Number.isFinite(ms) && ms <= 31_536_000_000 ? Math.round(ms) : null;
}
