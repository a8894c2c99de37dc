import type { AttemptState } from "./attempt";

/** Of several instances of a task, or tasks of a group, the first of these is what one cell says. */
export const worstFirst: AttemptState[] = [
  "failed",
  "upstream_failed",
  "unknown",
  "up_for_retry",
  "restarting",
  "running",
  "deferred",
  "up_for_reschedule",
  "queued",
  "scheduled",
  "none",
  "removed",
  "skipped",
  "success",
];
