import { sql } from "drizzle-orm";
import {
  bigint,
  bigserial,
  boolean,
  date,
  index,
  integer,
  jsonb,
  numeric,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import type { Cost } from "@/lib/schemas/cost";
import type { AttemptClaim, ContainerFact, SparkMetrics, Usage } from "@/lib/schemas/facts";
import type { TableColumn } from "@/lib/schemas/table";

const at = (name: string) => timestamp(name, { withTimezone: true, precision: 6, mode: "date" });
const ids = {
  environment: text("environment").notNull(),
  pipeline: text("pipeline").notNull(),
};

export const environment = pgTable("environment", {
  name: text("name").primaryKey(),
  mwaaName: text("mwaa_name"),
  region: text("region").notNull(),
  airflowVersion: text("airflow_version"),
  status: text("status"),
  webserverUrl: text("webserver_url"),
  taskLogGroup: text("task_log_group"),
  readAt: at("read_at"),
});

/** One row per (environment, source). `cursor` is the source's own; `calls` are per clock hour, reset when `callsHour` moves. */
export const sourceHealth = pgTable(
  "source_health",
  {
    environment: text("environment").notNull(),
    source: text("source").notNull(),
    succeededAt: at("succeeded_at"),
    attemptedAt: at("attempted_at"),
    failedSince: at("failed_since"),
    error: text("error"),
    /** What to do about the error. */
    remedy: text("remedy"),
    /** What people should know though it works. */
    remark: text("remark"),
    cursor: jsonb("cursor"),
    callsHour: at("calls_hour"),
    calls: bigint("calls", { mode: "number" }).notNull().default(0),
    staleAfterMs: integer("stale_after_ms").notNull().default(60_000),
  },
  (t) => [primaryKey({ columns: [t.environment, t.source] })],
);

/** The collector's leadership: one row, taken and renewed by the database's clock. */
export const lease = pgTable("lease", {
  name: text("name").primaryKey(),
  holder: text("holder").notNull(),
  epoch: bigint("epoch", { mode: "number" }).notNull(),
  expiresAt: at("expires_at").notNull(),
});

export const pipeline = pgTable(
  "pipeline",
  {
    ...ids,
    description: text("description"),
    runbook: text("runbook"),
    owners: text("owners").array().notNull(),
    tags: text("tags").array().notNull(),
    schedule: text("schedule"),
    isPaused: boolean("is_paused").notNull(),
    isGone: boolean("is_gone").notNull().default(false),
    hasImportErrors: boolean("has_import_errors").notNull().default(false),
    nextRunAt: at("next_run_at"),
    /** PipelineParam[]; null until details were read. */
    params: jsonb("params"),
    /** The DAG version whose details are in `runbook` and `params`. */
    detailsVersion: text("details_version"),
    readAt: at("read_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.environment, t.pipeline] })],
);

/** `sortAt` (run_after, else logical date, else start) orders every list. */
export const run = pgTable(
  "run",
  {
    ...ids,
    runId: text("run_id").notNull(),
    state: text("state").notNull(),
    type: text("type").notNull(),
    logicalDate: at("logical_date"),
    dataIntervalStart: at("data_interval_start"),
    dataIntervalEnd: at("data_interval_end"),
    runAfter: at("run_after"),
    queuedAt: at("queued_at"),
    startedAt: at("started_at"),
    endedAt: at("ended_at"),
    triggeredBy: text("triggered_by"),
    conf: jsonb("conf"),
    note: text("note"),
    /** Of the DAG, by which its newest tasks ran; null where Airflow does not say. */
    dagVersion: text("dag_version"),
    sortAt: at("sort_at").notNull(),
    isGone: boolean("is_gone").notNull().default(false),
    changedAt: at("changed_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.environment, t.pipeline, t.runId] }),
    // Ascending throughout: read backwards, an index serves "newest first" with every tie-breaker descending, which is how lists page.
    index("run_by_time").on(t.sortAt, t.environment, t.pipeline, t.runId),
    index("run_by_pipeline").on(t.environment, t.pipeline, t.sortAt, t.runId),
    index("run_by_environment").on(t.environment, t.sortAt, t.pipeline, t.runId),
    index("run_by_name").on(t.pipeline, t.sortAt, t.environment, t.runId),
    // Nearly every run succeeds: lists of the others would have to look for them among all.
    index("run_by_state").on(t.state, t.sortAt, t.environment, t.pipeline, t.runId).where(sql`state <> 'success'`),
    index("run_by_state_environment").on(t.state, t.environment, t.sortAt, t.pipeline, t.runId).where(sql`state <> 'success'`),
    index("run_by_state_name").on(t.state, t.pipeline, t.sortAt, t.environment, t.runId).where(sql`state <> 'success'`),
    // What people and other data start are few: whose runs, and which of them covered again what had failed.
    index("run_unscheduled").on(t.environment, t.sortAt, t.pipeline, t.runId).where(sql`type <> 'scheduled'`),
    index("run_repairs").on(t.environment, t.pipeline, t.sortAt).where(sql`type <> 'scheduled' and state = 'success'`),
    index("run_succeeded").on(t.endedAt, t.environment).where(sql`state = 'success' and not is_gone`),
  ],
);

/** One try of one (mapped) task. `id` = first 32 hex digits of sha256 of the key columns' JSON array. */
export const attempt = pgTable(
  "attempt",
  {
    id: text("id").primaryKey(),
    ...ids,
    runId: text("run_id").notNull(),
    taskId: text("task_id").notNull(),
    mapIndex: integer("map_index").notNull(),
    tryNumber: integer("try_number").notNull(),
    maxTries: integer("max_tries"),
    isLatest: boolean("is_latest").notNull(),
    state: text("state").notNull(),
    operator: text("operator"),
    queuedAt: at("queued_at"),
    startedAt: at("started_at"),
    endedAt: at("ended_at"),
    /** Estimate at ingest (lib/cost): null usd is "unknown", an Airflow-only task has basis "none". */
    costUsd: numeric("cost_usd"),
    cost: jsonb("cost").$type<Cost>(),
    /** When its XComs were last read for the fallback join; null: never. */
    xcomReadAt: at("xcom_read_at"),
    /** The `changedAt` at which its earlier tries were asked for; null: never. */
    triesReadAt: at("tries_read_at"),
    changedAt: at("changed_at").notNull(),
  },
  (t) => [
    // That a key is there once the id sees to, which is made of it.
    index("attempt_by_run").on(t.environment, t.pipeline, t.runId),
    index("attempt_again").on(t.environment, t.pipeline, t.runId).where(sql`try_number > 1`),
    index("attempt_failed").on(t.environment, t.changedAt).where(sql`state in ('failed', 'up_for_retry', 'upstream_failed')`),
    index("attempt_by_start").on(t.environment, t.startedAt),
    index("attempt_retried").on(t.environment, t.changedAt).where(sql`is_latest and try_number > 1`),
    // Whether a task failed before: few among all that it ever ran.
    index("attempt_failed_by_task").on(t.environment, t.pipeline, t.taskId, t.endedAt).where(sql`state in ('failed', 'up_for_retry')`),
  ],
);

/** What each pipeline's attempts cost on each day (UTC) that they began: kept by a trigger on `attempt`, so that no list adds up attempts. */
export const costDay = pgTable(
  "cost_day",
  {
    ...ids,
    day: date("day", { mode: "string" }).notNull(),
    costUsd: numeric("cost_usd").notNull(),
    /** Attempts with a price that adds to it, and those that ended and whose price nobody knows. */
    priced: integer("priced").notNull(),
    unknown: integer("unknown").notNull(),
  },
  (t) => [primaryKey({ columns: [t.environment, t.pipeline, t.day] })],
);

/** A container run. Kept for ever: AWS forgets it after about an hour. `version` decides which of two answers is newer. */
export const ecsTask = pgTable(
  "ecs_task",
  {
    taskArn: text("task_arn").primaryKey(),
    environment: text("environment").notNull(),
    attemptId: text("attempt_id"),
    joinedBy: text("joined_by"),
    joinKey: text("join_key"),
    startedBy: text("started_by"),
    cluster: text("cluster").notNull(),
    taskDefinition: text("task_definition").notNull(),
    lastStatus: text("last_status").notNull(),
    version: bigint("version", { mode: "number" }).notNull(),
    stopCode: text("stop_code"),
    stoppedReason: text("stopped_reason"),
    containerName: text("container_name"),
    image: text("image"),
    imageDigest: text("image_digest"),
    exitCode: integer("exit_code"),
    containerReason: text("container_reason"),
    /** All containers of the task: ContainerFact[]; the columns above are of the main one. */
    containers: jsonb("containers").$type<ContainerFact[]>(),
    /** Whose it says to be, in tags or environment: AttemptClaim. */
    claim: jsonb("claim").$type<AttemptClaim>(),
    cpuUnits: integer("cpu_units"),
    memoryMib: integer("memory_mib"),
    ephemeralGib: integer("ephemeral_gib"),
    architecture: text("architecture"),
    launchType: text("launch_type"),
    capacityProvider: text("capacity_provider"),
    /** Operating system as ECS says it, e.g. `Linux`. */
    platformFamily: text("platform_family"),
    availabilityZone: text("availability_zone"),
    logGroup: text("log_group"),
    logStream: text("log_stream"),
    createdAt: at("created_at"),
    pullStartedAt: at("pull_started_at"),
    pullStoppedAt: at("pull_stopped_at"),
    startedAt: at("started_at"),
    stoppingAt: at("stopping_at"),
    /** When its containers had ended; clearing up follows. */
    executionStoppedAt: at("execution_stopped_at"),
    stoppedAt: at("stopped_at"),
    /** False: known from an event only, which tells less than DescribeTasks. */
    isDescribed: boolean("is_described").notNull().default(true),
    /** What CloudWatch said of its CPU and memory: Usage; null until asked. */
    usage: jsonb("usage").$type<Usage>(),
    usageReadAt: at("usage_read_at"),
    /** CloudWatch will say no more of it. */
    isMeasured: boolean("is_measured").notNull().default(false),
    /** Since when ECS no longer knows a task that was never seen to stop. */
    missingSince: at("missing_since"),
    changedAt: at("changed_at").notNull(),
  },
  (t) => [
    index("ecs_task_by_attempt").on(t.attemptId),
    // What the collector asks about at every look is few rows among all there ever were.
    index("ecs_task_open").on(t.environment).where(sql`last_status <> 'STOPPED' and missing_since is null`),
    index("ecs_task_unmeasured").on(t.environment, t.stoppedAt).where(sql`not is_measured`),
    index("ecs_task_loose").on(t.environment, t.createdAt).where(sql`joined_by is null or joined_by in ('started_by', 'time')`),
  ],
);

export const glueRun = pgTable(
  "glue_run",
  {
    environment: text("environment").notNull(),
    jobName: text("job_name").notNull(),
    jobRunId: text("job_run_id").notNull(),
    attemptId: text("attempt_id"),
    joinedBy: text("joined_by"),
    joinKey: text("join_key"),
    state: text("state").notNull(),
    attempt: integer("attempt").notNull(),
    errorMessage: text("error_message"),
    glueVersion: text("glue_version"),
    workerType: text("worker_type"),
    numberOfWorkers: integer("number_of_workers"),
    maxCapacityDpu: numeric("max_capacity_dpu"),
    executionSeconds: integer("execution_seconds"),
    dpuSeconds: numeric("dpu_seconds"),
    executionClass: text("execution_class"),
    timeoutMinutes: integer("timeout_minutes"),
    logGroup: text("log_group"),
    arguments: jsonb("arguments").$type<Record<string, string>>(),
    /** Whose it says to be in its arguments: AttemptClaim. */
    claim: jsonb("claim").$type<AttemptClaim>(),
    stateDetail: text("state_detail"),
    /** What CloudWatch said of its Spark: SparkMetrics; null until asked. */
    metrics: jsonb("metrics").$type<SparkMetrics>(),
    metricsReadAt: at("metrics_read_at"),
    isMeasured: boolean("is_measured").notNull().default(false),
    startedAt: at("started_at"),
    modifiedAt: at("modified_at"),
    completedAt: at("completed_at"),
    /** Since when Glue no longer knows a run that was never seen to end. */
    missingSince: at("missing_since"),
    changedAt: at("changed_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.environment, t.jobName, t.jobRunId] }),
    index("glue_run_by_attempt").on(t.attemptId),
    index("glue_run_open")
      .on(t.environment)
      .where(sql`missing_since is null and state not in ('SUCCEEDED', 'FAILED', 'STOPPED', 'TIMEOUT', 'ERROR', 'EXPIRED')`),
    index("glue_run_unmeasured").on(t.environment, t.completedAt).where(sql`not is_measured`),
    index("glue_run_loose").on(t.environment, t.startedAt).where(sql`joined_by is null or joined_by in ('started_by', 'time')`),
    index("glue_run_by_id").on(t.environment, t.jobRunId),
  ],
);

/** What an XCom said about a container or Glue run (`ref`: its ARN or run id), kept because the next try deletes XComs. */
export const joinHint = pgTable(
  "join_hint",
  {
    environment: text("environment").notNull(),
    ref: text("ref").notNull(),
    attemptId: text("attempt_id").notNull(),
    /** The Glue job or ECS cluster, where the XCom names it. */
    owner: text("owner"),
    seenAt: at("seen_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.environment, t.ref] }), index("join_hint_by_attempt").on(t.attemptId)],
);

/** The failure of an attempt as classified from its facts and log; `evidence` is LogLine[]. */
export const failure = pgTable(
  "failure",
  {
    attemptId: text("attempt_id").primaryKey(),
    class: text("class").notNull(),
    facts: text("facts").array().notNull(),
    evidence: jsonb("evidence").notNull(),
    isFinal: boolean("is_final").notNull(),
    classifiedAt: at("classified_at").notNull(),
  },
  (t) => [index("failure_by_class").on(t.class, t.classifiedAt)],
);

/** The loader's own record, copied from `penstock.table_load` of each warehouse. */
export const tableLoad = pgTable(
  "table_load",
  {
    environment: text("environment").notNull(),
    runKey: text("run_key").notNull(),
    tableName: text("table_name").notNull(),
    joinKey: text("join_key"),
    attemptId: text("attempt_id"),
    glueRunId: text("glue_run_id"),
    rowsRead: bigint("rows_read", { mode: "number" }),
    rowsInserted: bigint("rows_inserted", { mode: "number" }),
    rowsUpdated: bigint("rows_updated", { mode: "number" }),
    rowsRejected: bigint("rows_rejected", { mode: "number" }),
    dataThrough: text("data_through"),
    startedAt: at("started_at"),
    finishedAt: at("finished_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.environment, t.runKey, t.tableName] }),
    index("table_load_by_table").on(t.environment, t.tableName, t.finishedAt),
    index("table_load_by_attempt").on(t.attemptId),
    index("table_load_loose").on(t.environment).where(sql`attempt_id is null`),
  ],
);

/** The newest probe of each configured table: what the evidence said and how long it took. */
export const tableCheck = pgTable(
  "table_check",
  {
    environment: text("environment").notNull(),
    tableName: text("table_name").notNull(),
    evidence: text("evidence").notNull(),
    evidenceDetail: text("evidence_detail").notNull(),
    loadedAt: at("loaded_at"),
    dataThrough: text("data_through"),
    error: text("error"),
    tookMs: integer("took_ms"),
    checkedAt: at("checked_at").notNull(),
    succeededAt: at("succeeded_at"),
  },
  (t) => [primaryKey({ columns: [t.environment, t.tableName] })],
);

/** The columns of a table as they were from a moment on; neighbours of one table may say the same. */
export const tableSchema = pgTable(
  "table_schema",
  {
    environment: text("environment").notNull(),
    tableName: text("table_name").notNull(),
    since: at("since").notNull(),
    columns: jsonb("columns").$type<TableColumn[]>().notNull(),
  },
  (t) => [primaryKey({ columns: [t.environment, t.tableName, t.since] })],
);

/** What a person asked for, written before its effect. `bodyDigest` tells a repeated request from another one under the same key. */
export const intent = pgTable(
  "intent",
  {
    id: text("id").primaryKey(),
    action: text("action").notNull(),
    environment: text("environment").notNull(),
    pipeline: text("pipeline").notNull(),
    idempotencyKey: text("idempotency_key").notNull(),
    userId: text("user_id").notNull(),
    userName: text("user_name").notNull(),
    role: text("role").notNull(),
    bodyDigest: text("body_digest").notNull(),
    body: jsonb("body").notNull(),
    runId: text("run_id").notNull(),
    reason: text("reason"),
    /** pending → done | failed; pending ones are settled by reading the run back. */
    outcome: text("outcome").notNull(),
    outcomeDetail: text("outcome_detail"),
    /** Who works on it and until when: another process settles it after that. */
    claimedUntil: at("claimed_until"),
    createdAt: at("created_at").notNull(),
    settledAt: at("settled_at"),
  },
  (t) => [
    uniqueIndex("intent_key").on(t.environment, t.pipeline, t.idempotencyKey),
    index("intent_by_run").on(t.environment, t.pipeline, t.runId),
  ],
);

/** Append-only; each row's hash covers the one before it. */
export const auditEvent = pgTable(
  "audit_event",
  {
    seq: bigint("seq", { mode: "number" }).primaryKey(),
    at: at("at").notNull(),
    userId: text("user_id").notNull(),
    userName: text("user_name").notNull(),
    role: text("role").notNull(),
    action: text("action").notNull(),
    environment: text("environment"),
    target: text("target").notNull(),
    reason: text("reason"),
    outcome: text("outcome").notNull(),
    detail: text("detail"),
    intentId: text("intent_id"),
    suppressed: integer("suppressed").notNull().default(0),
    previousHash: text("previous_hash").notNull(),
    hash: text("hash").notNull(),
  },
  (t) => [uniqueIndex("audit_previous").on(t.previousHash), index("audit_by_target").on(t.target, t.seq)],
);

/** The one row that appenders lock. */
export const auditHead = pgTable("audit_head", {
  id: integer("id").primaryKey(),
  seq: bigint("seq", { mode: "number" }).notNull(),
  hash: text("hash").notNull(),
});

export const apiToken = pgTable(
  "api_token",
  {
    id: text("id").primaryKey(),
    name: text("name").notNull(),
    role: text("role").notNull(),
    /** sha256 of a 256-bit random token, hex. */
    tokenHash: text("token_hash").notNull(),
    createdAt: at("created_at").notNull(),
    createdBy: text("created_by").notNull(),
    expiresAt: at("expires_at"),
    revokedAt: at("revoked_at"),
    lastUsedAt: at("last_used_at"),
  },
  (t) => [uniqueIndex("api_token_hash").on(t.tokenHash)],
);

/** Changes for browsers that could not LISTEN: polled when the pool is behind a transaction pooler. */
export const change = pgTable("change", {
  id: bigserial("id", { mode: "number" }).primaryKey(),
  at: at("at").notNull(),
  keys: text("keys").array().notNull(),
});
