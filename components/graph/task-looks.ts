import { count } from "@/lib/format/count";
import { duration } from "@/lib/format/duration";
import { attemptSaid, pendingAttempts, type Said } from "@/lib/format/states";
import type { Attempt, AttemptState } from "@/lib/schemas/attempt";
import type { FoldedTask } from "@/lib/schemas/run";

/** How a task of one run looks: its state, and what is worth saying beside it. `mapped`: of how many instances. */
export type TaskLook = { said: Said; state: AttemptState; note: string | null; mapped: number | null };

/** What a group or a mapped task is when its members differ: the first of these that any of them is in. */
const telling: AttemptState[] = [
  "failed",
  "upstream_failed",
  "restarting",
  "up_for_retry",
  "running",
  "deferred",
  "queued",
  "up_for_reschedule",
  "scheduled",
  "none",
  "unknown",
  "removed",
  "success",
  "skipped",
];

export const tellingState = (states: AttemptState[]): AttemptState | null => telling.find((state) => states.includes(state)) ?? null;

type Tried = Pick<Attempt, "taskId" | "mapIndex" | "tryNumber" | "state" | "startedAt" | "durationMs" | "isLatest">;

/** The newest try of each task of a run; a mapped task is told by the state that matters most of its instances, sent or not. */
export function taskLooks(attempts: Tried[], folded: FoldedTask[] = []): Map<string, TaskLook> {
  const latest = new Map<string, Tried[]>();
  for (const attempt of attempts) {
    if (!attempt.isLatest) continue;
    const tries = latest.get(attempt.taskId);
    if (tries) tries.push(attempt);
    else latest.set(attempt.taskId, [attempt]);
  }
  const looks = new Map([...latest].map(([taskId, tries]) => [taskId, lookOf(tries)]));
  for (const { taskId, states } of folded) {
    const all = Object.entries(states).flatMap(([state, times]) => Array<AttemptState>(times ?? 0).fill(state as AttemptState));
    looks.set(taskId, lookOfMapped(all));
  }
  return looks;
}

function lookOfMapped(states: AttemptState[]): TaskLook {
  const state = tellingState(states) ?? "unknown";
  return { said: attemptSaid[state], state, note: shareOf(states, state), mapped: states.length };
}

function lookOf(tries: Tried[]): TaskLook {
  const state = tellingState(tries.map((each) => each.state)) ?? "unknown";
  const said = attemptSaid[state];
  const [only] = tries;
  if (tries.length === 1 && only && only.mapIndex < 0) {
    const took = only.durationMs === null || pendingAttempts.includes(state) ? null : duration(only.durationMs);
    return { said, state, note: [took, only.tryNumber > 1 && `try ${only.tryNumber}`].filter(Boolean).join(", ") || null, mapped: null };
  }
  return lookOfMapped(tries.map((each) => each.state));
}

/** The looks of a group: what its tasks are told by, and how many of them. */
export function groupLook(looks: (TaskLook | null)[]): TaskLook | null {
  const states = looks.map((look) => look?.state ?? "none");
  if (looks.every((look) => look === null)) return null;
  const state = tellingState(states) ?? "unknown";
  return { said: attemptSaid[state], state, note: shareOf(states, state), mapped: null };
}

/** `2 of 40`; nothing where all are alike. */
function shareOf(states: AttemptState[], state: AttemptState): string | null {
  const alike = states.filter((each) => each === state).length;
  return alike === states.length ? `all ${count(alike)}` : `${count(alike)} of ${count(states.length)}`;
}
