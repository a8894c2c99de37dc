import { type TaskRow, taskName } from "./format/task-timeline";
import { grouped } from "./grouped";
import type { PipelineTask, TaskGroup } from "./schemas/structure";

/** A line of the chart: a task, a mapped task with its instances, or a task group. `rows` are all tasks (instances) below it. */
export type GanttRow = {
  kind: "task" | "mapped" | "group";
  key: string;
  label: string;
  title: string;
  depth: number;
  rows: TaskRow[];
  /** Of a group or mapped task: its members follow. */
  isOpen: boolean;
};

/** More lines than this do not fit a screen: groups begin folded, but for those with trouble. */
const mostOpenRows = 60;

type Place = { path: string[]; label: string; rows: TaskRow[]; taskId: string; isMapped: boolean };

/** Where each task stands: its groups, outermost first, and its name within them. */
export type PlaceOf = (taskId: string) => { path: string[]; label: string };

/** By the DAG's structure; without it by the dots of ids, where at least two tasks share what stands before one. */
export function placing(taskIds: string[], structure: { tasks: PipelineTask[]; groups: TaskGroup[] } | null): PlaceOf {
  if (structure && structure.tasks.length > 0) {
    const tasks = new Map(structure.tasks.map((task) => [task.taskId, task]));
    const groups = new Map(structure.groups.map((group) => [group.groupId, group]));
    return (taskId) => {
      const path: string[] = [];
      for (let id = tasks.get(taskId)?.groupId ?? null; id !== null && !path.includes(id); id = groups.get(id)?.parentId ?? null)
        path.unshift(id);
      return { path, label: tasks.get(taskId)?.label ?? taskId };
    };
  }
  const shared = new Map<string, number>();
  for (const prefix of [...new Set(taskIds)].flatMap(prefixes)) shared.set(prefix, (shared.get(prefix) ?? 0) + 1);
  return (taskId) => {
    const path = prefixes(taskId).filter((prefix) => (shared.get(prefix) ?? 0) > 1);
    const inner = path.at(-1);
    return { path, label: inner === undefined ? taskId : taskId.slice(inner.length + 1) };
  };
}

/**
 * Rows in an order that nobody sees change: those of `shown` (keys) as they stand, behind them what is new. Of that, what has begun comes first, as `rows` has
 * it; what has not by the tasks that it waits for, since it will begin in about that order.
 */
export function steadyRows(rows: TaskRow[], shown: readonly string[], tasks: PipelineTask[]): TaskRow[] {
  const placeOf = new Map(shown.map((key, index) => [key, index]));
  const depthOf = depths(tasks);
  const hasBegun = ({ tries, latest }: TaskRow) => (tries[0] ?? latest).queuedAt !== null || (tries[0] ?? latest).startedAt !== null;
  const rank = (row: TaskRow) => placeOf.get(row.key) ?? shown.length;
  const wait = (row: TaskRow) => (hasBegun(row) ? -1 : (depthOf.get(row.taskId) ?? 0));
  return rows.toSorted((a, b) => rank(a) - rank(b) || wait(a) - wait(b));
}

/** Of each task how many others it waits for, one after the other. */
function depths(tasks: PipelineTask[]): Map<string, number> {
  const upstream = new Map(tasks.map((task) => [task.taskId, task.upstream]));
  const found = new Map<string, number>();
  function depth(taskId: string): number {
    const known = found.get(taskId);
    if (known !== undefined) return known;
    found.set(taskId, 0); // a circle ends here
    const own = (upstream.get(taskId) ?? []).reduce((most, id) => Math.max(most, depth(id) + 1), 0);
    found.set(taskId, own);
    return own;
  }
  for (const { taskId } of tasks) depth(taskId);
  return found;
}

function prefixes(taskId: string): string[] {
  const parts = taskId.split(".");
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("."));
}

/**
 * The lines of the chart in order of start. `toggled` are keys of groups and mapped tasks that a reader opened or folded against how they begin: mapped tasks
 * folded, groups open while all fits a screen.
 */
export function ganttRows(
  rows: TaskRow[],
  placeOf: PlaceOf,
  toggled: ReadonlySet<string>,
  hasTrouble: (row: TaskRow) => boolean,
): GanttRow[] {
  const byTask = grouped(rows, ({ taskId }) => taskId);
  const places: Place[] = [...byTask].map(([taskId, instances]) => ({
    ...placeOf(taskId),
    taskId,
    rows: instances,
    isMapped: instances.length > 1 || (instances[0]?.mapIndex ?? -1) >= 0,
  }));
  const isLong = places.length > mostOpenRows;
  const isOpen = (key: string, beginsOpen: boolean) => beginsOpen !== toggled.has(key);

  function level(members: Place[], depth: number): GanttRow[] {
    const lines: GanttRow[] = [];
    const groupOf = grouped(members, ({ path }) => path[depth]);
    const done = new Set<string>();
    for (const place of members) {
      const groupId = place.path[depth];
      if (groupId === undefined) lines.push(...task(place, depth));
      else if (!done.has(groupId)) {
        done.add(groupId);
        const inside = groupOf.get(groupId) ?? [];
        const all = inside.flatMap((each) => each.rows);
        const key = `group ${groupId}`;
        const open = isOpen(key, !isLong || all.some(hasTrouble));
        const parent = place.path[depth - 1];
        const label = parent !== undefined && groupId.startsWith(`${parent}.`) ? groupId.slice(parent.length + 1) : groupId;
        lines.push({ kind: "group", key, label, title: groupId, depth, rows: all, isOpen: open });
        if (open) lines.push(...level(inside, depth + 1));
      }
    }
    return lines;
  }

  function task({ taskId, label, rows: instances, isMapped }: Place, depth: number): GanttRow[] {
    const [only] = instances;
    if (!isMapped || (instances.length === 1 && only)) {
      return instances.map((row) => ({
        kind: "task",
        key: row.key,
        label: row.mapIndex >= 0 ? `${label} [${row.mapIndex}]` : label,
        title: taskName(row),
        depth,
        rows: [row],
        isOpen: false,
      }));
    }
    const key = `mapped ${taskId}`;
    const open = isOpen(key, false);
    const head: GanttRow = { kind: "mapped", key, label, title: taskId, depth, rows: instances, isOpen: open };
    const members = instances
      .toSorted((a, b) => a.mapIndex - b.mapIndex)
      .map(
        (row): GanttRow => ({
          kind: "task",
          key: row.key,
          label: `[${row.mapIndex}]`,
          title: taskName(row),
          depth: depth + 1,
          rows: [row],
          isOpen: false,
        }),
      );
    return open ? [head, ...members] : [head];
  }

  return level(places, 0);
}
