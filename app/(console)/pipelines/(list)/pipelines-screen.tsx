"use client";

import dynamic from "next/dynamic";
import { parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";
import { BrokenFiles } from "@/components/pipelines/dag-troubles";
import { PipelineRows } from "@/components/pipelines/pipeline-rows";
import { RunsOrPipelines } from "@/components/shell/runs-or-pipelines";
import { AsOf } from "@/components/ui/as-of";
import { Answer, Head, Question } from "@/components/ui/heading";
import { Honesty } from "@/components/ui/honesty";
import { Empty, Ghosts } from "@/components/ui/notice";
import { Pager } from "@/components/ui/pager";
import { Panel } from "@/components/ui/panel";
import { pendingRuns } from "@/lib/format/states";
import { brokenBy, useLive } from "@/lib/queries/live";
import { pipelineQueries } from "@/lib/queries/pipelines";
import type { PipelineFilter, PipelinePage } from "@/lib/schemas/pipeline";
import { PipelinesGhost } from "./ghost";

const ClockList = dynamic(() => import("@/components/clock/clock-list").then((module) => module.ClockList), {
  loading: () => <Ghosts rows={8} label="Reading the clock" />,
});

const isMoving = ({ items }: PipelinePage) => items.some(({ lastRun }) => lastRun !== null && pendingRuns.includes(lastRun.state));

export function PipelinesScreen() {
  const [asked, ask] = useQueryStates(
    { environment: parseAsString, cursor: parseAsString, view: parseAsStringLiteral(["list", "clock"]).withDefault("list") },
    { history: "push" },
  );
  const filter: PipelineFilter = {
    limit: 100,
    ...(asked.cursor && { cursor: asked.cursor }),
    ...(asked.environment && { environment: asked.environment }),
  };
  const query = useLive(pipelineQueries.list(filter), isMoving);
  const broken = brokenBy(query);
  const page = query.data;
  if (!page) return <PipelinesGhost notice={<Honesty page="pipelines" answer={undefined} broken={broken} />} />;
  const hasMany = new Set(page.items.map(({ environment }) => environment)).size > 1;
  return (
    <>
      <Head
        acts={
          <>
            <fieldset className="seg" aria-label="View">
              {(["list", "clock"] as const).map((view) => (
                <button
                  key={view}
                  type="button"
                  aria-pressed={asked.view === view}
                  onClick={() => void ask({ view: view === "list" ? null : view, cursor: null })}
                >
                  {view === "list" ? "List" : "Clock"}
                </button>
              ))}
            </fieldset>
            <RunsOrPipelines />
          </>
        }
      >
        <Question>What runs when?</Question>
        <Answer parts={page.sentence} />
      </Head>
      <Honesty page="pipelines" answer={page} broken={broken} />
      <BrokenFiles files={page.brokenFiles} />
      {asked.view === "clock" ? (
        <ClockList environment={asked.environment ?? undefined} />
      ) : (
        <Panel title="Pipelines" note="by name" end={<AsOf at={page.asOf} sources={page.sources} isOld={broken !== null} />}>
          {page.items.length === 0 ? (
            <Empty title="No pipeline has been seen yet.">They appear once Airflow has told its DAGs.</Empty>
          ) : (
            <PipelineRows pipelines={page.items} hasEnvironment={hasMany} />
          )}
          <Pager
            isFirst={!asked.cursor}
            nextCursor={page.nextCursor}
            onFirst={() => void ask({ cursor: null })}
            onNext={(cursor) => void ask({ cursor })}
            words={{ first: "First pipelines", next: "More pipelines" }}
          />
        </Panel>
      )}
    </>
  );
}
