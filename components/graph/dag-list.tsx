"use client";

import { Scroller } from "@/components/ui/scroller";
import { State } from "@/components/ui/state";
import { plural } from "@/lib/format/count";
import type { GraphTask } from "./model";
import type { TaskLook } from "./task-looks";

type DagListProps = {
  tasks: GraphTask[];
  stateOf: (taskId: string) => TaskLook | null;
  onOpen: (taskId: string) => void;
  critical?: ReadonlySet<string> | undefined;
};

/** The graph in words: every task, how it is, what it waits for. */
export function DagList({ tasks, stateOf, onOpen, critical }: DagListProps) {
  return (
    <Scroller label="Tasks, scrolls sideways">
      <table className="rows" aria-label="Tasks of the graph">
        <thead>
          <tr>
            <th scope="col">Task</th>
            <th scope="col">State</th>
            <th scope="col">Waits for</th>
          </tr>
        </thead>
        <tbody>
          {tasks.map(({ taskId, upstream, operator }) => {
            const look = stateOf(taskId);
            return (
              <tr key={taskId} className="[content-visibility:auto]">
                <td className="max-w-[44ch]">
                  <button
                    type="button"
                    className="min-h-6 max-w-full truncate text-left hover:underline"
                    title={taskId}
                    onClick={() => onOpen(taskId)}
                  >
                    {taskId}
                  </button>
                  {operator && <span className="two truncate">{operator}</span>}
                  {critical?.has(taskId) && <span className="two">on the critical path</span>}
                </td>
                <td>
                  {look ? <State {...look.said} /> : <span className="text-mute-ink">no state</span>}
                  {look?.note && <span className="two">{look.note}</span>}
                </td>
                <td className="max-w-[60ch] text-ink-2 [overflow-wrap:anywhere]">
                  {upstream.length === 0 ? "none" : upstream.length > 6 ? plural(upstream.length, "task") : upstream.join(", ")}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Scroller>
  );
}
