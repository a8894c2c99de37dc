import "server-only";
import type { EnvironmentConfig } from "@/server/env";
import { type AppError, findAppError } from "@/server/errors";
import { perSecond } from "@/server/sources/budgets";
import { listJobs, matchesJob } from "@/server/sources/glue";
import { Turns } from "./turns";

const listEveryMs = 300_000;
/** After a list that could not be read, or that has lost jobs. */
const listAgainMs = 20_000;

/** An idle job is read once in this time, where the call budget lets. */
const roundMs = 60_000;
const leastPerLook = 4;
/** Of the budget; what is left is for runs that are read by their id. */
const share = 0.75;

/** The Glue jobs of one environment: which there are, and which are read at a look, one request each. */
export class GlueJobs {
  names: string[] = [];
  #dueAt = Number.NEGATIVE_INFINITY;
  #failure: AppError | null = null;
  #busyTurns = new Turns();
  #idleTurns = new Turns();

  constructor(readonly environment: EnvironmentConfig) {}

  /** @throws AppError when no job is known */
  async refresh(): Promise<void> {
    if (performance.now() < this.#dueAt) return;
    const before = this.names;
    try {
      this.names = await listJobs(this.environment);
      this.#failure = null;
    } catch (error) {
      this.#failure = findAppError(error);
      if (before.length === 0 || !this.#failure) throw error;
    }
    const isSure = this.#failure === null && before.every((name) => this.names.includes(name));
    this.#dueAt = performance.now() + (isSure ? listEveryMs : listAgainMs);
  }

  isNamed(job: string): boolean {
    return this.environment.glue.includes(job);
  }

  /** A job of the list is not there. */
  lost(job: string): void {
    this.names = this.names.filter((name) => name !== job);
    this.#dueAt = Math.min(this.#dueAt, performance.now() + listAgainMs);
  }

  /** The jobs of a look: those with open runs first, but half of the requests are for the others, of which each has its turn. */
  next(busy: Set<string>, periodMs: number): string[] {
    const most = Math.max(leastPerLook, Math.floor((perSecond.glue * share * periodMs) / 1_000));
    const open = this.names.filter((name) => busy.has(name));
    const idle = this.names.filter((name) => !busy.has(name));
    const wanted = Math.min(idle.length, Math.max(leastPerLook, Math.ceil((idle.length * periodMs) / roundMs)));
    const idleCount = Math.min(wanted, Math.max(Math.ceil(most / 2), most - open.length));
    return [...this.#busyTurns.take(open, most - idleCount), ...this.#idleTurns.take(idle, idleCount)];
  }

  remarks(): string[] {
    if (this.#failure) return [`The list of Glue jobs cannot be read: ${this.#failure.message}`];
    const patterns = this.environment.glue.filter((name) => name.includes("*"));
    return patterns
      .filter((pattern) => !this.names.some((name) => matchesJob(pattern, name)))
      .map((pattern) => `No Glue job matches ${pattern} of penstock.yaml`);
  }
}
