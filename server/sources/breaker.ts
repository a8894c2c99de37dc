import "server-only";
import { AppError } from "@/server/errors";
import { isRefused } from "./translate";

/** So many failures in a row and the system is left alone, for twice as long each time, but less long than a loop that failed pauses. */
const breakAfter = 4;
const firstPauseMs = 2_000;
const longestPauseMs = 5_000;

/** What is known of a system that does not answer. */
export interface Breaker {
  failures: number;
  openUntil: number;
  /** One request asks whether a system that was down is there again. */
  isProbed: boolean;
  /** What the last failure was. */
  error: AppError | null;
}

export const closedBreaker: Readonly<Breaker> = { failures: 0, openUntil: 0, isProbed: false, error: null };

export const isBroken = ({ failures }: Breaker) => failures >= breakAfter;

/** The request failed, for whatever its maker cannot change. */
export const isFailure = (error: AppError) => error.code === "upstream" || error.code === "throttled";

/** The system is in trouble, as opposed to having refused this one request: only that opens the breaker, and is worth a second try. */
export const isOutage = (error: AppError) => isFailure(error) && !isRefused(error);

export function recordOutcome(state: Breaker & { tokens: number }, startedAt: number, error: AppError | null): void {
  if (error === null || !isOutage(error)) {
    // What waited for it comes at its steady pace, not all at once.
    if (isBroken(state)) state.tokens = Math.min(state.tokens, 0);
    state.failures = 0;
    return;
  }
  state.failures += 1;
  state.error = error;
  if (!isBroken(state)) return;
  // From the request's beginning: one that hung for its whole deadline has been a pause already.
  state.openUntil = startedAt + Math.min(longestPauseMs, firstPauseMs * 2 ** (state.failures - breakAfter));
}

/** While the system is known to be down, who asks hears what was heard last. @throws AppError */
export function refuseWhileDown(state: Breaker): void {
  if (!isBroken(state) || state.error === null) return;
  const { code, message, system, remedy } = state.error;
  if (state.isProbed || performance.now() < state.openUntil) throw new AppError(code, message, { system, remedy });
}
