import { bigint, index, pgTable, primaryKey, text, timestamp } from "drizzle-orm/pg-core";

/** Requests to a system by clock hour and operation (as IAM names it), of all processes together. */
export const sourceCall = pgTable(
  "source_call",
  {
    environment: text("environment").notNull(),
    source: text("source").notNull(),
    operation: text("operation").notNull(),
    hour: timestamp("hour", { withTimezone: true, mode: "date" }).notNull(),
    calls: bigint("calls", { mode: "number" }).notNull(),
    throttled: bigint("throttled", { mode: "number" }).notNull(),
    failed: bigint("failed", { mode: "number" }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.environment, t.source, t.operation, t.hour] }), index("source_call_by_hour").on(t.hour)],
);
