import "server-only";
import type { OperationCalls } from "@/lib/schemas/facts";
import { AppError } from "@/server/errors";
import { log } from "@/server/log";
import { forgetClients, renewCredentials } from "./aws";
import { type Breaker, closedBreaker, isBroken, isFailure, isOutage, recordOutcome, refuseWhileDown } from "./breaker";
import { isExpired, isLate, translate } from "./translate";

/** How often a system may be asked, and by whom: actions have a budget of their own so that polling cannot starve them. */
export interface Budget {
  environment: string;
  /** As in source_health: airflow, ecs, glue, logs, warehouse. */
  source: string;
  /** Distinguishes budgets on one system: `poll`, `action`, `log`. */
  purpose: string;
  perSecond: number;
  burst: number;
  /** Tokens that are left to more urgent callers of the same budget: who names some waits until there are more, and never goes into debt. */
  reserve?: number;
}

export interface CallOptions {
  /** What is asked, as IAM names it: `ecs:DescribeTasks`; `postgresql:query` for a database. Calls are counted by it. */
  operation: string;
  /** False: asked once, whatever happens (an effect that must not be repeated blindly). */
  isRepeatable?: boolean;
  deadlineMs?: number;
}

interface State extends Breaker {
  tokens: number;
  refilledAt: number;
  /** What is left for second tries. */
  retries: number;
  /** Requests without an answer yet. */
  inFlight: number;
}

const defaultDeadlineMs = 8_000;
const retryDelayMs = 250;
/** A second try is for the odd failure: of ten requests one may be repeated, so that an outage is not met with twice the requests. */
const retriesPerCall = 0.1;
const mostRetries = 1;
/** A caller waits at most this long for its turn. */
const longestQueueMs = 10_000;

/** A system that hangs holds so many requests of one budget at most, and with them sockets and memory: whoever comes then is told at once. */
const mostInFlight = 16;

// The global timer: a test's clock drives it.
const delay = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

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
    state = {
      tokens: budget.burst,
      refilledAt: performance.now(),
      retries: mostRetries,
      inFlight: 0,
      ...closedBreaker,
    };
    registry().states.set(key, state);
  }
  return state;
}

/** The name that people read: `airflow (prod)`. */
export function systemName(environment: string, source: string): string {
  return `${source} (${environment})`;
}

function refill(budget: Budget, state: State): void {
  const now = performance.now();
  state.tokens = Math.min(budget.burst, state.tokens + ((now - state.refilledAt) / 1000) * budget.perSecond);
  state.refilledAt = now;
}

/** Takes a token, going into debt: those who come later wait longer, in order. */
async function takeTurn(budget: Budget, state: State): Promise<void> {
  refill(budget, state);
  if (budget.reserve) {
    for (let missing = 1 + budget.reserve - state.tokens; missing > 0; missing = 1 + budget.reserve - state.tokens) {
      await delay(Math.ceil((missing / budget.perSecond) * 1000));
      refill(budget, state);
    }
  }
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

/** @throws AppError while too many of its budget's requests wait for their answer */
function takePlace(budget: Budget, state: State): void {
  if (state.inFlight >= mostInFlight) {
    const system = systemName(budget.environment, budget.source);
    throw new AppError("throttled", `${mostInFlight} requests to ${system} have no answer yet`, {
      system,
      remedy: "Each is given up after its deadline: try again in a few seconds.",
    });
  }
  state.inFlight += 1;
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
    else if (isFailure(translated)) countOf(budget, operation).failed += 1;
    if (isFailure(translated)) tellFailure(budget, operation, error, translated);
    throw translated;
  } finally {
    clearTimeout(timer);
  }
}

/** One line for each failed request: with AWS's request id its support can find it. */
function tellFailure({ environment, source }: Budget, operation: string, error: unknown, { code, message }: AppError): void {
  const { $metadata } = (error ?? {}) as { $metadata?: { requestId?: string; httpStatusCode?: number } };
  log.warn({ environment, source, operation, code, status: $metadata?.httpStatusCode, requestId: $metadata?.requestId }, message);
}

function takeRetry(state: State): boolean {
  if (state.retries < 1) return false;
  state.retries -= 1;
  return true;
}

/**
 * One request to an outside system: in its turn, within its deadline, repeated once when that is safe, left alone while it is known to be down.
 * @throws AppError that names the system
 */
export async function call<T>(budget: Budget, work: (signal: AbortSignal) => Promise<T>, options: CallOptions): Promise<T> {
  const { operation, isRepeatable = true, deadlineMs = defaultDeadlineMs } = options;
  const state = stateOf(budget);
  state.retries = Math.min(mostRetries, state.retries + retriesPerCall);
  for (let turn = 1, isRenewed = false; ; turn++) {
    refuseWhileDown(state);
    await takeTurn(budget, state);
    // It may have gone down while this one waited.
    refuseWhileDown(state);
    takePlace(budget, state);
    const isProbe = isBroken(state);
    if (isProbe) state.isProbed = true;
    try {
      const startedAt = performance.now();
      try {
        const answer = await once(budget, operation, deadlineMs, work);
        recordOutcome(state, startedAt, null);
        return answer;
      } catch (thrown) {
        const error = thrown as AppError;
        // Refused before anything was done, so an effect is repeated too.
        const isOld = !isRenewed && isExpired(error) && renewCredentials(budget.environment, startedAt);
        if (isOld) isRenewed = true;
        else recordOutcome(state, startedAt, error);
        const isWorthIt = isRepeatable && isOutage(error) && !isLate(error);
        if (!isOld && (turn > 1 || isProbe || !isWorthIt || !takeRetry(state))) throw error;
        if (!isOld) await delay(retryDelayMs * (1 + Math.random()));
      }
    } finally {
      state.inFlight -= 1;
      if (isProbe) state.isProbed = false;
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

/** Forgets budgets, breakers and clients: for tests. */
export function forgetCalls(): void {
  forgetClients();
  shared.penstockCalls = undefined;
}
