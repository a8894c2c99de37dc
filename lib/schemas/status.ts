import { z } from "zod";
import { Honest, Instant, Sentence, SourceHealth } from "./common";
import { TableState, TableSummary } from "./table";

export const Status = Honest.extend({
  sentence: Sentence,
  counts: z.record(TableState, z.number().int()),
  tables: z.array(TableSummary),
});
export type Status = z.infer<typeof Status>;

/** `callsLastHour` counts the requests Penstock made to this system; `lagMs` is now − last success. */
export const SourceDetail = SourceHealth.extend({
  system: z.enum(["airflow", "ecs", "glue", "events", "metrics", "logs", "warehouse", "ledger"]),
  lastAttemptAt: Instant.nullable(),
  callsLastHour: z.number().int().nullable(),
  lagMs: z.number().int().nullable(),
});
export type SourceDetail = z.infer<typeof SourceDetail>;

export const SourceList = Honest.extend({ items: z.array(SourceDetail), nextCursor: z.null() });
export type SourceList = z.infer<typeof SourceList>;

export const Health = z.object({ status: z.enum(["ok", "degraded"]), ledger: z.enum(["ok", "unreachable"]) });
export type Health = z.infer<typeof Health>;
