import { index, jsonb, pgTable, primaryKey, text, timestamp } from "drizzle-orm/pg-core";
import type { TaskDefinitionFact } from "@/lib/schemas/facts";

const at = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });

/** What each revision of a task definition says, once: a revision never changes. Secrets are never in it. */
export const taskDefinition = pgTable(
  "task_definition",
  {
    environment: text("environment").notNull(),
    /** `family:revision` */
    name: text("name").notNull(),
    definition: jsonb("definition").$type<Omit<TaskDefinitionFact, "name" | "registeredAt">>().notNull(),
    registeredAt: at("registered_at"),
    seenAt: at("seen_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.environment, t.name] }), index("task_definition_by_time").on(t.environment, t.registeredAt)],
);
