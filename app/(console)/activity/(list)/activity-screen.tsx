"use client";

import { parseAsString, useQueryStates } from "nuqs";
import { ActivityRows } from "@/components/activity/activity-rows";
import { AsOf } from "@/components/ui/as-of";
import { Answer, Head, Question } from "@/components/ui/heading";
import { Honesty } from "@/components/ui/honesty";
import { NewRows } from "@/components/ui/new-rows";
import { Empty } from "@/components/ui/notice";
import { Pager } from "@/components/ui/pager";
import { Panel } from "@/components/ui/panel";
import { happeningOf, settled } from "@/lib/activity-record";
import { plural } from "@/lib/format/count";
import { activityQueries } from "@/lib/queries/activity";
import { useHeld } from "@/lib/queries/held";
import { brokenBy, useLive } from "@/lib/queries/live";
import type { ActivityEvent, ActivityFilter } from "@/lib/schemas/activity";
import type { Sentence } from "@/lib/schemas/common";
import { ActivityGhost } from "./ghost";

const placesOf = (events: ActivityEvent[]) => settled(events).map((row) => ({ id: happeningOf(row), group: "all", row }));

function sentenceOf(chain: ActivityEvent[], hasMore: boolean): Sentence {
  const events = settled(chain);
  if (events.length === 0) return [{ text: "Nothing has been done through Penstock yet." }];
  const people = new Set(events.map(({ userId }) => userId)).size;
  const refused = events.filter(({ outcome }) => outcome === "denied").length;
  const first = `${hasMore ? "The last " : ""}${plural(events.length, "entry", "entries")}, by ${plural(people, "person", "people")}.`;
  return [{ text: first }, ...(refused > 0 ? [{ text: ` ${refused} refused.`, tone: "fail" as const }] : [])];
}

export function ActivityScreen() {
  const [asked, ask] = useQueryStates({ environment: parseAsString, cursor: parseAsString }, { history: "push" });
  const filter: ActivityFilter = {
    limit: 25,
    ...(asked.cursor && { cursor: asked.cursor }),
    ...(asked.environment && { environment: asked.environment }),
  };
  const query = useLive(activityQueries.list(filter));
  const broken = brokenBy(query);
  const page = query.data;
  const { places, changes, takeIn } = useHeld(placesOf(page?.items ?? []), JSON.stringify(filter));
  if (!page) return <ActivityGhost notice={<Honesty page="activity" answer={undefined} broken={broken} />} />;
  return (
    <>
      <Head>
        <Question>Who did what, and why?</Question>
        <Answer parts={sentenceOf(page.items, page.nextCursor !== null)} />
      </Head>
      <Honesty page="activity" answer={page} broken={broken} />
      <Panel
        title="Record"
        note="newest first, never edited"
        end={
          <>
            <NewRows {...changes} onTakeIn={takeIn} />
            <AsOf at={page.asOf} isOld={broken !== null} />
          </>
        }
      >
        {places.length === 0 ? (
          <Empty title="The record is empty.">Whoever triggers a run, or tries to without the right, is written down here.</Empty>
        ) : (
          <ActivityRows events={places.map(({ row }) => row)} />
        )}
        <Pager
          isFirst={!asked.cursor}
          nextCursor={page.nextCursor}
          onFirst={() => void ask({ cursor: null })}
          onNext={(cursor) => void ask({ cursor })}
          words={{ first: "Newest entries", next: "Older entries" }}
        />
      </Panel>
    </>
  );
}
