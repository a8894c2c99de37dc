import "server-only";
import { setTimeout as delay } from "node:timers/promises";
import type { OperationCalls } from "@/lib/schemas/facts";
import { AppError } from "@/server/errors";
import { translate } from "./translate";

/** How often a system may be asked, and by whom: actions have a budget of their own so that polling cannot starve them. */
export interface Budget {
  environment: string;
  /** As in source_health: airflow, ecs, glue, logs, warehouse. */
  source: string;
  /** Distinguishes budgets on one system: `poll`, `action`, `log`. */
  purpose: string;
  perSecond: number;
  burst: number;
}

export interface CallOptions {
  /** What is asked, as IAM names it: `ecs:DescribeTasks`; `postgresql:query` for a database. Calls are counted by it. */
  operation: string;
  /** False: asked once, whatever happens (an effect that must not be repeated blindly). */
  isRepeatable?: boolean;
  deadlineMs?: number;
}

interface State {
  tokens: number;
  refilledAt: number;
  failures: number;
  openUntil: number;
  reason: string;
}

const defaultDeadlineMs = 8_000;
const retryDelayMs = 250;
/** So many failures in a row and the system is left alone, for twice as long each time. */
const breakAfter = 4;
const firstPauseMs = 2_000;
const longestPauseMs = 30_000;
/** A caller waits at most this long for its turn. */
const longestQueueMs = 10_000;

const shared = globalThis as typeof globalThis & {
  penstockCalls?: { states: Map<string, State>; counts: Map<string, Map<string, OperationCalls>> };
};

function registry() {
  shared.penstockCalls ??= { states: new Map(), counts: new Map() };
  return shared.penstockCalls;
}

function stateOf(budget: Budget): State {
  const key = `${budget.environment}/${budget.source}/${budget.purpose}`;
  let state = registry().states.get(key);
  if (!state) {
    state = { tokens: budget.burst, refilledAt: performance.now(), failures: 0, openUntil: 0, reason: "" };
    registry().states.set(key, state);
  }
  return state;
}

/** The name that people read: `airflow (prod)`. */
export function systemName(environment: string, source: string): string {
  return `${source} (${environment})`;
}

/** Takes a token, going into debt: those who come later wait longer, in order. */
async function takeTurn(budget: Budget, state: State): Promise<void> {
  const now = performance.now();
  state.tokens = Math.min(budget.burst, state.tokens + ((now - state.refilledAt) / 1000) * budget.perSecond);
  state.refilledAt = now;
  const waitMs = Math.max(0, ((1 - state.tokens) / budget.perSecond) * 1000);
  if (waitMs > longestQueueMs) {
    throw new AppError("throttled", `Too many requests to ${systemName(budget.environment, budget.source)} are waiting`, {
      system: systemName(budget.environment, budget.source),
      remedy: "Try again in a few seconds.",
    });
  }
  state.tokens -= 1;
  if (waitMs > 0) await delay(waitMs);
}

function countOf({ environment, source }: Budget, operation: string): OperationCalls {
  const key = `${environment}/${source}`;
  const operations = registry().counts.get(key) ?? new Map<string, OperationCalls>();
  registry().counts.set(key, operations);
  const count = operations.get(operation) ?? { operation, calls: 0, throttled: 0, failed: 0 };
  operations.set(operation, count);
  return count;
}

async function once<T>(budget: Budget, operation: string, deadlineMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  countOf(budget, operation).calls += 1;
  const abort = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, fail) => {
    timer = setTimeout(() => {
      const late = new DOMException(`no answer within ${deadlineMs / 1000} s`, "TimeoutError");
      abort.abort(late);
      fail(late);
    }, deadlineMs);
  });
  try {
    return await Promise.race([work(abort.signal), deadline]);
  } catch (error) {
    const translated = translate(systemName(budget.environment, budget.source), error);
    // Looked up again: the counts may have been taken while the answer was on its way.
    if (translated.code === "throttled") countOf(budget, operation).throttled += 1;
    else if (isOutage(translated)) countOf(budget, operation).failed += 1;
    throw translated;
  } finally {
    clearTimeout(timer);
  }
}

/** The system failed, as opposed to having refused this one request. */
const isOutage = (error: unknown) => error instanceof AppError && (error.code === "upstream" || error.code === "throttled");

function recordOutcome(state: State, error: unknown): void {
  if (error === null || !isOutage(error)) {
    state.failures = 0;
    return;
  }
  state.failures += 1;
  state.reason = (error as AppError).message;
  if (state.failures < breakAfter) return;
  state.openUntil = performance.now() + Math.min(longestPauseMs, firstPauseMs * 2 ** (state.failures - breakAfter));
}

/**
 * One request to an outside system: in its turn, within its deadline, repeated once when that is safe, left alone while it is known to be down.
 * @throws AppError that names the system
 */
export async function call<T>(budget: Budget, work: (signal: AbortSignal) => Promise<T>, options: CallOptions): Promise<T> {
  const { operation, isRepeatable = true, deadlineMs = defaultDeadlineMs } = options;
  const state = stateOf(budget);
  if (performance.now() < state.openUntil) {
    const system = systemName(budget.environment, budget.source);
    throw new AppError("upstream", state.reason, { system, remedy: "It is asked again by itself within half a minute." });
  }
  for (let turn = 1; ; turn++) {
    await takeTurn(budget, state);
    try {
      const answer = await once(budget, operation, deadlineMs, work);
      recordOutcome(state, null);
      return answer;
    } catch (error) {
      recordOutcome(state, error);
      if (turn === 2 || !isRepeatable || !isOutage(error)) throw error;
      await delay(retryDelayMs * (1 + Math.random()));
    }
  }
}

/** Requests made to a system by this process since the last time somebody asked, by operation. */
export function takeCalls(environment: string, source: string): OperationCalls[] {
  const key = `${environment}/${source}`;
  const taken = [...(registry().counts.get(key)?.values() ?? [])];
  registry().counts.delete(key);
  return taken;
}

/** Forgets budgets and breakers: for tests. */
export function forgetCalls(): void {
  shared.penstockCalls = undefined;
}
