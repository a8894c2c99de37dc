"use client";

import { useState } from "react";
import { Scroller } from "@/components/ui/scroller";
import { State } from "@/components/ui/state";
import { Time } from "@/components/ui/time";
import { count } from "@/lib/format/count";
import { duration } from "@/lib/format/duration";
import { attemptSaid } from "@/lib/format/states";
import type { TaskRow } from "@/lib/format/task-timeline";
import { stretchesOf, taskName } from "@/lib/format/task-timeline";
import type { Usual } from "@/lib/schemas/usual";

const pageRows = 100;

type GanttTableProps = { rows: TaskRow[]; now: number; usual: Record<string, Usual>; onPath: ReadonlySet<string> };

/** The same as the picture, in words and numbers: one row a try. */
export function GanttTable({ rows, now, usual, onPath }: GanttTableProps) {
  const [most, setMost] = useState(pageRows);
  const tries = rows.flatMap((row) => row.tries.map((attempt) => ({ row, attempt })));
  return (
    <>
      <Scroller label="Tries of the tasks, scrolls sideways">
        <table className="rows" aria-label="Tries of the tasks">
          <thead>
            <tr>
              <th scope="col">Task</th>
              <th scope="col">State</th>
              <th scope="col" className="num">
                Try
              </th>
              <th scope="col">Started</th>
              <th scope="col" className="num">
                Waited
              </th>
              <th scope="col" className="num">
                Pull
              </th>
              <th scope="col" className="num">
                Ran
              </th>
              <th scope="col" className="num">
                Usual
              </th>
            </tr>
          </thead>
          <tbody>
            {tries.slice(0, most).map(({ row, attempt }) => {
              const stretches = stretchesOf(attempt, now);
              const sum = (kind: "wait" | "pull" | "run") => {
                const found = stretches.filter((stretch) => stretch.kind === kind);
                return found.length === 0 ? "–" : duration(found.reduce((ms, { from, to }) => ms + to - from, 0));
              };
              const usually = usual[row.taskId];
              return (
                <tr key={attempt.id}>
                  <td>
                    <span className="block max-w-[32ch] truncate" title={taskName(row)}>
                      {taskName(row)}
                    </span>
                    {onPath.has(row.key) && <span className="two">on the longest path</span>}
                  </td>
                  <td>
                    <State {...attemptSaid[attempt.state]} />
                  </td>
                  <td className="num">{attempt.tryNumber}</td>
                  <td className="whitespace-nowrap">{attempt.startedAt ? <Time at={attempt.startedAt} hasSeconds /> : "not yet"}</td>
                  <td className="num">{sum("wait")}</td>
                  <td className="num">{sum("pull")}</td>
                  <td className="num">{sum("run")}</td>
                  <td className="num">{usually ? duration(usually.p50Ms) : <span className="text-mute-ink">unknown</span>}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </Scroller>
      {tries.length > most && (
        <p className="px-3.5 py-2 desk:px-4">
          <button type="button" className="btn" onClick={() => setMost(most + pageRows)}>
            {count(Math.min(pageRows, tries.length - most))} more of {count(tries.length)} tries
          </button>
        </p>
      )}
    </>
  );
}
