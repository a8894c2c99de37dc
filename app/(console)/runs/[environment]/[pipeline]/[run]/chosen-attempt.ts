import { isPending, type TaskRow } from "@/lib/format/task-timeline";
import type { Attempt } from "@/lib/schemas/attempt";
import type { RunDetail } from "@/lib/schemas/run";

type Asked = { task: string | null; try: number | null; map: number | null };
type Chosen = { row: TaskRow; attempt: Attempt };

const of = (row: TaskRow | undefined, tryNumber: number | null): Chosen | null =>
  row ? { row, attempt: row.tries.find((attempt) => attempt.tryNumber === tryNumber) ?? row.latest } : null;

/** The attempt that the address names; else the one that failed, else the one that runs, else the first. */
export function chosenAttempt(detail: RunDetail, rows: TaskRow[], asked: Asked): Chosen | null {
  const named = rows.find(({ taskId, mapIndex }) => taskId === asked.task && mapIndex === (asked.map ?? -1));
  const { failure } = detail;
  return (
    of(named, asked.try) ??
    of(
      rows.find(({ tries }) => tries.some(({ id }) => id === failure?.attemptId)),
      failure?.tryNumber ?? null,
    ) ??
    of(
      rows.find(({ latest }) => isPending(latest) && latest.startedAt !== null),
      null,
    ) ??
    of(rows[0], null)
  );
}
