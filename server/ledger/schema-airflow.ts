import { boolean, index, integer, jsonb, pgTable, primaryKey, text, timestamp } from "drizzle-orm/pg-core";
import type { HeartbeatFact, PoolFact } from "@/lib/schemas/facts";
import type { PipelineTask, RenderedField, TaskGroup, XcomValue } from "@/lib/schemas/structure";

const at = (name: string) => timestamp(name, { withTimezone: true, precision: 6, mode: "date" });
const ids = {
  environment: text("environment").notNull(),
  pipeline: text("pipeline").notNull(),
};

/** Each version of a DAG once: its tasks, and the file as it was. Null tasks: it was replaced before they were read. */
export const dagVersion = pgTable(
  "dag_version",
  {
    ...ids,
    version: text("version").notNull(),
    bundleVersion: text("bundle_version"),
    code: text("code"),
    /** Why there is no code. */
    codeReason: text("code_reason"),
    codeDigest: text("code_digest"),
    tasks: jsonb("tasks").$type<PipelineTask[]>(),
    groups: jsonb("groups").$type<TaskGroup[]>(),
    firstSeenAt: at("first_seen_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.environment, t.pipeline, t.version] }),
    index("dag_version_by_time").on(t.environment, t.pipeline, t.firstSeenAt),
  ],
);

/** What a DAG allows itself, where its file is, and which of its versions is in force. */
export const dagSetting = pgTable(
  "dag_setting",
  {
    ...ids,
    file: text("file"),
    currentVersion: text("current_version"),
    zone: text("zone"),
    maxActiveRuns: integer("max_active_runs"),
    maxActiveTasks: integer("max_active_tasks"),
    readAt: at("read_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.environment, t.pipeline] })],
);

/** Airflow's own condition: its pools and the heartbeats of its parts, each as of its last reading. */
export const airflowState = pgTable("airflow_state", {
  environment: text("environment").primaryKey(),
  pools: jsonb("pools").$type<PoolFact[]>(),
  poolsReadAt: at("pools_read_at"),
  heartbeats: jsonb("heartbeats").$type<HeartbeatFact[]>(),
  heartbeatsReadAt: at("heartbeats_read_at"),
  errorsReadAt: at("errors_read_at"),
});

/** Files that Airflow cannot import now. */
export const importError = pgTable(
  "import_error",
  {
    environment: text("environment").notNull(),
    errorId: text("error_id").notNull(),
    file: text("file").notNull(),
    text: text("text").notNull(),
    at: at("at"),
  },
  (t) => [primaryKey({ columns: [t.environment, t.errorId] }), index("import_error_by_file").on(t.environment, t.file)],
);

/** What Airflow warns about a DAG now, such as a pool that does not exist. */
export const dagWarning = pgTable(
  "dag_warning",
  {
    ...ids,
    kind: text("kind").notNull(),
    text: text("text").notNull(),
    at: at("at"),
  },
  (t) => [primaryKey({ columns: [t.environment, t.pipeline, t.kind] })],
);

/** Rendered fields and XComs of a try, as last read; once it has ended they are read no more. */
export const attemptInput = pgTable("attempt_input", {
  attemptId: text("attempt_id").primaryKey(),
  rendered: jsonb("rendered").$type<RenderedField[]>(),
  xcom: jsonb("xcom").$type<XcomValue[]>(),
  reason: text("reason"),
  isFinal: boolean("is_final").notNull(),
  readAt: at("read_at").notNull(),
});
