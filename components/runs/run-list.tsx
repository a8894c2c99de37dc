"use client";

import type { Place } from "@/lib/queries/held";
import type { Run } from "@/lib/schemas/run";
import { RunRow } from "./run-row";

export const groups = [
  { group: "needs", title: "Needs somebody", note: "newest first" },
  { group: "running", title: "Running", note: "newest first" },
  { group: "finished", title: "Finished", note: "newest first" },
];

const groupOf = (run: Run) => (run.state === "failed" ? "needs" : run.state === "success" ? "finished" : "running");

export const placesOf = (runs: Run[]): Place<Run>[] =>
  runs.map((run) => ({ id: `${run.environment}/${run.pipeline}/${run.runId}`, group: groupOf(run), row: run }));

/** Runs by urgency. The caller holds the places: a row never moves by itself. */
export function RunList({
  places,
  hasEnvironment,
  label,
  isFlat = false,
}: {
  places: Place<Run>[];
  hasEnvironment: boolean;
  label: string;
  isFlat?: boolean;
}) {
  const shown = groups
    .map((each) => ({ ...each, rows: places.filter(({ group }) => group === each.group) }))
    .filter(({ rows }) => rows.length > 0);
  return (
    <div className="overflow-x-auto" tabIndex={-1}>
      <table className="rows blocks" aria-label={label}>
        <thead>
          <tr>
            <th scope="col">State</th>
            <th scope="col">Pipeline</th>
            <th scope="col" className="num">
              Started
            </th>
            <th scope="col">Duration against usual</th>
            <th scope="col">What to know</th>
            <th scope="col">Tables</th>
            <th scope="col" className="num">
              Cost
            </th>
            <th scope="col">Started by</th>
          </tr>
        </thead>
        {isFlat ? (
          <tbody>
            {places.map(({ id, row }) => (
              <RunRow key={id} run={row} hasEnvironment={hasEnvironment} />
            ))}
          </tbody>
        ) : (
          shown.map(({ group, title, note, rows }) => (
            <tbody key={group}>
              <tr className="group">
                <th scope="rowgroup" colSpan={8}>
                  {title}
                  <span>
                    {rows.length}, {note}
                  </span>
                </th>
              </tr>
              {rows.map(({ id, row }) => (
                <RunRow key={id} run={row} hasEnvironment={hasEnvironment} />
              ))}
            </tbody>
          ))
        )}
      </table>
    </div>
  );
}
