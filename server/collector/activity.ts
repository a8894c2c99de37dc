import "server-only";
import { and, eq, inArray } from "drizzle-orm";
import { ledger } from "@/server/ledger/db";
import { run } from "@/server/ledger/schema";

/** After a poke something is about to happen, though Airflow may not show it yet. */
const pokedForMs = 30_000;
/** A container or Glue run may end a little after its run. */
const lingerMs = 20_000;

/** A queue that was not read for so long, or had no event for so long, is not relied on. */
const queueQuietMs = 30_000;
const eventsQuietMs = 600_000;

/** Whether an environment has work to watch, shared by its loops. */
export class Activity {
  #activeUntil = 0;
  #eventAt = Number.NEGATIVE_INFINITY;
  #queueReadAt = Number.NEGATIVE_INFINITY;

  constructor(readonly environment: string) {}

  poke(): void {
    this.#activeUntil = Math.max(this.#activeUntil, performance.now() + pokedForMs);
  }

  /** The queue of events was read, and `hasEvents` of this environment were in it. */
  noteEvents(hasEvents: boolean): void {
    this.#queueReadAt = performance.now();
    if (hasEvents) this.#eventAt = performance.now();
  }

  /** Whether the state changes of ECS arrive by themselves, so that asking is only for what they miss. */
  isToldByEvents(): boolean {
    return performance.now() - this.#queueReadAt < queueQuietMs && performance.now() - this.#eventAt < eventsQuietMs;
  }

  async isActive(): Promise<boolean> {
    const [open] = await ledger()
      .select({ runId: run.runId })
      .from(run)
      .where(and(inArray(run.state, ["queued", "running"]), eq(run.environment, this.environment), eq(run.isGone, false)))
      .limit(1);
    if (open) this.#activeUntil = Math.max(this.#activeUntil, performance.now() + lingerMs);
    return performance.now() < this.#activeUntil;
  }
}
