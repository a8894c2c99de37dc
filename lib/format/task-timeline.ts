import type { Attempt } from "@/lib/schemas/attempt";
import type { Tone } from "@/lib/schemas/common";
import { attemptSaid, pendingAttempts } from "./states";

/** One task of a run with all its tries, oldest first; `latest` is the one that counts. */
export type TaskRow = { key: string; taskId: string; mapIndex: number; latest: Attempt; tries: Attempt[] };

const startOf = (attempt: Attempt) => attempt.queuedAt ?? attempt.startedAt ?? attempt.endedAt ?? "9999";

const inOrder = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** Tasks in the order in which they first started; those that have not come last. */
export function taskRows(attempts: Attempt[]): TaskRow[] {
  const rows = new Map<string, Attempt[]>();
  for (const attempt of attempts) {
    const key = `${attempt.taskId}[${attempt.mapIndex}]`;
    const tries = rows.get(key);
    if (tries) tries.push(attempt);
    else rows.set(key, [attempt]);
  }
  return [...rows]
    .flatMap(([key, all]) => {
      const tries = all.sort((a, b) => a.tryNumber - b.tryNumber);
      const latest = tries.find(({ isLatest }) => isLatest) ?? tries.at(-1);
      return latest ? [{ key, taskId: latest.taskId, mapIndex: latest.mapIndex, latest, tries }] : [];
    })
    .sort(
      (a, b) =>
        inOrder(startOf(a.tries[0] ?? a.latest), startOf(b.tries[0] ?? b.latest)) || inOrder(a.taskId, b.taskId) || a.mapIndex - b.mapIndex,
    );
}

export const taskName = ({ taskId, mapIndex }: { taskId: string; mapIndex: number }) =>
  mapIndex >= 0 ? `${taskId} [${mapIndex}]` : taskId;

/** A state whose name is not known may be of a try that goes on: only its end tells. */
export const isPending = (attempt: Attempt) =>
  pendingAttempts.includes(attempt.state) || (attempt.state === "unknown" && attempt.endedAt === null);

/** A stretch of one try: it waits, it pulls its image, it runs. Times in milliseconds since the epoch. */
export type Stretch = { kind: "wait" | "pull" | "run"; from: number; to: number; tone: Tone; isOpen: boolean };

const ms = (at: string | null | undefined) => (at ? Date.parse(at) : null);

export function stretchesOf(attempt: Attempt, now: number): Stretch[] {
  const { ecsTask, glueRun } = attempt;
  const isOpen = isPending(attempt) && attempt.startedAt !== null;
  const end = ms(attempt.endedAt) ?? (isPending(attempt) ? now : null);
  const begin = ms(attempt.queuedAt) ?? ms(attempt.startedAt);
  if (begin === null || end === null) return [];
  const pullFrom = ms(ecsTask?.pullStartedAt);
  const ranFrom = ms(ecsTask?.startedAt) ?? ms(glueRun?.startedAt) ?? ms(attempt.startedAt);
  const tone = attemptSaid[attempt.state].tone;
  const waitTo = Math.min(pullFrom ?? ranFrom ?? end, end);
  const stretches: Stretch[] = [];
  if (waitTo > begin) stretches.push({ kind: "wait", from: begin, to: waitTo, tone: "mute", isOpen: false });
  if (pullFrom !== null && ranFrom !== null && ranFrom > pullFrom) {
    stretches.push({ kind: "pull", from: pullFrom, to: Math.min(ranFrom, end), tone: "mute", isOpen: false });
  }
  if (ranFrom !== null) stretches.push({ kind: "run", from: Math.min(ranFrom, end), to: Math.max(end, ranFrom), tone, isOpen });
  return stretches;
}

/** The time that a timeline spans; never empty, so that percentages exist. */
export function timelineSpan(
  run: { queuedAt: string | null; startedAt: string | null; endedAt: string | null },
  attempts: Attempt[],
  now: number,
) {
  const stretches = attempts.flatMap((attempt) => stretchesOf(attempt, now));
  const isOver = run.endedAt !== null;
  const from = stretches.reduce((least, stretch) => Math.min(least, stretch.from), ms(run.startedAt) ?? ms(run.queuedAt) ?? now);
  const to = stretches.reduce((most, stretch) => Math.max(most, stretch.to), ms(run.endedAt) ?? (isOver ? 0 : now));
  return { from, to: Math.max(to, from + 1_000) };
}
