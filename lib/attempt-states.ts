import type { AttemptState } from "./schemas/attempt";

/** States in which a try ends. `up_for_retry` is the end of that try: the next one has a number of its own. */
const finalStates: AttemptState[] = ["success", "failed", "upstream_failed", "skipped", "removed", "up_for_retry"];

export function isFinalState(state: string): boolean {
  return finalStates.some((final) => final === state);
}
