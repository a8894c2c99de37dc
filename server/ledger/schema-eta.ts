import { integer, jsonb, pgTable, text, timestamp } from "drizzle-orm/pg-core";
import type { EtaTrial } from "@/lib/schemas/eta";

/** How often the estimated band held the actual end, over each environment's own history: measured once a day. */
export const etaTrial = pgTable("eta_trial", {
  environment: text("environment").primaryKey(),
  measuredAt: timestamp("measured_at", { withTimezone: true, mode: "date" }).notNull(),
  ends: integer("ends").notNull(),
  held: integer("held").notNull(),
  trial: jsonb("trial").$type<EtaTrial>().notNull(),
});
