"use client";

import Link from "next/link";
import { useState } from "react";
import { Scroller } from "@/components/ui/scroller";
import { State } from "@/components/ui/state";
import { count } from "@/lib/format/count";
import { attemptSaid, type Said } from "@/lib/format/states";
import type { TaskRow } from "@/lib/format/task-timeline";
import { grouped } from "@/lib/grouped";
import { paths } from "@/lib/paths";
import type { RunId } from "@/lib/schemas/run";
import type { PipelineTask } from "@/lib/schemas/structure";
import { worstOf } from "@/lib/worst-attempt";

const pageRows = 100;
const notSeen: Said = { word: "Not seen yet", tone: "mute", glyph: "unknown" };

/** Each task of the DAG with what it waits for, and how it went in this run; a mapped one in the state of its worst instance. */
export function TaskOrder({ run, tasks, rows }: { run: RunId; tasks: PipelineTask[]; rows: TaskRow[] }) {
  const [most, setMost] = useState(pageRows);
  const rowsOf = grouped(rows, ({ taskId }) => taskId);
  return (
    <>
      <Scroller label="Tasks and what they wait for, scrolls sideways">
        <table className="rows" aria-label="Tasks and what they wait for">
          <thead>
            <tr>
              <th scope="col">Task</th>
              <th scope="col">State</th>
              <th scope="col">Waits for</th>
            </tr>
          </thead>
          <tbody>
            {tasks.slice(0, most).map(({ taskId, upstream, triggerRule }) => {
              const instances = rowsOf.get(taskId) ?? [];
              const worst = worstOf(instances);
              return (
                <tr key={taskId}>
                  <td>
                    <span className="block max-w-[40ch] truncate font-[500]" title={taskId}>
                      {worst ? (
                        <Link href={paths.attempt(run, taskId, worst.latest.tryNumber, worst.mapIndex)} prefetch={false}>
                          {taskId}
                        </Link>
                      ) : (
                        taskId
                      )}
                    </span>
                    {instances.length > 1 && <span className="two">{count(instances.length)} mapped</span>}
                  </td>
                  <td>
                    <State {...(worst ? attemptSaid[worst.latest.state] : notSeen)} />
                  </td>
                  <td className="text-ink-2">
                    <span className="block max-w-[60ch] [overflow-wrap:anywhere]">
                      {upstream.length === 0 ? <span className="text-ink-3">nothing</span> : upstream.join(", ")}
                    </span>
                    {triggerRule && triggerRule !== "all_success" && <span className="two">{triggerRule.replaceAll("_", " ")}</span>}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </Scroller>
      {tasks.length > most && (
        <p className="px-3.5 py-2 desk:px-4">
          <button type="button" className="btn" onClick={() => setMost(most + pageRows)}>
            {count(Math.min(pageRows, tasks.length - most))} more of {count(tasks.length)} tasks
          </button>
        </p>
      )}
    </>
  );
}
