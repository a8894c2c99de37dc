import "server-only";
import type { Span, TaskKey } from "./airflow-adapter";

/** An id that is a way of its own in a path: `.` and `..` are resolved on the way, `~` means all. No encoding changes that. */
export class UnsendableId extends Error {
  override readonly name = "UnsendableId";
}

/** A path with each id percent-encoded whole. @throws UnsendableId */
export function path(parts: TemplateStringsArray, ...ids: (string | number)[]): string {
  return parts.reduce((text, part, index) => {
    const id = String(ids[index - 1]);
    if (id === "." || id === ".." || id === "~") throw new UnsendableId(`the id ${JSON.stringify(id)} cannot be part of a path`);
    return `${text}${encodeURIComponent(id)}${part}`;
  });
}

export const runPath = (pipeline: string, runId: string) => path`/dags/${pipeline}/dagRuns/${runId}`;

export const taskPath = (task: TaskKey) => `${runPath(task.pipeline, task.runId)}${path`/taskInstances/${task.taskId}`}`;

/** The one instance of a task that is mapped, else the task. */
export const instancePath = (task: TaskKey) => (task.mapIndex >= 0 ? `${taskPath(task)}/${task.mapIndex}` : taskPath(task));

/** The filter on the time of change that all versions know; its upper end is included. */
export const changedIn = ({ from, to }: Span) => ({
  updated_at_gte: from.toISOString(),
  ...(to ? { updated_at_lte: to.toISOString() } : {}),
});

/** One moment as our clocks' milliseconds have it, of which Airflow keeps a thousandth: from it to the next. */
export const momentOf = (at: Date): [string, string] => [at.toISOString(), new Date(at.getTime() + 1).toISOString()];

/** The date that Airflow writes into the ids of the runs it names: `scheduled__2026-11-22T06:15:00+00:00`. */
export function dateIn(runId: string): string | null {
  const text = /__(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))/.exec(runId)?.[1];
  return text !== undefined && !Number.isNaN(Date.parse(text)) ? text : null;
}
