"use client";

import { parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";
import { TriggerLink } from "@/components/pipelines/trigger-link";
import { RunFilters } from "@/components/runs/run-filters";
import { placesOf, RunList } from "@/components/runs/run-list";
import { RunsOrPipelines } from "@/components/shell/runs-or-pipelines";
import { AsOf } from "@/components/ui/as-of";
import { Answer, Head, Question } from "@/components/ui/heading";
import { Honesty } from "@/components/ui/honesty";
import { NewRows } from "@/components/ui/new-rows";
import { Empty } from "@/components/ui/notice";
import { Pager } from "@/components/ui/pager";
import { Panel } from "@/components/ui/panel";
import { useHeld } from "@/lib/queries/held";
import { brokenBy, useLive } from "@/lib/queries/live";
import { runQueries } from "@/lib/queries/runs";
import type { RunFilter, RunPage, RunState } from "@/lib/schemas/run";
import RunsGhost from "./loading";

const states: RunState[] = ["queued", "running", "success", "failed"];
const isMoving = (page: RunPage) => page.counts.running + page.counts.queued > 0;

export function RunsScreen() {
  const [asked, ask] = useQueryStates(
    { state: parseAsStringLiteral(states), pipeline: parseAsString, environment: parseAsString, cursor: parseAsString },
    { history: "push" },
  );
  const filter: RunFilter = {
    limit: 25,
    ...(asked.cursor && { cursor: asked.cursor }),
    ...(asked.environment && { environment: asked.environment }),
    ...(asked.pipeline && { pipeline: asked.pipeline }),
    ...(asked.state && { state: asked.state }),
  };
  const query = useLive(runQueries.list(filter), isMoving);
  const broken = brokenBy(query);
  if (!query.data) return <RunsGhost notice={<Honesty page="runs" answer={undefined} broken={broken} />} />;
  return <Shown key={JSON.stringify(filter)} page={query.data} broken={broken} asked={asked} ask={(change) => void ask(change)} />;
}

type ShownProps = {
  page: RunPage;
  broken: ReturnType<typeof brokenBy>;
  asked: Parameters<typeof RunFilters>[0]["asked"];
  ask: Parameters<typeof RunFilters>[0]["onAsk"];
};

function Shown({ page, broken, asked, ask }: ShownProps) {
  const { places, changes, takeIn } = useHeld(placesOf(page.items), "");
  const hasFilter = asked.state !== null || asked.pipeline !== null || asked.environment !== null;
  const environments = [...new Set(page.items.map(({ environment }) => environment))];
  return (
    <>
      <Head
        acts={
          <>
            <RunsOrPipelines />
            <TriggerLink />
          </>
        }
      >
        <Question>What needs me?</Question>
        <Answer parts={page.sentence} />
      </Head>
      <RunFilters asked={asked} counts={page.counts} pipelines={[...new Set(page.items.map(({ pipeline }) => pipeline))]} onAsk={ask} />
      <Honesty page="runs" answer={page} broken={broken} />
      <Panel
        title={asked.cursor ? "Older runs" : "Runs"}
        note="by urgency"
        end={
          <>
            <NewRows {...changes} onTakeIn={takeIn} />
            <AsOf at={page.asOf} sources={page.sources} isOld={broken !== null} />
          </>
        }
      >
        {places.length === 0 ? (
          <Empty title={hasFilter ? "No run matches." : "No run has been seen yet."}>
            {hasFilter ? (
              <button type="button" className="go" onClick={() => ask({ state: null, pipeline: null, environment: null, cursor: null })}>
                Clear the filter
              </button>
            ) : (
              "A run appears here a few seconds after Airflow has made it."
            )}
          </Empty>
        ) : (
          <RunList places={places} hasEnvironment={environments.length > 1} label="Runs" />
        )}
        <Pager
          isFirst={!asked.cursor}
          nextCursor={page.nextCursor}
          onFirst={() => ask({ cursor: null })}
          onNext={(cursor) => ask({ cursor })}
          words={{ first: "Newest runs", next: "Older runs" }}
        />
      </Panel>
    </>
  );
}
