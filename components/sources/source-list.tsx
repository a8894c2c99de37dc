"use client";

import { useState } from "react";
import { AsOf, SourceAge } from "@/components/ui/as-of";
import { Ghosts, Unreadable } from "@/components/ui/notice";
import { Panel } from "@/components/ui/panel";
import { count } from "@/lib/format/count";
import { sourceLabel } from "@/lib/format/sources";
import { brokenBy, useConnection, useLive } from "@/lib/queries/live";
import { sourceQueries } from "@/lib/queries/status";

const reach = {
  live: "Changes are pushed to this browser.",
  connecting: "Connecting to the stream of changes.",
  down: "The stream of changes is away; this page asks by itself.",
  signed_out: "Your sign-in has ended: nothing is renewed.",
};

/** Of more, those that are worst off come first and the rest waits behind a button. */
const mostShown = 24;
const rank = { failed: 0, stale: 1, ok: 2 };

/** Every system that Penstock reads, when it last answered, and how often it was asked. */
export function SourceList({ environment }: { environment?: string | undefined }) {
  const query = useLive(sourceQueries.list(environment));
  const connection = useConnection();
  const broken = brokenBy(query);
  const items = query.data?.items;
  const [isWhole, setWhole] = useState(false);
  const shown =
    isWhole || !items || items.length <= mostShown
      ? (items ?? [])
      : items.toSorted((a, b) => rank[a.state] - rank[b.state]).slice(0, mostShown);
  const hasMany = new Set(items?.map(({ environment }) => environment)).size > 1;
  return (
    <Panel id="sources" title="Where this comes from" end={query.data && broken && <AsOf at={query.data.asOf} isOld />}>
      {!items && broken && <Unreadable what="The state of the sources" problem={broken} />}
      {!items && !broken && <Ghosts rows={4} label="Reading the state of the sources" />}
      {items && (
        <ul className="pb-1">
          {shown.map((source) => (
            <li key={`${source.environment} ${source.name}`} className="px-3.5 py-[5px] text-small desk:px-4">
              <span className="flex items-baseline justify-between gap-3">
                <span>
                  {sourceLabel(source.name)}
                  {hasMany && <span className="text-ink-3"> · {source.environment}</span>}
                  {source.callsLastHour !== null && <span className="text-ink-3"> · {count(source.callsLastHour)} calls an hour</span>}
                </span>
                <SourceAge source={source} />
              </span>
              {source.reason && <span className="block text-ink-2 [overflow-wrap:anywhere]">{source.reason}</span>}
              {source.remedy && <span className="block text-ink-3">{source.remedy}</span>}
            </li>
          ))}
        </ul>
      )}
      {items && items.length > shown.length && (
        <p className="px-3.5 pb-2 desk:px-4">
          <button type="button" className="btn" onClick={() => setWhole(true)}>
            All {count(items.length)} sources
          </button>
        </p>
      )}
      <p className="mt-1 border-t border-line px-3.5 py-2 text-micro text-ink-3 desk:px-4">{reach[connection]}</p>
    </Panel>
  );
}
