import "server-only";
import { findAppError } from "@/server/errors";
import { inEpoch, type Lease } from "@/server/ledger/lease";
import { recordFailure } from "@/server/ledger/source-health";
import { log } from "@/server/log";
import { takeCalls } from "@/server/sources/call";

export interface Pace {
  /** Between looks while something runs, and while nothing does. */
  activeMs: number;
  idleMs: number;
  /** From the beginning of a look that failed to the next one, when that is longer. */
  failedMs?: number;
}

export interface Looked {
  /** Whether there is work to watch. */
  isActive: boolean;
  /** From the beginning of this look to that of the next, however long it took; without it, the pace's pause begins at its end. */
  periodMs?: number;
}

export interface Loop {
  environment: string;
  source: string;
  pace: Pace;
  lease: Lease;
  signal: AbortSignal;
  look(): Promise<Looked>;
  /** Where a failure is told, and null when it is over; without it, in the source's health. */
  trouble?: (message: string | null) => void;
}

/** Seldom enough that a system in trouble is asked less than one that is well, often enough to be fresh 10 s after it is back. */
const failedMs = 6_000;
/** After a failure within Penstock, its ledger's included. */
const firstPauseMs = 1_000;
const longestPauseMs = 15_000;
/** After a look that took its whole period. */
const leastPauseMs = 250;
/** So that replicas and environments do not ask in step. */
const jitter = () => 0.9 + Math.random() * 0.2;

/** Resolves after `ms`, at `wake()`, or when the signal aborts. */
export class Sleeper {
  #wake: (() => void) | null = null;
  #isAwaited = false;

  wake(): void {
    this.#isAwaited = true;
    this.#wake?.();
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.#isAwaited && !signal.aborted) {
      await new Promise<void>((done) => {
        const finish = () => {
          clearTimeout(timer);
          signal.removeEventListener("abort", finish);
          this.#wake = null;
          done();
        };
        const timer = setTimeout(finish, ms);
        signal.addEventListener("abort", finish, { once: true });
        this.#wake = finish;
      });
    }
    this.#isAwaited = false;
  }
}

async function noteFailure(loop: Loop, failure: { error: string; remedy: string | null }): Promise<void> {
  if (loop.trouble) return loop.trouble(failure.error);
  const key = { environment: loop.environment, source: loop.source };
  await inEpoch(loop.lease, (tx) => recordFailure(tx, key, takeCalls(loop.environment, loop.source), staleAfterMs(loop.pace), failure));
}

/** A source that said nothing for three of its idle periods is stale. */
export const staleAfterMs = (pace: Pace) => Math.max(30_000, pace.idleMs * 3);

/**
 * Looks at one source of one environment until the signal aborts. Its failures are its own: they are recorded, and it is asked again.
 * While the ledger is away nothing is lost: cursors are in the ledger, so the next look begins where the last committed one ended.
 */
export async function runLoop(loop: Loop, sleeper: Sleeper): Promise<void> {
  const of = { environment: loop.environment, source: loop.source };
  let failures = 0;
  let usualMs = loop.pace.activeMs;
  while (!loop.signal.aborted) {
    let pauseMs: number;
    const startedAt = performance.now();
    try {
      const { isActive, periodMs } = await loop.look();
      if (failures > 0) log.info({ ...of, failures }, "source answers again");
      failures = 0;
      loop.trouble?.(null);
      usualMs = isActive ? loop.pace.activeMs : loop.pace.idleMs;
      pauseMs = periodMs === undefined ? usualMs * jitter() : Math.max(leastPauseMs, periodMs * jitter() - (performance.now() - startedAt));
    } catch (error) {
      if (loop.signal.aborted) return;
      failures += 1;
      const own = findAppError(error);
      const afterFailureMs =
        own && own.system !== "ledger"
          ? Math.max(usualMs, (loop.pace.failedMs ?? failedMs) - (performance.now() - startedAt))
          : Math.min(longestPauseMs, firstPauseMs * 2 ** (failures - 1));
      pauseMs = afterFailureMs * jitter();
      const message = own?.message ?? (error instanceof Error ? error.message : String(error));
      if (failures === 1 || failures % 20 === 0) log.warn({ ...of, failures, err: own ? undefined : error }, message);
      if (own?.system !== "ledger") {
        const told = own ? message : "Penstock made a mistake reading it; the collector's log says which";
        await noteFailure(loop, { error: told, remedy: own?.remedy ?? null }).catch((unwritten) =>
          log.debug({ ...of, err: unwritten }, "the failure could not be recorded"),
        );
      }
    }
    await sleeper.sleep(pauseMs, loop.signal);
  }
}
