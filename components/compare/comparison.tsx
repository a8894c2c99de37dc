"use client";

import type { ReactNode } from "react";
import { AsOf } from "@/components/ui/as-of";
import { Empty, Ghosts } from "@/components/ui/notice";
import { onDemand } from "@/components/ui/on-demand";
import { Panel } from "@/components/ui/panel";
import { versionName } from "@/lib/format/version";
import type { RunComparison } from "@/lib/schemas/compare";
import { Differences } from "./differences";
import { DefinitionPanels, ParameterPanel } from "./setting-changes";
import { TaskPairs } from "./task-pairs";
import { Versus } from "./versus";

const LogDifference = onDemand(
  () => import("./log-difference").then(({ LogDifference: Part }) => Part),
  () => <Ghosts rows={6} label="Opening the logs" />,
);

type ComparisonProps = { answer: RunComparison; isOld: boolean; changedCode: (before: string, now: string) => ReactNode };

/** Two runs laid side by side, below the sentence that answers what changed. `changedCode` shows two versions of the DAG's file. */
export function Comparison({ answer, isOld, changedCode }: ComparisonProps) {
  const { run, with: other, tasks } = answer;
  if (!other) {
    return (
      <Panel title="What differs">
        <Empty title="There is nothing to lay beside this run.">{answer.summary}</Empty>
      </Panel>
    );
  }
  const asOf = <AsOf at={answer.asOf} sources={answer.sources} isOld={isOld} />;
  const failed = run.failure && tasks.find(({ taskId, now }) => taskId === run.failure?.taskId && now?.state === "failed");
  return (
    <>
      <Versus answer={answer} />
      <Differences answer={answer} asOf={asOf} />
      {other.dagVersion !== null && run.dagVersion !== null && other.dagVersion !== run.dagVersion && (
        <Panel
          title="What changed in its file"
          note={`${versionName(other.dagVersion)} to ${versionName(run.dagVersion)}`}
          className="mt-4"
        >
          {changedCode(other.dagVersion, run.dagVersion)}
        </Panel>
      )}
      <div className="my-4 grid gap-4 min-[1400px]:grid-cols-[minmax(0,1fr)_minmax(0,460px)] min-[1400px]:items-start">
        <TaskPairs answer={answer} asOf={asOf} />
        <div className="grid min-w-0 gap-4">
          <DefinitionPanels definitions={answer.definitions} />
          <ParameterPanel parameters={answer.parameters} />
        </div>
      </div>
      <LogDifference run={run} other={other} tasks={tasks} first={failed ?? null} />
    </>
  );
}
