"use client";

import { parseAsString, useQueryState } from "nuqs";
import { ActivityRows } from "@/components/activity/activity-rows";
import { AsOf } from "@/components/ui/as-of";
import { Empty, Ghosts, Unreadable } from "@/components/ui/notice";
import { Pager } from "@/components/ui/pager";
import { Panel } from "@/components/ui/panel";
import { settled } from "@/lib/activity-record";
import { activityQueries } from "@/lib/queries/activity";
import { brokenBy, useLive } from "@/lib/queries/live";
import type { TabProps } from "../run-tabs";

const limit = 25;

/** What people did to this run through Penstock, as the record has it. */
export function ActivityTab({ detail: { run } }: TabProps) {
  const [cursor, setCursor] = useQueryState("before", parseAsString);
  const { environment, pipeline, runId } = run;
  const query = useLive(
    activityQueries.list({ limit, environment, target: `${environment}/${pipeline}/${runId}`, ...(cursor && { cursor }) }),
  );
  const broken = brokenBy(query);
  return (
    <Panel
      title="Activity"
      note="who did what to it, and why"
      end={query.data && <AsOf at={query.data.asOf} sources={query.data.sources} isOld={broken !== null} />}
    >
      {!query.data ? (
        broken ? (
          <Unreadable what="The record" problem={broken} />
        ) : (
          <Ghosts rows={4} label="Reading the record" />
        )
      ) : query.data.items.length === 0 ? (
        <Empty title="Nobody did anything to it here.">What was done in Airflow itself is not on this record.</Empty>
      ) : (
        <>
          <ActivityRows events={settled(query.data.items)} />
          <Pager
            isFirst={!cursor}
            nextCursor={query.data.nextCursor}
            onFirst={() => void setCursor(null)}
            onNext={(next) => void setCursor(next)}
            words={{ first: "Newest", next: "Older" }}
          />
        </>
      )}
    </Panel>
  );
}
