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
  image_pull: "image not found",
  resource_initialisation: "could not start",
  spot_interruption: "Spot took it back",
  container_exit: "container ended with an error",
  glue_timeout: "Glue timeout",
  glue_error: "Glue error",
  airflow_timeout: "Airflow timeout",
  database_lock: "database lock",
  database_constraint: "database constraint",
  database_connection: "database unreachable",
  database_permission: "database permission",
  source_unreachable: "source unreachable",
  source_refused: "source refused",
  python_exception: "Python error",
  heartbeat_lost: "no sign of life",
  upstream_failed: "upstream failed",
  unclassified: "cause not recognised",
};
