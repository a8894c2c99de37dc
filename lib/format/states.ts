import type { AttemptState, FailureClass, LogSource } from "@/lib/schemas/attempt";
import type { Tone } from "@/lib/schemas/common";
import type { RunState } from "@/lib/schemas/run";
import type { TableState } from "@/lib/schemas/table";

/** How a state is said and drawn: `glyph` is a shape of components/ui/glyph. */
export type Said = {
  word: string;
  tone: Tone;
  glyph: "ok" | "soon" | "late" | "fail" | "run" | "queue" | "retry" | "block" | "unknown" | "calendar" | "skip" | "stop" | "stale";
};

export const runSaid: Record<RunState, Said> = {
  queued: { word: "Queued", tone: "run", glyph: "queue" },
  running: { word: "Running", tone: "run", glyph: "run" },
  success: { word: "Succeeded", tone: "ok", glyph: "ok" },
  failed: { word: "Failed", tone: "fail", glyph: "fail" },
};

export const tableSaid: Record<TableState, Said> = {
  on_time: { word: "On time", tone: "ok", glyph: "ok" },
  due_soon: { word: "Due soon", tone: "ok", glyph: "soon" },
  late: { word: "Late", tone: "late", glyph: "late" },
  failed: { word: "Failed", tone: "fail", glyph: "fail" },
  not_expected: { word: "Not expected", tone: "mute", glyph: "calendar" },
  unknown: { word: "Unknown", tone: "mute", glyph: "unknown" },
};

export const attemptSaid: Record<AttemptState, Said> = {
  none: { word: "Not started", tone: "mute", glyph: "queue" },
  scheduled: { word: "Scheduled", tone: "mute", glyph: "queue" },
  queued: { word: "Queued", tone: "run", glyph: "queue" },
  running: { word: "Running", tone: "run", glyph: "run" },
  deferred: { word: "Running, deferred", tone: "run", glyph: "run" },
  restarting: { word: "Restarting", tone: "late", glyph: "retry" },
  up_for_retry: { word: "Waiting to retry", tone: "late", glyph: "retry" },
  up_for_reschedule: { word: "Waiting", tone: "run", glyph: "queue" },
  success: { word: "Succeeded", tone: "ok", glyph: "ok" },
  failed: { word: "Failed", tone: "fail", glyph: "fail" },
  upstream_failed: { word: "Not run", tone: "fail", glyph: "block" },
  skipped: { word: "Skipped", tone: "mute", glyph: "skip" },
  removed: { word: "Removed", tone: "mute", glyph: "skip" },
  unknown: { word: "Unknown", tone: "mute", glyph: "unknown" },
};

/** Worst first; the order of the water bar is the reverse. */
export const tableOrder: TableState[] = ["failed", "late", "unknown", "due_soon", "on_time", "not_expected"];

export const pendingRuns: RunState[] = ["queued", "running"];

export const pendingAttempts: AttemptState[] = [
  "none",
  "scheduled",
  "queued",
  "running",
  "deferred",
  "restarting",
  "up_for_retry",
  "up_for_reschedule",
];

export const sourceLetter: Record<LogSource, string> = { airflow: "A", container: "C", glue: "G" };
export const sourceWord: Record<LogSource, string> = { airflow: "Airflow", container: "Container", glue: "Glue" };

export const failureWord: Record<FailureClass, string> = {
  out_of_memory: "out of memory",
  disk_full: "disk full",
  image_pull: "image not found",
  resource_initialisation: "could not be set up",
  container_start: "could not start",
  container_timeout: "container timeout",
  spot_interruption: "Spot took it back",
  host_terminated: "host ended",
  container_exit: "container ended with an error",
  aws_capacity: "no capacity",
  aws_permission: "AWS refused access",
  aws_credentials: "AWS credentials",
  glue_timeout: "Glue timeout",
  glue_script: "Glue script",
  glue_query: "Spark query",
  glue_connection: "Glue connection",
  glue_bookmark: "Glue bookmark in use",
  glue_service: "service under Glue",
  glue_error: "Glue error",
  data_not_found: "input not found",
  airflow_timeout: "Airflow timeout",
  dag_import: "DAG import",
  heartbeat_lost: "no sign of life",
  task_killed: "ended from outside",
  upstream_failed: "upstream failed",
  database_lock: "database lock",
  database_timeout: "statement timeout",
  database_constraint: "database constraint",
  database_disk: "database disk full",
  too_many_connections: "too many connections",
  database_connection: "database unreachable",
  database_permission: "database permission",
  schema_mismatch: "schema mismatch",
  source_unreachable: "source unreachable",
  source_credentials: "source credentials",
  source_certificate: "source certificate",
  source_rate_limit: "source rate limit",
  source_refused: "source refused",
  source_server_error: "source failed",
  python_exception: "Python error",
  unclassified: "cause not recognised",
};
