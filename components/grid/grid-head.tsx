"use client";

import { memo } from "react";
import { cn } from "@/lib/cn";
import { duration } from "@/lib/format/duration";
import { useNow } from "@/lib/format/now";
import { runSaid } from "@/lib/format/states";
import { clock, day, moment } from "@/lib/format/time";
import { useZone } from "@/lib/format/zone";
import type { GridRun } from "@/lib/schemas/grid";

const toneOf = { success: "tone-ok ok", failed: "tone-fail fail", running: "tone-run run", queued: "tone-run run" };

export function runName(run: GridRun, now: number, zone: string): string {
  return moment(run.at, now, zone);
}

type HeadProps = {
  runs: GridRun[];
  first: number;
  last: number;
  cellWidth: number;
  hasMetrics: boolean;
  active: number | null;
};

/** Runs with their durations and dates: the head that stays in sight. */
export const GridHead = memo(function GridHead({ runs, first, last, cellWidth, hasMetrics, active }: HeadProps) {
  const zone = useZone();
  const now = useNow(60_000);
  const longest = Math.max(1, ...runs.map(({ durationMs }) => durationMs ?? 0));
  const labels = datesOf(runs, Math.ceil(44 / cellWidth), now, zone);
  const shown = runs.slice(first, last + 1);
  return (
    <div role="row" className="ghead" aria-rowindex={1} data-row={-1} style={{ position: "sticky", height: 48 }}>
      <div role="columnheader" aria-colindex={1} className="lab" tabIndex={active === -1 ? 0 : -1} data-at={active === -1 ? "" : undefined}>
        Task
      </div>
      <div className="way" role="none" style={{ width: runs.length * cellWidth }}>
        {shown.map((run, offset) => {
          const column = first + offset;
          const said = `${runName(run, now, zone)}: ${runSaid[run.state].word}${run.durationMs === null ? "" : ` after ${duration(run.durationMs)}`}`;
          return (
            <div
              key={run.runId}
              role="columnheader"
              aria-colindex={column + 2}
              aria-label={said}
              title={said}
              className={cn("grun", toneOf[run.state])}
              style={{ left: column * cellWidth, width: cellWidth, "--h": `${Math.max(2, (26 * (run.durationMs ?? 0)) / longest)}px` }}
              tabIndex={active === column ? 0 : -1}
              data-at={active === column ? "" : undefined}
            >
              <u />
              {labels[column] ? <b>{labels[column]}</b> : <span className="sr-only">{said}</span>}
            </div>
          );
        })}
      </div>
      {hasMetrics && (
        <div className="met" role="none">
          {["median", "failed", "$ / run"].map((name, at) => (
            <div key={name} role="columnheader" aria-colindex={runs.length + 2 + at}>
              {name}
            </div>
          ))}
        </div>
      )}
    </div>
  );
});

/** A date where a day begins, else the time, and never nearer to one another than `every` columns. */
function datesOf(runs: GridRun[], every: number, now: number, zone: string): (string | null)[] {
  let [lastDay, lastAt] = ["", -Infinity];
  return runs.map(({ at }, column) => {
    if (column - lastAt < every || column > runs.length - every + 1) return null;
    const own = day(at, now, zone).replace(/^\w+ /, "");
    const label = own === lastDay ? clock(at, zone) : own;
    [lastDay, lastAt] = [own, column];
    return label;
  });
}
