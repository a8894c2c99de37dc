"use client";

import { parseAsString, useQueryStates } from "nuqs";
import { startTransition } from "react";
import { TriggerLink } from "@/components/pipelines/trigger-link";
import { RunFilters } from "@/components/runs/run-filters";
import { orderOf, placesOf, RunList } from "@/components/runs/run-list";
import { RunViews } from "@/components/runs/run-views";
import { SelectedRuns } from "@/components/runs/selected-runs";
import { useSelection } from "@/components/runs/selection";
import { RunsOrPipelines } from "@/components/shell/runs-or-pipelines";
import { AsOf } from "@/components/ui/as-of";
import { Answer, Head, Question } from "@/components/ui/heading";
import { Honesty } from "@/components/ui/honesty";
import { NewRows } from "@/components/ui/new-rows";
import { Pager } from "@/components/ui/pager";
import { Panel } from "@/components/ui/panel";
import { useHeld } from "@/lib/queries/held";
import { brokenBy, useLive } from "@/lib/queries/live";
import { runQueries } from "@/lib/queries/runs";
import { type Asked, askedNames, askedOf, filterOf, shown } from "@/lib/run-asked";
import type { RunPage } from "@/lib/schemas/run";
import { ExportLinks } from "./export-links";
import { RunsGhost } from "./ghost";
import { LookFurther, NoRuns } from "./no-runs";

const isMoving = (page: RunPage) => page.counts.running + page.counts.queued > 0;
const address = Object.fromEntries(askedNames.map((name) => [name, parseAsString]));

export function RunsScreen() {
  const [given, setGiven] = useQueryStates(address, { history: "push" });
  const asked = askedOf(given);
  // From what was asked last, which may not be drawn yet.
  const ask = (change: Partial<Asked>) =>
    startTransition(() => {
      void setGiven((last) => {
        const next = { ...askedOf(last), cursor: null, before: null, ...change };
        const isBare = Object.values({ ...next, environment: null }).every((value) => !value);
        // An address without a word is the reader's default view: what is asked for here says so.
        return { ...next, show: next.show ?? (isBare ? shown(askedOf(last)) : null) };
      });
    });
  const filter = filterOf(asked);
  const query = useLive(runQueries.list(filter), isMoving);
  const broken = brokenBy(query);
  if (!query.data) return <RunsGhost notice={<Honesty page="runs" answer={undefined} broken={broken} />} />;
  return <Shown key={JSON.stringify(filter)} page={query.data} broken={broken} asked={asked} ask={ask} />;
}

type ShownProps = {
  page: RunPage;
  broken: ReturnType<typeof brokenBy>;
  asked: Asked;
  ask: (change: Partial<Asked>) => void;
};

function Shown({ page, broken, asked, ask }: ShownProps) {
  const { places, changes, takeIn } = useHeld(placesOf(page.items), "");
  const selection = useSelection(places.map(({ id }) => id));
  const chosen = places.filter(({ id }) => selection.has(id)).map(({ row }) => row);
  const environments = [...new Set(page.items.map(({ environment }) => environment))];
  const isFirst = !asked.cursor && page.previousCursor === null;
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
      <RunViews asked={asked} counts={page.counts} onAsk={ask} />
      <RunFilters asked={asked} runs={page.items} onAsk={ask} />
      <Honesty page="runs" answer={page} broken={broken} />
      <Panel
        title={isFirst ? (shown(asked) === "attention" ? "Needs attention" : "Runs") : "Older runs"}
        note={orderOf(places)}
        end={
          <>
            <NewRows {...changes} onTakeIn={takeIn} />
            {places.length > 0 && <ExportLinks asked={asked} />}
            <AsOf at={page.asOf} sources={page.sources} isOld={broken !== null} />
          </>
        }
      >
        {places.length === 0 ? (
          <NoRuns page={page} asked={asked} onAsk={ask} />
        ) : (
          <RunList places={places} hasEnvironment={environments.length > 1} label="Runs" selection={selection} />
        )}
        {places.length > 0 && <LookFurther page={page} onAsk={ask} />}
        {chosen.length > 0 && <SelectedRuns runs={chosen} onClear={selection.clear} />}
        <Pager
          isFirst={isFirst}
          nextCursor={page.lookedBackTo ? null : page.nextCursor}
          previousCursor={page.previousCursor}
          onFirst={() => ask({ cursor: null })}
          onNext={(cursor) => ask({ cursor })}
          onPrevious={(before) => ask({ before })}
          words={{ first: "Newest runs", next: "Older runs", previous: "Newer runs" }}
        />
      </Panel>
    </>
  );
}
