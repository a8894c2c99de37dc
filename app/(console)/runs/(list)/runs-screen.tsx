"use client";

import { useQueryClient } from "@tanstack/react-query";
import { parseAsString, useQueryStates } from "nuqs";
import { memo, startTransition, useCallback, useDeferredValue, useState } from "react";
import { TriggerLink } from "@/components/pipelines/trigger-link";
import { useHeldRuns } from "@/components/runs/held-runs";
import { RunFilters } from "@/components/runs/run-filters";
import { orderOf, RunList } from "@/components/runs/run-list";
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
import { useWaiting } from "@/components/ui/use-painted";
import { brokenBy, useLive } from "@/lib/queries/live";
import { runQueries } from "@/lib/queries/runs";
import { type Asked, askedNames, askedOf, filterOf, shown } from "@/lib/run-asked";
import type { RunPage } from "@/lib/schemas/run";
import { ExportLinks } from "./export-links";
import { RunsGhost } from "./ghost";
import { LookFurther, NoRuns } from "./no-runs";

const isMoving = (page: RunPage) => page.counts.running + page.counts.queued > 0;
type Ask = (change: Partial<Asked>) => void;

const address = Object.fromEntries(askedNames.map((name) => [name, parseAsString]));

export function RunsScreen() {
  const [given, setGiven] = useQueryStates(address, { history: "push" });
  const client = useQueryClient();
  const asked = askedOf(given);
  const fetchAhead = useCallback((next: Asked) => void client.prefetchQuery(runQueries.list(filterOf(next))), [client]);
  // From what was asked last, which may not be drawn yet.
  const ask: Ask = useCallback(
    (change) =>
      startTransition(() => {
        void setGiven((last) => {
          const next = changed(askedOf(last), change);
          fetchAhead(next);
          return next;
        });
      }),
    [setGiven, fetchAhead],
  );
  const query = useLive(runQueries.list(filterOf(asked)), isMoving);
  const broken = brokenBy(query);
  const answer = useAnswer(asked, query.data);
  const drawn = useDeferredValue(answer);
  const [openedWith] = useState(() => keyOf(asked));
  const waiting = useWaiting(drawn !== null && keyOf(asked) !== drawn.key);
  if (!drawn || (!query.data && broken)) return <RunsGhost notice={<Honesty page="runs" answer={undefined} broken={broken} />} />;
  const { page } = drawn;
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
      <RunViews asked={asked} counts={page.counts} onAsk={ask} onNear={(change) => fetchAhead(changed(asked, change))} />
      <RunFilters asked={asked} runs={page.items} onAsk={ask} />
      <Honesty page="runs" answer={page} broken={broken} />
      <div {...waiting}>
        <List key={drawn.key} answer={drawn} isOld={broken !== null} isInPieces={drawn.key !== openedWith} onAsk={ask} />
      </div>
    </>
  );
}

/** From the first page on. An address without a word is the reader's default view: what is asked for here says so. */
function changed(asked: Asked, change: Partial<Asked>): Asked {
  const next = { ...asked, cursor: null, before: null, ...change };
  const isBare = Object.values({ ...next, environment: null }).every((value) => !value);
  return { ...next, show: next.show ?? (isBare ? shown(asked) : null) };
}

type Drawn = { key: string; asked: Asked; page: RunPage };

const keyOf = (asked: Asked) => JSON.stringify(filterOf(asked));

/** What was answered last, with what it answers: it stays until the next is there. */
function useAnswer(asked: Asked, page: RunPage | undefined): Drawn | null {
  const [last, setLast] = useState<Drawn | null>(null);
  const key = keyOf(asked);
  if (!page || (last?.key === key && last.page === page)) return last;
  const answer = { key, asked, page };
  setLast(answer);
  return answer;
}

type ListProps = { answer: Drawn; isOld: boolean; isInPieces: boolean; onAsk: Ask };

/** Drawn by itself, so that a chip is pressed before its rows are there. */
const List = memo(function List({ answer: { asked, page }, isOld, isInPieces, onAsk }: ListProps) {
  const { places, changes, takeIn } = useHeldRuns(page.items, "");
  const selection = useSelection(places.map(({ id }) => id));
  const chosen = places.filter(({ id }) => selection.has(id)).map(({ row }) => row);
  const environments = [...new Set(page.items.map(({ environment }) => environment))];
  const isFirst = !asked.cursor && page.previousCursor === null;
  return (
    <Panel
      title={isFirst ? (shown(asked) === "attention" ? "Needs attention" : "Runs") : "Older runs"}
      note={orderOf(places)}
      end={
        <>
          <NewRows {...changes} onTakeIn={takeIn} />
          {places.length > 0 && <ExportLinks asked={asked} />}
          <AsOf at={page.asOf} sources={page.sources} isOld={isOld} />
        </>
      }
    >
      {places.length === 0 ? (
        <NoRuns page={page} asked={asked} onAsk={onAsk} />
      ) : (
        <RunList places={places} hasEnvironment={environments.length > 1} label="Runs" isInPieces={isInPieces} selection={selection} />
      )}
      {places.length > 0 && <LookFurther page={page} onAsk={onAsk} />}
      {chosen.length > 0 && <SelectedRuns runs={chosen} onClear={selection.clear} />}
      <Pager
        isFirst={isFirst}
        nextCursor={page.lookedBackTo ? null : page.nextCursor}
        previousCursor={page.previousCursor}
        onFirst={() => onAsk({ cursor: null })}
        onNext={(cursor) => onAsk({ cursor })}
        onPrevious={(before) => onAsk({ before })}
        words={{ first: "Newest runs", next: "Older runs", previous: "Newer runs" }}
      />
    </Panel>
  );
});
