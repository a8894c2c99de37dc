import "server-only";
import { z } from "zod";

const whole = z.number().int().default(0);
const Schedule = z.discriminatedUnion("__type", [
  z.object({ __type: z.literal("CronExpression"), value: z.string() }),
  z.object({ __type: z.literal("TimeDelta"), days: whole, seconds: whole, microseconds: whole }),
  z.looseObject({ __type: z.literal("RelativeDelta") }),
]);

/** As Airflow 3 resolves them (airflow/utils/dates.py). */
const presets = new Map([
  ["@hourly", "0 * * * *"],
  ["@daily", "0 0 * * *"],
  ["@weekly", "0 0 * * 0"],
  ["@monthly", "0 0 1 * *"],
  ["@quarterly", "0 0 1 */3 *"],
  ["@yearly", "0 0 1 1 *"],
]);

const two = (value: number) => String(value).padStart(2, "0");

/** As Python prints a timedelta: `1 day, 0:30:00`. */
function deltaText({ days, seconds, microseconds }: { days: number; seconds: number; microseconds: number }): string {
  const fraction = microseconds > 0 ? `.${String(microseconds).padStart(6, "0")}` : "";
  const time = `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}${fraction}`;
  return days === 0 ? time : `${days} day${Math.abs(days) === 1 ? "" : "s"}, ${time}`;
}

/** As Python prints a relativedelta: `relativedelta(months=+1)`; its plural fields are relative. */
function relativeText(fields: Record<string, unknown>): string {
  const said = Object.entries(fields).filter((pair): pair is [string, number] => typeof pair[1] === "number" && pair[1] !== 0);
  const parts = said.map(([name, value]) => `${name}=${name.endsWith("s") && value > 0 ? "+" : ""}${value}`);
  return `relativedelta(${parts.join(", ")})`;
}

/** Airflow 2's `schedule_interval` in the words of Airflow 3's `timetable_summary`; null for a DAG that nothing starts by itself. */
export function scheduleText(raw: unknown): string | null {
  const found = Schedule.safeParse(raw);
  if (!found.success) return typeof raw === "string" ? raw : null;
  const schedule = found.data;
  if (schedule.__type === "TimeDelta") return deltaText(schedule);
  if (schedule.__type === "RelativeDelta") return relativeText(schedule);
  if (schedule.value === "None") return null;
  return presets.get(schedule.value) ?? schedule.value.replace(/^Dataset\b/, "Asset");
}
