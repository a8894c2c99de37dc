"use client";

import { useRouter } from "next/navigation";
import { parseAsString, useQueryState } from "nuqs";
import { useCallback, useMemo } from "react";
import { DagGraph } from "@/components/graph/dag-graph";
import { DagList } from "@/components/graph/dag-list";
import { taskLooks } from "@/components/graph/task-looks";
import { Empty, Ghosts, Unreadable } from "@/components/ui/notice";
import { SelectChip } from "@/components/ui/select-chip";
import { useNow } from "@/lib/format/now";
import { isOpen } from "@/lib/format/run-words";
import { sentences } from "@/lib/format/sentence";
import { runSaid } from "@/lib/format/states";
import { moment } from "@/lib/format/time";
import { useZone } from "@/lib/format/zone";
import { paths } from "@/lib/paths";
import { brokenBy, useLive } from "@/lib/queries/live";
import { pipelineQueries } from "@/lib/queries/pipelines";
import { runQueries } from "@/lib/queries/runs";
import type { PipelineDetail } from "@/lib/schemas/pipeline";
import type { Run, RunDetail, RunId } from "@/lib/schemas/run";
import type { PipelineStructure } from "@/lib/schemas/structure";

/** The tasks of the DAG with the states of one run, the newest unless another is chosen. */
export function GraphTab({ detail: { pipeline, runs } }: { detail: PipelineDetail }) {
  const { environment, pipeline: name } = pipeline;
  const [asked, ask] = useQueryState("run", parseAsString);
  const run = runs.find(({ runId }) => runId === asked) ?? runs[0];
  const structure = useStructure(environment, name, run?.dagVersion ?? null);
  const broken = brokenBy(structure);
  if (!structure.data) return broken ? <Unreadable what="Its structure" problem={broken} /> : <Ghosts rows={8} label="Reading its tasks" />;
  const choice = run && <RunChoice runs={runs} run={run} onChange={(runId) => void ask(runId === runs[0]?.runId ? null : runId)} />;
  return run ? (
    <OfRun key={name} run={run} structure={structure.data} choice={choice} />
  ) : (
    <WithoutRun id={`${environment} ${name}`} structure={structure.data} />
  );
}

/** The version that the run ran with, where it is kept; else the current one. */
function useStructure(environment: string, name: string, version: string | null) {
  const current = useLive(pipelineQueries.structure(environment, name));
  const isOther = version !== null && current.data?.version !== version && current.data?.versions.some((each) => each.version === version);
  const own = useLive(pipelineQueries.structure(environment, name, isOther ? version : undefined));
  return own.data && own.data.tasks.length > 0 ? own : current;
}

function RunChoice({ runs, run, onChange }: { runs: Run[]; run: Run; onChange: (runId: string) => void }) {
  const zone = useZone();
  const now = useNow(60_000);
  const options = runs.map(({ runId, state, startedAt, queuedAt }) => {
    const at = startedAt ?? queuedAt;
    return { value: runId, label: `${at ? moment(at, now, zone) : runId}, ${runSaid[state].word.toLowerCase()}` };
  });
  return <SelectChip name="Run" value={run.runId} options={options} onChange={onChange} />;
}

const isMoving = ({ run }: RunDetail) => isOpen(run);

function OfRun({ run, structure, choice }: { run: Run; structure: PipelineStructure; choice: React.ReactNode }) {
  const { environment, pipeline, runId } = run;
  const query = useLive(runQueries.detail({ environment, pipeline, runId }), isMoving);
  const attempts = query.data?.attempts;
  const looks = useMemo(() => taskLooks(attempts ?? [], query.data?.folded), [attempts, query.data?.folded]);
  const stateOf = useCallback((taskId: string) => looks.get(taskId) ?? null, [looks]);
  const open = useOpen({ environment, pipeline, runId }, attempts);
  const broken = brokenBy(query);
  if (!attempts && !broken) return <Ghosts rows={8} label="Reading the run" />;
  if (structure.tasks.length > 0)
    return (
      <DagGraph
        id={`${environment} ${pipeline}`}
        tasks={structure.tasks}
        groups={structure.groups}
        stateOf={stateOf}
        onOpen={open}
        bar={choice}
      />
    );
  const seen = [...looks.keys()].sort().map((taskId) => {
    return { taskId, label: taskId, groupId: null, upstream: [], operator: null, isMapped: false };
  });
  return (
    <>
      <Empty title="Its graph is not known.">
        {sentences(structure.tasksReason)} {seen.length > 0 && "These are the tasks that this run had; what they wait for is not known."}
      </Empty>
      <div className="px-3.5 pb-2 desk:px-4">{choice}</div>
      {seen.length > 0 && <DagList tasks={seen} stateOf={stateOf} onOpen={open} />}
    </>
  );
}

function useOpen(run: RunId, attempts: RunDetail["attempts"] | undefined) {
  const router = useRouter();
  const { environment, pipeline, runId } = run;
  return useCallback(
    (taskId: string) => {
      const tries = attempts?.filter((each) => each.taskId === taskId && each.isLatest) ?? [];
      const attempt = tries.find(({ state }) => state === "failed") ?? tries[0];
      const id = { environment, pipeline, runId };
      router.push(attempt ? paths.attempt(id, taskId, attempt.tryNumber, attempt.mapIndex) : paths.run(id));
    },
    [router, attempts, environment, pipeline, runId],
  );
}

const noState = () => null;
const stay = () => {};

function WithoutRun({ id, structure }: { id: string; structure: PipelineStructure }) {
  if (structure.tasks.length === 0) return <Empty title="Its graph is not known.">{sentences(structure.tasksReason)}</Empty>;
  return (
    <DagGraph
      id={id}
      tasks={structure.tasks}
      groups={structure.groups}
      stateOf={noState}
      onOpen={stay}
      bar={<span className="text-small text-ink-3">It has not run yet, so no task has a state.</span>}
    />
  );
}
