import { useQuery } from "@tanstack/react-query";
import { type TaskRow, taskRows } from "@/lib/format/task-timeline";
import type { RunDetail } from "@/lib/schemas/run";
import { runQueries } from "./runs";

const mostTries = 100;

/** The tasks of a run that were sent, and the instance that the address names though it was not; null while that is being read. */
export function useRunRows({ run, attempts, folded }: RunDetail, asked: { task: string | null; map: number | null }): TaskRow[] | null {
  const rows = taskRows(attempts);
  const { task, map } = asked;
  const isAbsent =
    task !== null &&
    map !== null &&
    folded.some(({ taskId }) => taskId === task) &&
    !rows.some((row) => row.taskId === task && row.mapIndex === map);
  const { environment, pipeline, runId } = run;
  const found = useQuery({
    ...runQueries.attempts({ environment, pipeline, runId }, { task: task ?? "", map: map ?? 0, limit: mostTries }),
    enabled: isAbsent,
  });
  if (!isAbsent) return rows;
  if (found.isPending) return null;
  return [...rows, ...taskRows(found.data?.items ?? [])];
}
