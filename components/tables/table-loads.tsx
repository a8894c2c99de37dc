"use client";

import Link from "next/link";
import { parseAsString, useQueryState } from "nuqs";
import type { ReactNode } from "react";
import { Honesty } from "@/components/ui/honesty";
import { Empty, Ghosts } from "@/components/ui/notice";
import { Panel } from "@/components/ui/panel";
import { plural } from "@/lib/format/count";
import { paths } from "@/lib/paths";
import { brokenBy, useLive } from "@/lib/queries/live";
import { tableQueries } from "@/lib/queries/tables";
import type { TableDetail } from "@/lib/schemas/table";
import { LoadBars } from "./load-bars";
import { LoadRows } from "./load-rows";

const isDay = (text: string | null): text is string => text !== null && /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));

/** The last loads, or those up to a day that the reader asks about. */
export function TableLoads({ detail, end, className }: { detail: TableDetail; end: ReactNode; className?: string }) {
  const [asked, ask] = useQueryState("day", parseAsString.withOptions({ history: "push" }));
  const day = isDay(asked) ? asked : null;
  const { environment, table } = detail.table;
  return (
    <Panel
      title="Loads"
      note={day === null && detail.loads.length > 0 ? `the last ${plural(detail.loads.length, "load")}, newest first` : undefined}
      end={
        <>
          <label className="flex items-center gap-1.5 text-small text-ink-2">
            up to
            <input
              type="date"
              className="rounded-control border border-line bg-surface px-1.5 py-0.5 text-small text-ink"
              value={day ?? ""}
              onChange={(event) => void ask(event.target.value || null)}
            />
          </label>
          {end}
        </>
      }
      {...(className && { className })}
    >
      {day === null ? (
        <Loads loads={detail.loads} detail={detail} />
      ) : (
        <LoadsUntil key={`${environment} ${table} ${day}`} detail={detail} day={day} />
      )}
    </Panel>
  );
}

function LoadsUntil({ detail, day }: { detail: TableDetail; day: string }) {
  const { environment, table } = detail.table;
  const query = useLive(tableQueries.loads(environment, table, day));
  const broken = brokenBy(query);
  if (!query.data)
    return (
      <>
        <Honesty page="tables" answer={undefined} broken={broken} />
        <Ghosts rows={6} label="Reading the loads" />
      </>
    );
  if (query.data.items.length === 0) return <Empty title="No load is on record up to that day." />;
  return <Loads loads={query.data.items} detail={detail} />;
}

function Loads({ loads, detail: { table } }: { loads: TableDetail["loads"]; detail: TableDetail }) {
  const { environment, producedBy } = table;
  if (loads.length > 0)
    return (
      <>
        <LoadBars loads={loads.slice(0, 30)} />
        <LoadRows loads={loads} environment={environment} label={`Loads of ${table.table}`} />
      </>
    );
  return (
    <Empty title="No load is on record.">
      {producedBy ? (
        <>
          The next run of <Link href={paths.pipeline(environment, producedBy.pipeline)}>{producedBy.pipeline}</Link> that writes this table
          appears here.
        </>
      ) : (
        "A load appears here once its job writes a row to penstock.table_load."
      )}
    </Empty>
  );
}
