import { z } from "zod";
import { Honest, Instant, Sentence, SourceHealth } from "./common";
import { TableState, TableSummary } from "./table";

export const Status = Honest.extend({
  sentence: Sentence,
  counts: z.record(TableState, z.number().int()),
  tables: z.array(TableSummary),
});
export type Status = z.infer<typeof Status>;

/** Requests of one kind in this clock hour, and those that the system refused for want of capacity or otherwise failed. */
export const OperationCount = z.object({
  /** As IAM names it. */
  operation: z.string(),
  calls: z.number().int(),
  throttled: z.number().int(),
  failed: z.number().int(),
});
export type OperationCount = z.infer<typeof OperationCount>;

/** `callsLastHour` counts the requests Penstock made to this system in this clock hour; `lagMs` is now − last success. */
export const SourceDetail = SourceHealth.extend({
  system: z.enum(["airflow", "ecs", "glue", "events", "metrics", "logs", "warehouse", "ledger"]),
  lastAttemptAt: Instant.nullable(),
  callsLastHour: z.number().int().nullable(),
  lagMs: z.number().int().nullable(),
  operations: z.array(OperationCount),
  /** What Penstock allows itself; null where nothing is counted. */
  budgetPerSecond: z.number().nullable(),
  /** Part of that, since the hour began, that was used: 0 to 1. */
  budgetShare: z.number().nullable(),
});
export type SourceDetail = z.infer<typeof SourceDetail>;

export const SourceList = Honest.extend({
  items: z.array(SourceDetail),
  nextCursor: z.null(),
  /** All that are configured: what can be chosen. */
  environments: z.array(
    z.object({
      name: z.string(),
      isSample: z.boolean(),
      /** Of the sample: the first day of its history, once that is known. */
      since: z.iso.date().nullable(),
    }),
  ),
});
export type SourceList = z.infer<typeof SourceList>;

export const Health = z.object({ status: z.enum(["ok", "degraded"]), ledger: z.enum(["ok", "unreachable"]) });
export type Health = z.infer<typeof Health>;
