"use client";

import { Scroller } from "@/components/ui/scroller";
import { useSecondFrame } from "@/components/ui/use-painted";
import type { WithAttention } from "@/lib/attention";
import { isOpen } from "@/lib/format/run-words";
import type { Place } from "@/lib/queries/held";
import { RunRow } from "./run-row";
import type { Selection } from "./selection";

export const groups = [
  { group: "needs", title: "Needs somebody", note: "newest first" },
  { group: "running", title: "Running", note: "newest first" },
  { group: "finished", title: "Finished", note: "newest first" },
];

/**
 * Where it is not said which run needs somebody: a failure that a later run of the same pipeline has made good, or that was deleted, needs
 * nobody any more. Runs come newest first.
 */
export function placesOf<R extends WithAttention>(runs: R[]): Place<R>[] {
  const mended = new Set<string>();
  return runs.map((run) => {
    const pipeline = `${run.environment}/${run.pipeline}`;
    if (run.state === "success") mended.add(pipeline);
    const needs = run.needs === undefined ? run.state === "failed" && !run.isGone && !mended.has(pipeline) : run.needs !== null;
    return { id: `${pipeline}/${run.runId}`, group: needs ? "needs" : isOpen(run) ? "running" : "finished", row: run };
  });
}

/** How they stand: where all are of one group, time alone orders them. */
export const orderOf = (places: Place<unknown>[]) => (new Set(places.map(({ group }) => group)).size > 1 ? "by urgency" : "newest first");

/** What a screen shows of a list at first, and some more. */
const firstRows = 12;

/** Runs by urgency. The caller holds the places: a row never moves by itself. `isInPieces`: the rows out of sight are drawn a frame after those in it. */
export function RunList({
  places,
  hasEnvironment,
  label,
  isFlat = false,
  isInPieces = false,
  selection,
}: {
  places: Place<WithAttention>[];
  hasEnvironment: boolean;
  label: string;
  isFlat?: boolean;
  isInPieces?: boolean;
  selection?: Selection;
}) {
  const shown = groups
    .map((each) => ({ ...each, rows: places.filter(({ group }) => group === each.group) }))
    .filter(({ rows }) => rows.length > 0);
  const isWhole = useSecondFrame(!isInPieces);
  const drawn = new Set((isFlat ? places : shown.flatMap(({ rows }) => rows)).slice(0, isWhole ? undefined : firstRows));
  const isDrawn = (place: Place<WithAttention>) => drawn.has(place);
  const choiceOf = (id: string) => (selection ? { isChosen: selection.has(id), onToggle: selection.toggle } : {});
  return (
    <Scroller label={`${label}, scrolls sideways`}>
      <table className="rows blocks min-[1400px]:table-fixed" aria-label={label}>
        <thead>
          <tr>
            {selection && (
              <th scope="col" className="w-[42px]">
                <span className="sr-only">Chosen</span>
              </th>
            )}
            <th scope="col" className="w-[158px]">
              State
            </th>
            <th scope="col">{isFlat ? "Run" : "Pipeline"}</th>
            <th scope="col" className="num w-[132px]">
              Started
            </th>
            <th scope="col" className="w-[164px]">
              Duration against usual
            </th>
            <th scope="col" className="min-[1400px]:w-[17.5%]">
              What to know
            </th>
            <th scope="col" className="min-[1400px]:w-[196px]">
              Tables
            </th>
            <th scope="col" className="num w-[104px] min-[1400px]:w-[120px]">
              Cost
            </th>
            <th scope="col" className="min-[1400px]:w-[112px]">
              Started by
            </th>
          </tr>
        </thead>
        {isFlat ? (
          <tbody>
            {places.filter(isDrawn).map(({ id, row }) => (
              <RunRow key={id} id={id} run={row} hasEnvironment={hasEnvironment} isNamedByData {...choiceOf(id)} />
            ))}
          </tbody>
        ) : (
          shown.map(({ group, title, note, rows }) => (
            <tbody key={group}>
              <tr className="group">
                <th scope="rowgroup" colSpan={selection ? 9 : 8}>
                  {title}
                  <span>
                    {rows.length}, {note}
                  </span>
                </th>
              </tr>
              {rows.filter(isDrawn).map(({ id, row }) => (
                <RunRow key={id} id={id} run={row} hasEnvironment={hasEnvironment} {...choiceOf(id)} />
              ))}
            </tbody>
          ))
        )}
      </table>
    </Scroller>
  );
}
