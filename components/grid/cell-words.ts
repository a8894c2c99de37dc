import { count, plural } from "@/lib/format/count";
import { attemptSaid } from "@/lib/format/states";
import type { Cell } from "@/lib/grid-codec";
import type { ShownRow } from "@/lib/grid-model";
import type { AttemptState } from "@/lib/schemas/attempt";

export type CellKind = "ok" | "retry" | "fail" | "block" | "skip" | "run" | "queue" | "again" | "void" | "none";

const kindOfState: Record<AttemptState, CellKind> = {
  success: "ok",
  failed: "fail",
  upstream_failed: "block",
  skipped: "skip",
  removed: "skip",
  running: "run",
  deferred: "run",
  restarting: "again",
  up_for_retry: "again",
  up_for_reschedule: "queue",
  queued: "queue",
  scheduled: "queue",
  none: "queue",
  unknown: "void",
};

export function kindOf(cell: Cell | null): CellKind {
  if (cell === null) return "none";
  return cell.state === "success" && cell.tries > 1 ? "retry" : kindOfState[cell.state];
}

/** What a person would say of a cell: `Failed, try 2`, `Failed: 3 of 5,000 instances`. */
export function cellSaid(cell: Cell | null, row: ShownRow["kind"] = "task"): string {
  if (cell === null) return "no such task in this run";
  const word = attemptSaid[cell.state].word;
  const tries =
    cell.tries > 1 ? (cell.state === "success" ? ` after ${plural(cell.tries - 1, "retry", "retries")}` : `, try ${cell.tries}`) : "";
  if (cell.instances === null) return word + tries;
  const many = plural(cell.instances, row === "group" ? "task" : "instance");
  return cell.failed > 0 ? `${word}: ${count(cell.failed)} of ${many}` : `${word}${tries}, ${many}`;
}
