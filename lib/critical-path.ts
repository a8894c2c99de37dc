import { grouped } from "./grouped";

/** A task (instance) of a run with all its tries. Times in milliseconds since the epoch; null: it never began, or has not ended. */
export interface PathNode {
  key: string;
  taskId: string;
  beganMs: number | null;
  endedMs: number | null;
}

/** Airflow starts what waits a moment after what it waited for; clocks of workers differ by about as much. */
const slackMs = 5_000;

/**
 * The chain of tasks that made a run as long as it is, first to last: back from what ended last (or still runs), always to what was waited for and ended
 * last. `upstreamOf` names the tasks that a task waits for; null when the DAG's structure is not known, and times alone must do.
 */
export function criticalPath(nodes: PathNode[], upstreamOf: ((taskId: string) => string[]) | null): string[] {
  const began = nodes.filter(({ beganMs }) => beganMs !== null);
  const byTask = grouped(began, ({ taskId }) => taskId);
  const path: string[] = [];
  const seen = new Set<string>();
  let at = latest(began);
  while (at && !seen.has(at.key)) {
    path.unshift(at.key);
    seen.add(at.key);
    at = latest(before(at, began, byTask, upstreamOf).filter(({ key }) => !seen.has(key)));
  }
  return path;
}

const endOf = ({ endedMs }: PathNode) => endedMs ?? Number.POSITIVE_INFINITY;

function latest(nodes: PathNode[]): PathNode | undefined {
  return nodes.reduce<PathNode | undefined>((best, node) => (best === undefined || endOf(node) > endOf(best) ? node : best), undefined);
}

function before(at: PathNode, began: PathNode[], byTask: Map<string, PathNode[]>, upstreamOf: ((taskId: string) => string[]) | null) {
  if (upstreamOf === null) return began.filter((node) => node.endedMs !== null && node.endedMs <= (at.beganMs ?? 0) + slackMs);
  // What was skipped or never began has no time of its own: what it waited for stands in for it.
  const found: PathNode[] = [];
  const visited = new Set<string>();
  const ask = upstreamOf(at.taskId).slice();
  for (let taskId = ask.pop(); taskId !== undefined; taskId = ask.pop()) {
    if (visited.has(taskId)) continue;
    visited.add(taskId);
    const there = byTask.get(taskId);
    if (there) found.push(...there);
    else ask.push(...upstreamOf(taskId));
  }
  return found;
}
