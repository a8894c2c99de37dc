import { z } from "zod";
import { Honest, Instant, PageQuery, page, Sentence } from "./common";
import { RunState } from "./run";
import { Usual } from "./usual";

const Day = z.iso.date();

export const Zone = z.string().max(60).refine(isZone, "not a time zone").default("UTC");

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

export const ClockSpan = z.enum(["day", "week"]);
export type ClockSpan = z.infer<typeof ClockSpan>;

/** `day` is the day, or the first of the seven, by the clock of `zone`; today, or the week with it, unless asked otherwise. */
export const ClockQuery = PageQuery.extend({
  environment: z.string().optional(),
  pipeline: z.string().min(1).max(500).optional(),
  span: ClockSpan.default("day"),
  day: Day.optional(),
  zone: Zone,
  limit: z.coerce.number().int().min(1).max(100).default(100),
});
export type ClockQuery = z.infer<typeof ClockQuery>;

/** Runs that lie so near to one another that they are one mark: `runs` of them, the run is the worst. `to` null: not over. */
export const ClockBar = z.object({
  runId: z.string(),
  state: RunState,
  from: Instant,
  to: Instant.nullable(),
  runs: z.number().int(),
  failed: z.number().int(),
});
export type ClockBar = z.infer<typeof ClockBar>;

/** `isLikely`: not from Airflow or its schedule, but from how often it has run. */
export const PlannedRun = z.object({ at: Instant, isLikely: z.boolean() });
export type PlannedRun = z.infer<typeof PlannedRun>;

export const ClockRow = z.object({
  environment: z.string(),
  pipeline: z.string(),
  owners: z.array(z.string()),
  schedule: z.string().nullable(),
  isPaused: z.boolean(),
  nextRunAt: Instant.nullable(),
  lastRun: z.object({ runId: z.string(), state: RunState, at: Instant.nullable() }).nullable(),
  bars: z.array(ClockBar),
  planned: z.array(PlannedRun),
  /** Planned runs beyond those that are told. */
  morePlanned: z.boolean(),
  due: z.array(z.object({ table: z.string(), at: Instant })),
  usual: Usual.nullable(),
  /** Nothing is known of open runs since then; null: all is known. */
  unknownSince: Instant.nullable(),
});
export type ClockRow = z.infer<typeof ClockRow>;

export const ClockPage = page(ClockRow).extend({ from: Instant, until: Instant, sentence: Sentence });
export type ClockPage = z.infer<typeof ClockPage>;

export const CalendarQuery = z.object({
  /** The last month. */
  month: z
    .string()
    .regex(/^\d{4}-(0[1-9]|1[0-2])$/)
    .optional(),
  months: z.coerce.number().int().min(1).max(12).default(6),
  zone: Zone,
});
export type CalendarQuery = z.infer<typeof CalendarQuery>;

/** Counts of one day by the clock of the zone. `fixed`: failed ones that a later run has made good. */
export const CalendarDay = z.object({
  date: Day,
  succeeded: z.number().int(),
  failed: z.number().int(),
  fixed: z.number().int(),
  open: z.number().int(),
  planned: z.number().int(),
});
export type CalendarDay = z.infer<typeof CalendarDay>;

/** Days with runs or planned ones; the others had none. */
export const PipelineCalendar = Honest.extend({
  /** First and last day, today by the clock of the zone. */
  from: Day,
  until: Day,
  today: Day,
  days: z.array(CalendarDay),
});
export type PipelineCalendar = z.infer<typeof PipelineCalendar>;
