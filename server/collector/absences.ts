import "server-only";

const firstPauseMs = 10_000;
const longestPauseMs = 600_000;
const mostKept = 1_000;

/** What was asked for and is not there, or is not for us: it is asked for again, after twice as long each time, and not at each look. */
export class Absences {
  #kept = new Map<string, { until: number; pauseMs: number }>();

  isDue(name: string): boolean {
    return performance.now() >= (this.#kept.get(name)?.until ?? 0);
  }

  note(name: string): void {
    const pauseMs = Math.min(longestPauseMs, (this.#kept.get(name)?.pauseMs ?? firstPauseMs / 2) * 2);
    this.#kept.delete(name);
    this.#kept.set(name, { until: performance.now() + pauseMs, pauseMs });
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > mostKept && oldest !== undefined) this.#kept.delete(oldest);
  }

  forget(name: string): void {
    this.#kept.delete(name);
  }
}
