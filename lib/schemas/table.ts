import { z } from "zod";
import { Honest, Instant, PageQuery, page, Sentence, UsdText } from "./common";

export const TableState = z.enum(["on_time", "due_soon", "late", "failed", "not_expected", "unknown"]);
export type TableState = z.infer<typeof TableState>;

/** What a table's state rests on: which fact, where it was read and when. */
export const Evidence = z.object({
  kind: z.enum(["loaded_at_column", "table_load", "write_counters", "none"]),
  description: z.string(),
  readAt: Instant.nullable(),
  tookMs: z.number().int().nullable(),
});
export type Evidence = z.infer<typeof Evidence>;

/** `dataThrough` is an ISO date or instant, as the column has it. */
export const TableSummary = z.object({
  environment: z.string(),
  table: z.string(),
  state: TableState,
  reason: z.string(),
  lateByMs: z.number().int().nullable(),
  dataThrough: z.string().nullable(),
  loadedAt: Instant.nullable(),
  expectedBy: Instant.nullable(),
  expectedZone: z.string().nullable(),
  nextExpectedBy: Instant.nullable(),
  producedBy: z.object({ pipeline: z.string(), taskId: z.string().nullable() }).nullable(),
  lastRun: z.object({ runId: z.string(), state: z.string() }).nullable(),
  evidence: Evidence,
});
export type TableSummary = z.infer<typeof TableSummary>;

export const TableLoad = z.object({
  runKey: z.string(),
  table: z.string(),
  pipeline: z.string().nullable(),
  runId: z.string().nullable(),
  attemptId: z.string().nullable(),
  taskId: z.string().nullable(),
  rowsInserted: z.number().int().nullable(),
  rowsUpdated: z.number().int().nullable(),
  rowsRejected: z.number().int().nullable(),
  dataThrough: z.string().nullable(),
  startedAt: Instant.nullable(),
  finishedAt: Instant,
  costUsd: UsdText.nullable(),
  /** The deadline that it was the first to meet or to miss; null when it served none. */
  expectedBy: Instant.nullable(),
  /** 0 when it was on time, also within the grace; null when that cannot be said, for the reason in `whyNotJudged`. */
  lateByMs: z.number().int().nullable(),
  whyNotJudged: z.string().nullable(),
  /** Earlier deadlines that no load had met until this one came, newest first; at most five. */
  missed: z.array(Instant),
});
export type TableLoad = z.infer<typeof TableLoad>;

export const TableFilter = PageQuery.extend({
  environment: z.string().optional(),
  state: TableState.optional(),
});
export type TableFilter = z.infer<typeof TableFilter>;

export const TablePage = page(TableSummary).extend({ sentence: Sentence });
export type TablePage = z.infer<typeof TablePage>;

export const LoadFilter = PageQuery.extend({
  /** Loads that ended on this day or before it, by the zone of the table's deadline. */
  until: z.iso.date().optional(),
});
export type LoadFilter = z.infer<typeof LoadFilter>;

export const TableLoadPage = page(TableLoad);
export type TableLoadPage = z.infer<typeof TableLoadPage>;

/** One step of the answer to "why is it in this state?", in order from deadline to cause. */
export const WhyStep = z.object({
  tone: z.enum(["ok", "run", "late", "fail", "mute"]),
  title: z.string(),
  detail: z.string(),
  link: z.object({ pipeline: z.string(), runId: z.string().nullable() }).optional(),
});
export type WhyStep = z.infer<typeof WhyStep>;

export const TableColumn = z.object({ name: z.string(), type: z.string(), isNullable: z.boolean() });
export type TableColumn = z.infer<typeof TableColumn>;

export const ColumnChanges = z.object({
  added: z.array(z.string()),
  removed: z.array(z.string()),
  /** Types as PostgreSQL writes them, with `not null` where it holds. */
  retyped: z.array(z.object({ name: z.string(), from: z.string(), to: z.string() })),
});
export type ColumnChanges = z.infer<typeof ColumnChanges>;

/** `since`: when the columns were first seen as they are. Changes come newest first, each with the moment at which it was first seen. */
export const TableSchema = z.object({
  columns: z.array(TableColumn),
  since: Instant,
  changes: z.array(ColumnChanges.extend({ at: Instant })),
});
export type TableSchema = z.infer<typeof TableSchema>;

export const TableDetail = Honest.extend({
  table: TableSummary,
  sentence: Sentence,
  why: z.array(WhyStep),
  loads: z.array(TableLoad),
  /** Null: its columns were never read. */
  schema: TableSchema.nullable(),
});
export type TableDetail = z.infer<typeof TableDetail>;
