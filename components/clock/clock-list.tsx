"use client";

import Link from "next/link";
import { parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";
import { Fragment } from "react";
import { AsOf } from "@/components/ui/as-of";
import { Honesty } from "@/components/ui/honesty";
import { Empty, Ghosts } from "@/components/ui/notice";
import { Pager } from "@/components/ui/pager";
import { Panel } from "@/components/ui/panel";
import { State } from "@/components/ui/state";
import { Ago, NextTime } from "@/components/ui/time";
import { type ClockNeed, needOf } from "@/lib/format/clock-words";
import { count } from "@/lib/format/count";
import { useNow } from "@/lib/format/now";
import { runSaid } from "@/lib/format/states";
import { longDay } from "@/lib/format/time";
import { useZone } from "@/lib/format/zone";
import { paths } from "@/lib/paths";
import { clockQueries } from "@/lib/queries/clock";
import { brokenBy, useLive } from "@/lib/queries/live";
import type { ClockPage, ClockRow } from "@/lib/schemas/clock";
import { ClockKey, Hours, Way } from "./way";

const needs: [ClockNeed, string][] = [
  ["needs", "Needs somebody"],
  ["running", "Running"],
  ["waiting", "Waiting for their time"],
];
const neverRun = { word: "Never run", tone: "mute", glyph: "unknown" } as const;
const isMoving = ({ items }: ClockPage) => items.some(({ bars }) => bars.some(({ to }) => to === null));

/** Every pipeline on one clock: what ran, runs and is to come, the urgent ones first. */
export function ClockList({ environment }: { environment: string | undefined }) {
  const zone = useZone();
  const now = useNow(60_000);
  const [{ cursor, span }, ask] = useQueryStates(
    { cursor: parseAsString, span: parseAsStringLiteral(["day", "week"]).withDefault("day") },
    { history: "push" },
  );
  const query = useLive(clockQueries.clock({ environment, span, zone, cursor: cursor ?? undefined }), isMoving);
  const page = query.data;
  const broken = brokenBy(query);
  if (!page)
    return (
      <>
        <Honesty page="pipelines" answer={undefined} broken={broken} />
        <Panel title="Clock">
          <Ghosts rows={8} label="Reading the clock" />
        </Panel>
      </>
    );
  const title = span === "week" ? "This week" : `Today, ${longDay(now, zone)}`;
  return (
    <Panel
      title={title}
      note="by urgency, then by next run"
      end={
        <>
          <fieldset className="seg" aria-label="How much time">
            {(["day", "week"] as const).map((each) => (
              <button key={each} type="button" aria-pressed={span === each} onClick={() => void ask({ span: each, cursor: null })}>
                {each === "day" ? "Day" : "Week"}
              </button>
            ))}
          </fieldset>
          <AsOf at={page.asOf} sources={page.sources} isOld={broken !== null} />
        </>
      }
    >
      <div className="px-3.5 pb-2 desk:px-4">
        <ClockKey />
      </div>
      {page.items.length === 0 ? (
        <Empty title="No pipeline has been seen yet.">They appear once Airflow has told its DAGs.</Empty>
      ) : (
        <ClockTable page={page} now={now} />
      )}
      <Pager
        isFirst={!cursor}
        nextCursor={page.nextCursor}
        onFirst={() => void ask({ cursor: null })}
        onNext={(next) => void ask({ cursor: next })}
        words={{ first: "First pipelines", next: "More pipelines" }}
      />
    </Panel>
  );
}

const nextOf = ({ nextRunAt }: ClockRow) => nextRunAt ?? "9999";

function ClockTable({ page, now }: { page: ClockPage; now: number }) {
  const hasMany = new Set(page.items.map(({ environment }) => environment)).size > 1;
  const groups = needs.map(([need, title]) => {
    const rows = page.items.filter((row) => needOf(row, now) === need);
    return { title, rows: rows.sort((a, b) => nextOf(a).localeCompare(nextOf(b)) || a.pipeline.localeCompare(b.pipeline)) };
  });
  return (
    <table className="rows blocks w-full desk:table-fixed [&_td]:align-middle" aria-label="Pipelines on the clock">
      <thead>
        <tr>
          <th scope="col" className="max-desk:hidden desk:w-[150px]">
            State
          </th>
          <th scope="col" className="w-[38%] desk:w-[220px]">
            Pipeline
          </th>
          <th scope="col">
            <span className="sr-only">Clock</span>
            <Hours window={page} />
          </th>
          <th scope="col" className="num max-desk:hidden desk:w-[130px]">
            Next run
          </th>
        </tr>
      </thead>
      <tbody>
        {groups
          .filter(({ rows }) => rows.length > 0)
          .map(({ title, rows }) => (
            <Fragment key={title}>
              <tr className="group">
                <th scope="rowgroup" colSpan={4}>
                  {title} <span className="font-text text-ink-3">{count(rows.length)}</span>
                </th>
              </tr>
              {rows.map((row) => (
                <ClockLine key={`${row.environment} ${row.pipeline}`} row={row} page={page} hasEnvironment={hasMany} />
              ))}
            </Fragment>
          ))}
      </tbody>
    </table>
  );
}

function ClockLine({ row, page, hasEnvironment }: { row: ClockRow; page: ClockPage; hasEnvironment: boolean }) {
  const { environment, pipeline, lastRun } = row;
  const due = row.due.length > 0 && `${row.due.length} due`;
  return (
    <tr>
      <td className="max-desk:order-2 max-desk:text-right">
        {lastRun ? (
          <Link href={paths.run({ environment, pipeline, runId: lastRun.runId })} prefetch={false}>
            <State {...runSaid[lastRun.state]} />
          </Link>
        ) : (
          <State {...neverRun} />
        )}
        {lastRun?.at && (
          <span className="two max-desk:hidden">
            <Ago at={lastRun.at} />
          </span>
        )}
      </td>
      <td className="min-w-0 max-desk:order-1">
        <Link href={paths.pipeline(environment, pipeline)} prefetch={false} title={pipeline} className="block truncate font-strong">
          {pipeline}
        </Link>
        <span className="two block truncate">
          {[hasEnvironment && environment, row.owners.join(", "), due].filter(Boolean).join(" · ")}
        </span>
      </td>
      <td className="max-desk:order-3 max-desk:col-span-2">
        <Way row={row} window={page} />
      </td>
      <td className="num max-desk:hidden">
        {row.isPaused ? (
          <span className="text-late-ink">paused</span>
        ) : row.nextRunAt ? (
          <NextTime at={row.nextRunAt} />
        ) : (
          <span className="text-ink-3">none planned</span>
        )}
        {row.nextRunAt && !row.isPaused && (
          <span className="two">
            <Ago at={row.nextRunAt} />
          </span>
        )}
      </td>
    </tr>
  );
}
