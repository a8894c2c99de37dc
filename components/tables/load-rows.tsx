"use client";

import Link from "next/link";
import { Scroller } from "@/components/ui/scroller";
import { State } from "@/components/ui/state";
import { Ago, DataThrough, Time } from "@/components/ui/time";
import { count } from "@/lib/format/count";
import { between, duration } from "@/lib/format/duration";
import { usd } from "@/lib/format/money";
import { tableSaid } from "@/lib/format/states";
import { span } from "@/lib/format/time";
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
  const isJudged = loads.some(({ expectedBy }) => expectedBy !== null);
  return (
    <Scroller label={`${label}, scrolls sideways`}>
      <table className="rows" aria-label={label}>
        <thead>
          <tr>
            {hasTable && <th scope="col">Table</th>}
            <th scope="col">Loaded</th>
            {isJudged && <th scope="col">On time</th>}
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
          {loads.map((load, index) => (
            <LoadRow
              key={`${load.runKey} ${load.table}`}
              load={load}
              before={hasTable ? undefined : loads[index + 1]}
              environment={environment}
              hasTable={hasTable}
              isJudged={isJudged}
            />
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}

/** Was it there when it had to be? What no deadline asked for is not judged, and says why. */
function OnTime({ load: { expectedBy, lateByMs, whyNotJudged, missed } }: { load: TableLoad }) {
  if (lateByMs === null || expectedBy === null)
    return (
      <span className="text-ink-3" title={whyNotJudged ?? undefined}>
        not judged<span className="sr-only">: {whyNotJudged}</span>
      </span>
    );
  return (
    <>
      {lateByMs === 0 ? <State {...tableSaid.on_time} /> : <State {...tableSaid.late} word={`${span(lateByMs)} late`} />}
      <span className="two max-desk:hidden">
        due <Time at={expectedBy} />
      </span>
      {missed.map((due) => (
        <span key={due} className="two text-late-ink">
          none came for <Time at={due} />
        </span>
      ))}
    </>
  );
}

const isEmpty = ({ rowsInserted, rowsUpdated }: TableLoad) => rowsInserted === 0 && (rowsUpdated ?? 0) === 0;

/** Data that reach less far than those of the load before. */
const goesBack = (load: TableLoad, before: TableLoad | undefined) =>
  load.dataThrough !== null && typeof before?.dataThrough === "string" && load.dataThrough < before.dataThrough;

type LoadRowProps = { load: TableLoad; before: TableLoad | undefined; environment: string; hasTable: boolean; isJudged: boolean };

function LoadRow({ load, before, environment, hasTable, isJudged }: LoadRowProps) {
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
      {isJudged && (
        <td className="whitespace-nowrap">
          <OnTime load={load} />
        </td>
      )}
      <td className="num">
        <DataThrough value={load.dataThrough} />
        {goesBack(load, before) && <span className="two text-late-ink">older than before</span>}
      </td>
      <td className="num">
        {rowsOf(load.rowsInserted)}
        {isEmpty(load) && <span className="two text-late-ink">no rows</span>}
      </td>
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
