import type { PipelineTask, TaskGroup } from "@/lib/schemas/structure";

export type GraphTask = Pick<PipelineTask, "taskId" | "label" | "groupId" | "upstream" | "operator" | "isMapped">;

/** A box of the graph: a task, or a folded group with all that is in it. `parentId`: the open group around it. */
export type GraphBox = { id: string; kind: "task" | "group"; label: string; parentId: string | null; taskIds: string[] };

/** An open group, drawn as a frame around its boxes. */
export type GraphFrame = { id: string; label: string; parentId: string | null; taskIds: string[] };

export type GraphModel = { boxes: GraphBox[]; frames: GraphFrame[]; edges: [from: string, to: string][] };

/** A group and a task may have the same id. */
export const groupKey = (groupId: string) => `group:${groupId}`;
const taskKey = (taskId: string) => `task:${taskId}`;

/** What the graph shows while some groups are folded: an edge into or out of a folded group ends at its box; inside, nothing is drawn. */
export function foldGraph(tasks: GraphTask[], groups: TaskGroup[], folded: ReadonlySet<string>): GraphModel {
  const groupOf = new Map(groups.map((group) => [group.groupId, group]));
  const boxes = new Map<string, GraphBox>();
  const boxOf = new Map<string, string>();
  const inside = new Map<string, string[]>();
  for (const task of tasks) {
    const around = groupsAround(task.groupId, groupOf);
    for (const { groupId } of around) {
      const others = inside.get(groupId);
      if (others) others.push(task.taskId);
      else inside.set(groupId, [task.taskId]);
    }
    const outermost = around.findLast(({ groupId }) => folded.has(groupId));
    const id = outermost ? groupKey(outermost.groupId) : taskKey(task.taskId);
    boxOf.set(task.taskId, id);
    const box = boxes.get(id);
    if (box) box.taskIds.push(task.taskId);
    else if (outermost)
      boxes.set(id, { id, kind: "group", label: outermost.label, parentId: keyOf(outermost.parentId, groupOf), taskIds: [task.taskId] });
    else boxes.set(id, { id, kind: "task", label: task.label, parentId: keyOf(task.groupId, groupOf), taskIds: [task.taskId] });
  }
  const isOpen = (group: TaskGroup) => !groupsAround(group.groupId, groupOf).some(({ groupId }) => folded.has(groupId));
  const frames = groups
    .filter((group) => inside.has(group.groupId) && isOpen(group))
    .map((group) => ({
      id: groupKey(group.groupId),
      label: group.label,
      parentId: keyOf(group.parentId, groupOf),
      taskIds: inside.get(group.groupId) ?? [],
    }));
  return { boxes: [...boxes.values()], frames, edges: edgesBetween(tasks, boxOf) };
}

/** From the innermost out; a group that names itself around itself ends the walk. */
function groupsAround(groupId: string | null, groupOf: Map<string, TaskGroup>): TaskGroup[] {
  const around: TaskGroup[] = [];
  for (let group = groupId === null ? undefined : groupOf.get(groupId); group && !around.includes(group); ) {
    around.push(group);
    group = group.parentId === null ? undefined : groupOf.get(group.parentId);
  }
  return around;
}

const keyOf = (groupId: string | null, groupOf: Map<string, TaskGroup>) =>
  groupId !== null && groupOf.has(groupId) ? groupKey(groupId) : null;

function edgesBetween(tasks: GraphTask[], boxOf: Map<string, string>): GraphModel["edges"] {
  const edges = new Map<string, [string, string]>();
  for (const { taskId, upstream } of tasks) {
    const to = boxOf.get(taskId);
    for (const before of upstream) {
      const from = boxOf.get(before);
      if (from !== undefined && to !== undefined && from !== to) edges.set(`${from}\n${to}`, [from, to]);
    }
  }
  return [...edges.values()];
}

/** More than this many boxes are a maze: the outermost groups begin folded. */
const mostOpen = 60;

export function foldedAtFirst(tasks: GraphTask[], groups: TaskGroup[]): string[] {
  return tasks.length > mostOpen ? groups.filter(({ parentId }) => parentId === null).map(({ groupId }) => groupId) : [];
}
