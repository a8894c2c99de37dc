import type { AttemptState } from "./schemas/attempt";
import type { ComparedAttempt, DefinitionPair, ParameterPair, TaskPair } from "./schemas/compare";
import { definitionChanges, type RanWith } from "./task-definition-changes";

/** One task of a run as its newest try was, with all that it ran on. */
export interface SideTask {
  taskId: string;
  mapIndex: number;
  attempt: ComparedAttempt;
  container: {
    taskDefinition: string;
    /** Null: the revision was never read. */
    definition: RanWith["definition"] | null;
    image: string | null;
    imageDigest: string | null;
    cpuUnits: number | null;
    memoryMib: number | null;
    ephemeralGib: number | null;
    capacity: string | null;
  } | null;
  /** What a Glue run was set to, by names that a reader understands. */
  glue: Record<string, string | null> | null;
}

export interface Side {
  type: string;
  parameters: Record<string, unknown>;
  intervalMs: number | null;
  codeVersion: string | null;
  tasks: SideTask[];
  rows: Map<string, number | null>;
}

/** Within so much of each other two times count as the same. */
const alikeShare = 0.1;
export const rowsShare = 0.2;
export const isNear = (before: number, now: number, share: number) => Math.abs(now - before) <= share * Math.max(Math.abs(before), 1);
const keyOf = ({ taskId, mapIndex }: Pick<SideTask, "taskId" | "mapIndex">) => `${taskId}[${mapIndex}]`;

const finalStates: AttemptState[] = ["success", "failed", "upstream_failed", "skipped", "removed"];

/** Same end, and about the same time where it ran at all. */
function isAlike(before: ComparedAttempt | null, now: ComparedAttempt | null): boolean {
  if (!before || !now || before.state !== now.state || !finalStates.includes(now.state)) return false;
  if (before.rows !== null && now.rows !== null && !isNear(before.rows, now.rows, rowsShare)) return false;
  if (before.durationMs === null || now.durationMs === null) return before.durationMs === now.durationMs;
  return isNear(before.durationMs, now.durationMs, alikeShare) || Math.abs(now.durationMs - before.durationMs) < 5_000;
}

/** Every task of either run: what failed first, then in the order of this run, then what only the earlier one had. */
export function pairTasks(before: Side, now: Side): TaskPair[] {
  const then = new Map(before.tasks.map((task) => [keyOf(task), task]));
  const pair = (of: SideTask, first: SideTask | undefined, second: SideTask | undefined): TaskPair => ({
    taskId: of.taskId,
    mapIndex: of.mapIndex,
    before: first?.attempt ?? null,
    now: second?.attempt ?? null,
    isAlike: isAlike(first?.attempt ?? null, second?.attempt ?? null),
  });
  const own = new Set(now.tasks.map(keyOf));
  const failed = (task: SideTask) => task.attempt.state === "failed";
  const ordered = [...now.tasks.filter(failed), ...now.tasks.filter((task) => !failed(task))];
  return [
    ...ordered.map((task) => pair(task, then.get(keyOf(task)), task)),
    ...before.tasks.filter((task) => !own.has(keyOf(task))).map((task) => pair(task, task, undefined)),
  ];
}

const jsonText = (value: unknown) => (value === undefined ? null : JSON.stringify(value));

export function pairParameters(before: Side["parameters"], now: Side["parameters"]): ParameterPair[] {
  return [...new Set([...Object.keys(now), ...Object.keys(before)])].map((name) => ({
    name,
    before: jsonText(before[name]),
    now: jsonText(now[name]),
  }));
}

export type Both = { taskId: string; before: SideTask; now: SideTask };

/** Tasks that ran in both, each name once: mapped ones run with the same things. */
export function tasksOfBoth(before: Side, now: Side): Both[] {
  const then = new Map<string, SideTask>();
  for (const task of before.tasks) if (!then.has(task.taskId)) then.set(task.taskId, task);
  const seen = new Set<string>();
  return now.tasks.flatMap((task) => {
    const first = then.get(task.taskId);
    if (!first || seen.has(task.taskId)) return [];
    seen.add(task.taskId);
    return [{ taskId: task.taskId, before: first, now: task }];
  });
}

function ranWith({ container }: SideTask): RanWith | null {
  return container?.definition ? { ...container, definition: container.definition } : null;
}

export function pairDefinitions(before: Side, now: Side): DefinitionPair[] {
  const pairs = new Map<string, DefinitionPair>();
  for (const { taskId, before: first, now: second } of tasksOfBoth(before, now)) {
    if (!first.container || !second.container) continue;
    const [was, is] = [ranWith(first), ranWith(second)];
    const names = { before: first.container.taskDefinition, now: second.container.taskDefinition };
    const key = JSON.stringify(names);
    if (names.before === names.now || pairs.has(key)) continue;
    pairs.set(key, { taskId, ...names, changes: was && is ? definitionChanges(was, is) : null });
  }
  return [...pairs.values()];
}
