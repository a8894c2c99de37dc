"use client";

import { parseAsString, useQueryState } from "nuqs";
import { Comparison } from "@/components/compare/comparison";
import { ChangedCode } from "@/components/pipelines/changed-code";
import { NextStep } from "@/components/ui/next-step";
import { Ghosts, Unreadable } from "@/components/ui/notice";
import { onDemand } from "@/components/ui/on-demand";
import { Panel } from "@/components/ui/panel";
import { paths } from "@/lib/paths";
import { brokenBy, useLive } from "@/lib/queries/live";
import { runQueries } from "@/lib/queries/runs";
import type { TabProps } from "../run-tabs";

const RunPicker = onDemand(
  () => import("@/components/compare/run-picker").then(({ RunPicker: Picker }) => Picker),
  () => <span className="btn">Against…</span>,
);

/** What changed since the last good run, or since any that the reader picks. */
export function CompareTab({ detail: { run } }: TabProps) {
  const [other] = useQueryState("with", parseAsString);
  const query = useLive(runQueries.comparison(run, other ?? undefined), ({ run: shown }) => shown.endedAt === null);
  const broken = brokenBy(query);
  const answer = query.data;
  if (!answer) {
    return (
      <Panel title="What changed?">
        {broken ? <Unreadable what="The comparison" problem={broken} /> : <Ghosts rows={6} label="Comparing the runs" />}
      </Panel>
    );
  }
  const earlier = answer.with;
  return (
    <>
      <div className="mb-3 flex flex-wrap items-center gap-x-4 gap-y-2">
        <p className="min-w-0 flex-1 text-lead [overflow-wrap:anywhere]">
          <b className="font-strong">{answer.sentence.map(({ text }) => text).join("")}</b>
          {earlier && <span className="block text-base text-ink-2">{answer.summary}</span>}
        </p>
        <RunPicker
          id={run}
          chosen={earlier?.runId ?? null}
          isLastGood={answer.isLastGood}
          hrefOf={(runId) => paths.runTab(run, "compare", runId === undefined ? {} : { with: runId })}
        />
        <NextStep href={paths.compare(run, other ?? undefined)}>As a page</NextStep>
      </div>
      <Comparison
        answer={answer}
        isOld={broken !== null}
        changedCode={(before, now) => <ChangedCode pipeline={answer.run} before={before} now={now} />}
      />
    </>
  );
}
