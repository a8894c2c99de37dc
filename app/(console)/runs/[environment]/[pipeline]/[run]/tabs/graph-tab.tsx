"use client";

import { useRouter } from "next/navigation";
import { useCallback, useMemo } from "react";
import { DagGraph } from "@/components/graph/dag-graph";
import { DagList } from "@/components/graph/dag-list";
import { taskLooks } from "@/components/graph/task-looks";
import { pathOf } from "@/components/runs/gantt-words";
import { AsOf } from "@/components/ui/as-of";
import { Empty, Ghosts, Unreadable } from "@/components/ui/notice";
import { Panel } from "@/components/ui/panel";
import { sentences } from "@/lib/format/sentence";
import { taskRows } from "@/lib/format/task-timeline";
import { paths } from "@/lib/paths";
import { brokenBy, useLive } from "@/lib/queries/live";
import { pipelineQueries } from "@/lib/queries/pipelines";
import type { RunDetail } from "@/lib/schemas/run";
import type { PipelineStructure } from "@/lib/schemas/structure";
import type { TabProps } from "../run-tabs";

/** What waits for what, with how each task went in this run. */
export function GraphTab({ detail, isOld }: TabProps) {
  const { environment, pipeline, dagVersion } = detail.run;
  const own = useLive(pipelineQueries.structure(environment, pipeline, dagVersion ?? undefined));
  const current = useLive(pipelineQueries.structure(environment, pipeline));
  // The version of an old run may not have been kept: the DAG of today is better than none, and says that it is that.
  const isOwn = own.data !== undefined && own.data.tasks.length > 0;
  const structure = isOwn ? own.data : own.isPending ? undefined : current.data;
  const broken = brokenBy(current);
  const isOfToday = structure !== undefined && (!isOwn || dagVersion === null) && structure.version !== null;
  return (
    <Panel
      title="Graph"
      note={
        isOfToday ? `as the DAG is today, version ${structure.version}` : structure?.version ? `version ${structure.version}` : undefined
      }
      end={<AsOf at={detail.asOf} sources={detail.sources} isOld={isOld} />}
    >
      {structure ? (
        <Drawn detail={detail} structure={structure} />
      ) : broken ? (
        <Unreadable what="Its structure" problem={broken} />
      ) : (
        <Ghosts rows={8} label="Reading its tasks" />
      )}
    </Panel>
  );
}

function Drawn({ detail, structure }: { detail: RunDetail; structure: PipelineStructure }) {
  const { run, attempts, folded } = detail;
  const router = useRouter();
  const rows = useMemo(() => taskRows(attempts), [attempts]);
  const looks = useMemo(() => taskLooks(attempts, folded), [attempts, folded]);
  const stateOf = useCallback((taskId: string) => looks.get(taskId) ?? null, [looks]);
  const critical = useMemo(() => {
    const { keys } = pathOf(rows, structure);
    return new Set(rows.filter(({ key }) => keys.has(key)).map(({ taskId }) => taskId));
  }, [rows, structure]);
  const { environment, pipeline, runId } = run;
  const open = useCallback(
    (taskId: string) => {
      const instances = rows.filter((row) => row.taskId === taskId);
      const row = instances.find(({ latest }) => latest.state === "failed") ?? instances[0];
      if (row) router.push(paths.attempt({ environment, pipeline, runId }, taskId, row.latest.tryNumber, row.mapIndex), { scroll: false });
    },
    [router, rows, environment, pipeline, runId],
  );
  if (structure.tasks.length > 0)
    return (
      <DagGraph
        id={`${environment} ${pipeline}`}
        tasks={structure.tasks}
        groups={structure.groups}
        stateOf={stateOf}
        onOpen={open}
        critical={critical}
      />
    );
  const seen = [...looks.keys()]
    .sort()
    .map((taskId) => ({ taskId, label: taskId, groupId: null, upstream: [], operator: null, isMapped: false }));
  return (
    <>
      <Empty title="Its graph is not known.">
        {sentences(structure.tasksReason)} {seen.length > 0 && "These are the tasks that this run had; what they wait for is not known."}
      </Empty>
      {seen.length > 0 && <DagList tasks={seen} stateOf={stateOf} onOpen={open} />}
    </>
  );
}
