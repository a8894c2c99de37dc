import { index, integer, pgTable, primaryKey, text, timestamp, uniqueIndex } from "drizzle-orm/pg-core";

const at = (name: string) => timestamp(name, { withTimezone: true, precision: 6, mode: "date" });

/** What people wrote on runs and attempts. A change adds a version; none is ever changed or taken away. */
export const note = pgTable(
  "note",
  {
    id: text("id").notNull(),
    /** 1 when it was written first; the highest is what is shown. */
    version: integer("version").notNull(),
    environment: text("environment").notNull(),
    pipeline: text("pipeline").notNull(),
    runId: text("run_id").notNull(),
    /** Null: on the run as a whole. */
    attemptId: text("attempt_id"),
    authorId: text("author_id").notNull(),
    authorName: text("author_name").notNull(),
    text: text("text").notNull(),
    idempotencyKey: text("idempotency_key").notNull(),
    /** Of this request: tells a repeated one from another under the same key. */
    bodyDigest: text("body_digest").notNull(),
    at: at("at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.id, t.version] }),
    uniqueIndex("note_key").on(t.environment, t.pipeline, t.idempotencyKey),
    index("note_by_run").on(t.environment, t.pipeline, t.runId),
  ],
);
