"use client";

import { useQuery } from "@tanstack/react-query";
import { TaskOrder } from "@/components/runs/task-order";
import { AsOf } from "@/components/ui/as-of";
import { Empty, Ghosts, Unreadable } from "@/components/ui/notice";
import { Panel } from "@/components/ui/panel";
import { taskRows } from "@/lib/format/task-timeline";
import { brokenBy } from "@/lib/queries/live";
import { pipelineQueries } from "@/lib/queries/pipelines";
import type { TabProps } from "../run-tabs";

const structureFreshMs = 300_000;

/** What waits for what in the version that this run is of, with how each task went. */
export function GraphTab({ detail, isOld }: TabProps) {
  const { run, attempts } = detail;
  const query = useQuery({
    ...pipelineQueries.structure(run.environment, run.pipeline, run.dagVersion ?? undefined),
    staleTime: structureFreshMs,
  });
  const structure = query.data;
  const broken = brokenBy(query);
  return (
    <Panel
      title="What waits for what"
      note={structure?.version ? `version ${structure.version}${run.dagVersion === null ? ", the run’s own is not known" : ""}` : undefined}
      end={<AsOf at={detail.asOf} sources={detail.sources} isOld={isOld} />}
    >
      {!structure ? (
        broken ? (
          <Unreadable what="What the DAG consists of" problem={broken} />
        ) : (
          <Ghosts rows={6} label="Reading what the DAG consists of" />
        )
      ) : structure.tasks.length === 0 ? (
        <Empty title="What the DAG consists of is not known.">{structure.tasksReason ?? "Airflow has told of no task of it."}</Empty>
      ) : (
        <TaskOrder run={run} tasks={structure.tasks} rows={taskRows(attempts)} />
      )}
    </Panel>
  );
}
