import type { AttemptState } from "./schemas/attempt";
import type { FoldedTask } from "./schemas/run";

type Instance = { taskId: string; latest: { state: AttemptState } };

/** How many tasks (instances) of these are in each state: those that were not sent are counted where the folded tasks say so. */
export function statesOf(rows: Instance[], folded: FoldedTask[]): Map<AttemptState, number> {
  const known = new Map(folded.map((each) => [each.taskId, each]));
  const counts = new Map<AttemptState, number>();
  const add = (state: AttemptState, times: number) => counts.set(state, (counts.get(state) ?? 0) + times);
  const told = new Set<string>();
  for (const { taskId, latest } of rows) {
    const fold = known.get(taskId);
    if (!fold) add(latest.state, 1);
    else if (!told.has(taskId)) {
      told.add(taskId);
      for (const [state, times] of Object.entries(fold.states)) add(state as AttemptState, times ?? 0);
    }
  }
  return counts;
}

export const countOf = (counts: Map<AttemptState, number>, ...states: AttemptState[]): number =>
  (states.length === 0 ? [...counts.keys()] : states).reduce((sum, state) => sum + (counts.get(state) ?? 0), 0);

/** When any instance of a folded task ran, as far as is known; `now` while some go on. */
export function spansOf(folded: FoldedTask[], now: number): { taskId: string; from: number; to: number }[] {
  return folded.flatMap(({ taskId, states, startedAt, endedAt }) => {
    if (startedAt === null) return [];
    const goesOn = (states.running ?? 0) + (states.deferred ?? 0) + (states.restarting ?? 0) > 0;
    return [{ taskId, from: Date.parse(startedAt), to: goesOn || endedAt === null ? now : Date.parse(endedAt) }];
  });
}
