import type { Run, RunState, RunType } from "./schemas/run";
import type { Usual } from "./schemas/usual";

/** Why a run needs somebody. */
export type Attention = "failed" | "overrunning" | "queued_long";

const minuteMs = 60_000;

/** The thresholds of "needs attention". */
export const attentionRules = {
  /** A failure that is older than this is history: whoever has not mended it in a week does not mean to. */
  failureDays: 7,
  /** A scheduler starts what may start within its loop of seconds; ten minutes are no accident. */
  queuedMs: 10 * minuteMs,
  /** A backfill queues its runs on purpose: so many at a time. */
  queuedBackfillMs: 60 * minuteMs,
};

type Interval = { dataIntervalStart: string | null; dataIntervalEnd: string | null };
type Ended = Interval & { state: RunState; type: RunType; sortAt: string; endedAt: string | null };

const at = (text: string | null) => (text === null ? Number.NaN : Date.parse(text));

/** Whether it is about a stretch of data of its own; Airflow 3 gives cron schedules an interval without length. */
export const hasInterval = (run: Interval & { type: RunType }): boolean =>
  ["scheduled", "backfill"].includes(run.type) && at(run.dataIntervalStart) < at(run.dataIntervalEnd);

/**
 * Whether `later`, of the same pipeline, made a failure good: it succeeded, and covers the same data where the failed one had data of its own.
 * The next scheduled run has data of its own, too, and leaves the hole. (A failed run that was cleared and succeeded is no failure any more.)
 */
export function isFixedBy(failed: Ended, later: Ended): boolean {
  if (later.state !== "success") return false;
  if (!hasInterval(failed)) return at(later.sortAt) > at(failed.sortAt);
  return (
    later.type !== "scheduled" &&
    at(later.sortAt) >= at(failed.sortAt) &&
    !(at(later.endedAt) <= at(failed.endedAt)) &&
    at(later.dataIntervalStart) <= at(failed.dataIntervalStart) &&
    at(later.dataIntervalEnd) >= at(failed.dataIntervalEnd)
  );
}

type Open = { state: string; type: string; startedAt: Date | null; queuedAt: Date | null; sortAt: Date };

/** Whether a run that is not over takes longer than nineteen of twenty of its pipeline, or waits too long. `now` in milliseconds. */
export function attentionOfOpen(run: Open, usual: Usual | null, now: number): Attention | null {
  if (run.state === "running") {
    return run.startedAt !== null && usual !== null && now - run.startedAt.getTime() > usual.p95Ms ? "overrunning" : null;
  }
  if (run.state !== "queued") return null;
  const most = run.type === "backfill" ? attentionRules.queuedBackfillMs : attentionRules.queuedMs;
  return now - (run.queuedAt ?? run.sortAt).getTime() > most ? "queued_long" : null;
}

export const attentionWord: Record<Attention, string> = {
  failed: "not fixed by a later run",
  overrunning: "longer than 19 of 20 runs",
  queued_long: "queued too long",
};

export type WithAttention = Run & { needs?: Attention | null };
