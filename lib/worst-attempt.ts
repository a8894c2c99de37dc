import type { TaskRow } from "./format/task-timeline";
import type { AttemptState } from "./schemas/attempt";

/** Trouble first, then what goes on, then what is over. */
const order: AttemptState[] = [
  "failed",
  "upstream_failed",
  "up_for_retry",
  "restarting",
  "running",
  "deferred",
  "queued",
  "up_for_reschedule",
  "unknown",
  "scheduled",
  "none",
  "success",
  "skipped",
  "removed",
];

/** Of the instances of one task, the one that says most of it. */
export function worstOf(rows: TaskRow[]): TaskRow | null {
  return rows.reduce<TaskRow | null>(
    (worst, row) => (worst && order.indexOf(worst.latest.state) <= order.indexOf(row.latest.state) ? worst : row),
    null,
  );
}
