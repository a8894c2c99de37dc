import "server-only";
import { and, eq, inArray } from "drizzle-orm";
import { ledger } from "@/server/ledger/db";
import { run } from "@/server/ledger/schema";

/** After a poke something is about to happen, though Airflow may not show it yet. */
const pokedForMs = 30_000;
/** A container or Glue run may end a little after its run. */
const lingerMs = 20_000;

/** Whether an environment has work to watch, shared by its loops. */
export class Activity {
  #activeUntil = 0;

  constructor(readonly environment: string) {}

  poke(): void {
    this.#activeUntil = Math.max(this.#activeUntil, performance.now() + pokedForMs);
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
