"use client";

import Link from "next/link";
import { Ago, DataThrough, Time } from "@/components/ui/time";
import { count } from "@/lib/format/count";
import { between, duration } from "@/lib/format/duration";
import { usd } from "@/lib/format/money";
import { paths } from "@/lib/paths";
import type { TableLoad } from "@/lib/schemas/table";

const rowsOf = (value: number | null) => (value === null ? <span className="text-mute-ink">unknown</span> : count(value));

/** One line for each load, newest first. */
export function LoadRows({
  loads,
  environment,
  label,
  hasTable = false,
}: {
  loads: TableLoad[];
  environment: string;
  label: string;
  hasTable?: boolean;
}) {
  return (
    <div className="overflow-x-auto" tabIndex={-1}>
      <table className="rows" aria-label={label}>
        <thead>
          <tr>
            {hasTable && <th scope="col">Table</th>}
            <th scope="col">Loaded</th>
            <th scope="col" className="num">
              Data through
            </th>
            <th scope="col" className="num">
              Inserted
            </th>
            <th scope="col" className="num max-desk:hidden">
              Updated
            </th>
            <th scope="col" className="num max-desk:hidden">
              Rejected
            </th>
            <th scope="col" className="num max-desk:hidden">
              Took
            </th>
            <th scope="col" className="num max-desk:hidden">
              Cost of the load
            </th>
            {!hasTable && (
              <th scope="col" className="num">
                Run
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {loads.map((load) => (
            <LoadRow key={`${load.runKey} ${load.table}`} load={load} environment={environment} hasTable={hasTable} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function LoadRow({ load, environment, hasTable }: { load: TableLoad; environment: string; hasTable: boolean }) {
  const tookMs = between(load.startedAt, load.finishedAt, 0);
  return (
    <tr>
      {hasTable && (
        <td>
          <Link href={paths.table(environment, load.table)} prefetch={false} className="font-strong [overflow-wrap:anywhere]">
            {load.table}
          </Link>
        </td>
      )}
      <td className="whitespace-nowrap">
        <Time at={load.finishedAt} />
        <span className="two">
          <Ago at={load.finishedAt} />
        </span>
      </td>
      <td className="num">
        <DataThrough value={load.dataThrough} />
      </td>
      <td className="num">{rowsOf(load.rowsInserted)}</td>
      <td className="num max-desk:hidden">{rowsOf(load.rowsUpdated)}</td>
      <td className="num max-desk:hidden">{rowsOf(load.rowsRejected)}</td>
      <td className="num max-desk:hidden">{tookMs === null ? <span className="text-mute-ink">unknown</span> : duration(tookMs)}</td>
      <td className="num max-desk:hidden">
        {load.costUsd === null ? <span className="text-mute-ink">price unknown</span> : usd(load.costUsd)}
      </td>
      {!hasTable && (
        <td className="num">
          {load.pipeline && load.runId ? (
            <Link href={paths.run({ environment, pipeline: load.pipeline, runId: load.runId })} prefetch={false}>
              {load.pipeline}
            </Link>
          ) : (
            <span className="text-mute-ink">not joined</span>
          )}
          {load.taskId && <span className="two">{load.taskId}</span>}
        </td>
      )}
    </tr>
  );
}
