import type { CalendarDay } from "./schemas/clock";

export type DayOutcome = "succeeded" | "fixed" | "failed" | "partial" | "open" | "planned" | "none";

/** What became of a day: trouble that nothing has mended first, then what is not over. */
export function dayOutcome(day: CalendarDay | undefined): DayOutcome {
  if (!day) return "none";
  if (day.failed > day.fixed) return day.succeeded > 0 ? "partial" : "failed";
  if (day.open > 0) return "open";
  if (day.failed > 0) return "fixed";
  if (day.succeeded > 0) return "succeeded";
  return day.planned > 0 ? "planned" : "none";
}
