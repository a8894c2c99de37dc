"use client";

import Link from "next/link";
import { memo } from "react";
import { Scroller } from "@/components/ui/scroller";
import { State } from "@/components/ui/state";
import { Ago, DataThrough, Time } from "@/components/ui/time";
import { tableSaid } from "@/lib/format/states";
import { paths } from "@/lib/paths";
import type { TableSummary } from "@/lib/schemas/table";

type TableRowsProps = { tables: TableSummary[]; label: string; hasEnvironment: boolean; most?: number };

/** Tables with what a reader asks first: state, newest data, last load, deadline. Rows are in order of name, so that none ever moves. */
export function TableRows({ tables, label, hasEnvironment, most }: TableRowsProps) {
  const rows = [...tables].sort((a, b) => a.environment.localeCompare(b.environment) || a.table.localeCompare(b.table)).slice(0, most);
  return (
    <Scroller label={`${label}, scrolls sideways`}>
      <table className="rows blocks wide:table-fixed" aria-label={label}>
        <thead>
          <tr>
            <th scope="col">Table</th>
            <th scope="col" className="wide:w-[15%]">
              State
            </th>
            <th scope="col" className="num wide:w-[13%]">
              Data through
            </th>
            <th scope="col" className="num wide:w-[14%]">
              Last load
            </th>
            <th scope="col" className="num wide:w-[15%]">
              Expected by
            </th>
            <th scope="col" className="num wide:w-[19%]">
              Loaded by
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((table) => (
            <Row key={`${table.environment} ${table.table}`} table={table} hasEnvironment={hasEnvironment} />
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}

const Row = memo(function Row({ table, hasEnvironment }: { table: TableSummary; hasEnvironment: boolean }) {
  const due = table.nextExpectedBy ?? table.expectedBy;
  return (
    <tr>
      <td className="min-w-0 max-desk:order-1">
        <Link href={paths.table(table.environment, table.table)} prefetch={false} className="font-strong [overflow-wrap:anywhere]">
          {table.table}
        </Link>
        {hasEnvironment && <span className="two">{table.environment}</span>}
      </td>
      <td className="max-desk:order-2 max-desk:text-right">
        <State {...tableSaid[table.state]} />
      </td>
      <td className="num max-desk:order-3 max-desk:text-left! max-desk:text-small max-desk:text-ink-2">
        <span className="desk:hidden">data through </span>
        <DataThrough value={table.dataThrough} />
      </td>
      <td className="num max-desk:order-5 max-desk:col-span-2 max-desk:text-left! max-desk:text-small max-desk:text-ink-3">
        {table.loadedAt ? (
          <>
            <span className="desk:hidden">loaded </span>
            <Time at={table.loadedAt} />
            <span className="two max-desk:inline">
              <span className="desk:hidden"> · </span>
              <Ago at={table.loadedAt} />
            </span>
          </>
        ) : (
          <span className="text-mute-ink">no load seen</span>
        )}
      </td>
      <td className="num max-desk:order-4 max-desk:text-small max-desk:text-ink-3">
        {due ? (
          <>
            <span className="desk:hidden">by </span>
            <Time at={due} />
            {table.expectedZone && <span className="two max-desk:hidden">{table.expectedZone}</span>}
          </>
        ) : (
          <span className="text-ink-3">no deadline</span>
        )}
      </td>
      <td className="num max-desk:hidden desk:whitespace-normal">
        {table.producedBy ? (
          <Link
            href={paths.pipeline(table.environment, table.producedBy.pipeline)}
            prefetch={false}
            className="line-clamp-2 [overflow-wrap:anywhere]"
            title={table.producedBy.pipeline.length > 60 ? table.producedBy.pipeline : undefined}
          >
            {table.producedBy.pipeline}
          </Link>
        ) : (
          <span className="text-mute-ink">unknown</span>
        )}
        {table.producedBy?.taskId && <span className="two truncate">{table.producedBy.taskId}</span>}
      </td>
    </tr>
  );
});
