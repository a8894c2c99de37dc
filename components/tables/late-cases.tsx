"use client";

import Link from "next/link";
import { NextStep } from "@/components/ui/next-step";
import { Panel } from "@/components/ui/panel";
import { State } from "@/components/ui/state";
import { DataThrough, Time } from "@/components/ui/time";
import { tableOrder, tableSaid } from "@/lib/format/states";
import { span } from "@/lib/format/time";
import { paths } from "@/lib/paths";
import type { TableSummary } from "@/lib/schemas/table";

const troubled = new Set(["failed", "late", "unknown"]);

export const needsWord = (table: TableSummary) => troubled.has(table.state);

const worstFirst = (a: TableSummary, b: TableSummary) =>
  tableOrder.indexOf(a.state) - tableOrder.indexOf(b.state) || (b.lateByMs ?? 0) - (a.lateByMs ?? 0) || a.table.localeCompare(b.table);

const said = ({ state, lateByMs }: TableSummary) =>
  state === "late" && lateByMs !== null && lateByMs > 0 ? { ...tableSaid.late, word: `${span(lateByMs)} late` } : tableSaid[state];

/** The tables that a reader must be told about, worst first, each with its reason and the one next step. */
export function LateCases({ tables, end }: { tables: TableSummary[]; end: React.ReactNode }) {
  const cases = tables.filter(needsWord).sort(worstFirst);
  if (cases.length === 0) return null;
  return (
    <Panel id="late" title="Late or unknown" note="worst first" end={end}>
      <ul>
        {cases.map((table) => (
          <li
            key={`${table.environment} ${table.table}`}
            className="grid gap-x-5 gap-y-0.5 border-t border-line px-3.5 py-3 first:border-t-0 desk:grid-cols-[116px_minmax(0,1fr)_200px] desk:gap-y-1 desk:px-4 desk:py-3.5"
          >
            <div>
              <State {...said(table)} />
              {table.expectedBy && (
                <span className="two">
                  due <Time at={table.expectedBy} />
                </span>
              )}
            </div>
            <div className="min-w-0">
              <h3 className="text-lead font-strong">
                <Link href={paths.table(table.environment, table.table)} prefetch={false}>
                  {table.table}
                </Link>
              </h3>
              <p className="mt-0.5 max-w-[68ch] text-ink-2">{table.reason}</p>
              <p className="mt-2 flex flex-wrap gap-x-3.5 text-small max-desk:[&>a]:py-1.5">
                <NextStep href={paths.table(table.environment, table.table)}>
                  {table.state === "unknown" ? "Why unknown" : "Why late"}
                </NextStep>
                {table.producedBy && table.lastRun && (
                  <Link
                    href={paths.run({ environment: table.environment, pipeline: table.producedBy.pipeline, runId: table.lastRun.runId })}
                    prefetch={false}
                  >
                    Last run of {table.producedBy.pipeline}
                  </Link>
                )}
              </p>
            </div>
            <dl className="mt-1.5 text-small text-ink-2 desk:mt-0">
              <dt className="text-micro text-ink-3">Holds data through</dt>
              <dd className="text-base font-strong text-ink">
                <DataThrough value={table.dataThrough} />
              </dd>
              <dd>
                {table.loadedAt ? (
                  <>
                    loaded <Time at={table.loadedAt} />
                  </>
                ) : (
                  "no load seen"
                )}
              </dd>
            </dl>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
