import "server-only";
import { eq } from "drizzle-orm";
import type { PipelineFact } from "@/lib/schemas/facts";
import { attempt } from "@/server/ledger/schema";
import { withoutHistory, withoutJoin } from "./airflow-gaps";
import type { AirflowReading } from "./airflow-reading";
import { ingestPipelineDetails, ingestPipelines } from "./ingest";
import { ingestHints } from "./join";
import type { Pace } from "./loop";
import { ingest } from "./scope";

export const detailsPace: Pace = { activeMs: 2_000, idleMs: 15_000 };

const catalogueEveryMs = 30_000;
/** While DAGs are still coming, as after a deploy: Airflow reads their files one by one. */
const growingCatalogueEveryMs = 5_000;
const detailsEveryMs = 3_600_000;
/** Of each kind so many at a turn, so that none waits for all of another. */
const perTurn = 3;

/** Reads what the look at changes leaves open: DAGs and their details, earlier tries, and what XComs name. */
export class AirflowDetailsLook {
  #catalogueAt = Number.NEGATIVE_INFINITY;
  #catalogue = new Set<string>();
  #isGrowing = true;
  #detailsDue: string[] = [];
  #detailsAt = new Map<string, number>();

  constructor(readonly reading: AirflowReading) {}

  async look(): Promise<{ isActive: boolean }> {
    if (!this.reading.isOpen) return { isActive: true };
    const left = [await this.#readHints(), await this.#readTries(), await this.#readCatalogue(), await this.#readDetails()];
    return { isActive: left.some(Boolean) || (await this.reading.activity.isActive()) };
  }

  /** What names the containers of work in progress comes first. */
  async #readHints(): Promise<boolean> {
    const { environment, scope } = this.reading;
    const due = await withoutJoin(environment.name, perTurn, this.reading.now());
    for (const task of due) {
      const hints = await this.reading.unlessRefused(() => this.reading.airflow("idle").joinHints(task));
      await ingest(scope, null, (tx, changes) => ingestHints(tx, scope, changes, task.id, hints ?? []));
    }
    return due.length === perTurn;
  }

  /** Earlier tries are in Airflow's history only. A task is asked about once for each of its changes. */
  async #readTries(): Promise<boolean> {
    const { environment, scope } = this.reading;
    const due = await withoutHistory(environment.name, perTurn, this.reading.now());
    for (const task of due) {
      const tries = await this.reading.unlessRefused(() => this.reading.airflow("idle").tries(task));
      if (tries) await this.reading.ingestAttemptPage(tries);
      await ingest(scope, null, (tx) => tx.update(attempt).set({ triesReadAt: task.changedAt }).where(eq(attempt.id, task.id)));
    }
    return due.length === perTurn;
  }

  async #readCatalogue(): Promise<boolean> {
    const { scope } = this.reading;
    const now = this.reading.now().getTime();
    if (now - this.#catalogueAt < (this.#isGrowing ? growingCatalogueEveryMs : catalogueEveryMs)) return this.#isGrowing;
    const { items, rejected } = await this.reading.airflow("idle").dags();
    this.reading.leaveOut(rejected);
    await ingest(scope, null, (tx, changes) => ingestPipelines(tx, scope, changes, items, rejected));
    this.#catalogueAt = now;
    this.#isGrowing = items.length === 0 || items.some(({ pipeline }) => !this.#catalogue.has(pipeline));
    this.#catalogue = new Set(items.map(({ pipeline }) => pipeline));
    this.#detailsDue = this.#dueDetails(items, now);
    return this.#isGrowing;
  }

  async #readDetails(): Promise<boolean> {
    const { scope } = this.reading;
    for (const pipeline of this.#detailsDue.splice(0, perTurn)) {
      const details = await this.reading.unlessRefused(() => this.reading.airflow("idle").dag(pipeline));
      if (details) await ingest(scope, null, (tx, changes) => ingestPipelineDetails(tx, scope, changes, details));
      this.#detailsAt.set(pipeline, this.reading.now().getTime());
    }
    return this.#detailsDue.length > 0;
  }

  /** Those never read first; those that left the catalogue are forgotten. */
  #dueDetails(facts: PipelineFact[], now: number): string[] {
    const names = new Set(facts.map((fact) => fact.pipeline));
    for (const name of this.#detailsAt.keys()) if (!names.has(name)) this.#detailsAt.delete(name);
    const readAt = (name: string) => this.#detailsAt.get(name) ?? Number.NEGATIVE_INFINITY;
    return [...names].filter((name) => now - readAt(name) > detailsEveryMs).sort((a, b) => readAt(a) - readAt(b) || (a < b ? -1 : 1));
  }
}
