import { sql } from "drizzle-orm";
import { boolean, index, pgTable, text, timestamp, uniqueIndex } from "drizzle-orm/pg-core";

const at = (name: string) => timestamp(name, { withTimezone: true, precision: 6, mode: "date" });

/** A person's filter of a list under a name. */
export const savedView = pgTable(
  "saved_view",
  {
    id: text("id").primaryKey(),
    ownerId: text("owner_id").notNull(),
    ownerName: text("owner_name").notNull(),
    name: text("name").notNull(),
    /** As in the address, in order: `state=failed&last=24h`. */
    query: text("query").notNull(),
    isShared: boolean("is_shared").notNull(),
    /** What its owner sees first. */
    isDefault: boolean("is_default").notNull(),
    createdAt: at("created_at").notNull(),
    changedAt: at("changed_at").notNull(),
  },
  (t) => [
    uniqueIndex("saved_view_name").on(t.ownerId, sql`lower(${t.name})`),
    uniqueIndex("saved_view_default").on(t.ownerId).where(sql`is_default`),
    index("saved_view_shared").on(t.name).where(sql`is_shared`),
  ],
);
