"use client";

import { useQuery } from "@tanstack/react-query";
import { parseAsInteger, parseAsString, useQueryStates } from "nuqs";
import { useState } from "react";
import { Gantt } from "@/components/runs/gantt";
import { AsOf } from "@/components/ui/as-of";
import { Empty, Ghosts } from "@/components/ui/notice";
import { Panel } from "@/components/ui/panel";
import { isOpen } from "@/lib/format/run-words";
import { taskRows } from "@/lib/format/task-timeline";
import { pipelineQueries } from "@/lib/queries/pipelines";
import { useRunRows } from "@/lib/queries/run-rows";
import { AttemptPanel } from "../attempt-panel";
import { chosenAttempt } from "../chosen-attempt";
import type { TabProps } from "../run-tabs";

const structureFreshMs = 300_000;

/** The tasks on one line of time, and the chosen attempt with its log beside them. */
export function TasksTab({ detail, isOld }: TabProps) {
  const { run } = detail;
  const [asked] = useQueryStates({ task: parseAsString, try: parseAsInteger, map: parseAsInteger });
  const structure = useQuery({
    ...pipelineQueries.structure(run.environment, run.pipeline, run.dagVersion ?? undefined),
    staleTime: structureFreshMs,
  });
  const rows = taskRows(detail.attempts);
  const known = useRunRows(detail, asked);
  const chosen = known && chosenAttempt(detail, known, asked);
  const [first, setFirst] = useState(chosen?.attempt.id);
  if (!first && chosen) setFirst(chosen.attempt.id);
  // Without a choice of the reader, the attempt that was shown first stays: a log that is being read must not change by itself.
  const selected = asked.task ? chosen : (rowOf(known ?? [], first) ?? chosen);
  const { total, done, failed } = run.taskCounts;
  return (
    <div className="flex flex-col gap-4 wide:grid wide:grid-cols-[minmax(0,1fr)_minmax(0,560px)] wide:items-start">
      <Panel
        title="Tasks"
        note={total === 0 ? undefined : [`${done} of ${total} done`, failed > 0 && `${failed} failed`].filter(Boolean).join(" · ")}
        end={<AsOf at={detail.asOf} sources={detail.sources} isOld={isOld} />}
      >
        {rows.length === 0 ? (
          <Empty title={isOpen(run) ? "No task has been seen yet." : "No task of it was ever seen."}>
            {run.isGone
              ? "Airflow has the run no more, so none will come."
              : isOpen(run)
                ? "They appear as Airflow schedules them."
                : "It ended before Airflow had made one, or before Penstock looked."}
          </Empty>
        ) : structure.isPending && isOpen(run) ? (
          <Ghosts rows={Math.min(rows.length, 8)} label="Reading what its tasks wait for" />
        ) : (
          <Gantt detail={detail} structure={structure.data ?? null} selectedId={selected?.attempt.id ?? null} />
        )}
      </Panel>
      {selected && <AttemptPanel run={run} row={selected.row} attempt={selected.attempt} />}
    </div>
  );
}

function rowOf(rows: ReturnType<typeof taskRows>, attemptId: string | undefined) {
  for (const row of rows) {
    const attempt = row.tries.find(({ id }) => id === attemptId);
    if (attempt) return { row, attempt };
  }
  return null;
}
