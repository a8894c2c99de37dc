"use client";

import Link from "next/link";
import { Empty } from "@/components/ui/notice";
import { Panel } from "@/components/ui/panel";
import { Ago, Time } from "@/components/ui/time";
import { paths } from "@/lib/paths";
import type { TableSummary } from "@/lib/schemas/table";

const shown = 5;

/** The deadlines that come next. */
export function NextDue({ tables, end }: { tables: TableSummary[]; end: React.ReactNode }) {
  const coming = tables
    .flatMap((table) => (table.nextExpectedBy ? [{ ...table, due: table.nextExpectedBy }] : []))
    .sort((a, b) => a.due.localeCompare(b.due) || a.table.localeCompare(b.table))
    .slice(0, shown);
  return (
    <Panel title="Next deadlines" end={end}>
      {coming.length === 0 ? (
        <Empty title="No table has a deadline.">Give a table `expect:` in penstock.yaml to be told when it is late.</Empty>
      ) : (
        <ol className="pb-2.5">
          {coming.map((table) => (
            <li key={`${table.environment} ${table.table}`} className="flex items-baseline justify-between gap-3 px-3.5 py-1 desk:px-4">
              <Link href={paths.table(table.environment, table.table)} prefetch={false} className="min-w-0 [overflow-wrap:anywhere]">
                {table.table}
              </Link>
              <span className="text-right whitespace-nowrap">
                <Time at={table.due} /> <Ago at={table.due} className="text-small text-ink-3" />
              </span>
            </li>
          ))}
        </ol>
      )}
    </Panel>
  );
}
