import "server-only";
import type { AttemptFact, RunFact } from "@/lib/schemas/facts";
import type { EnvironmentConfig } from "@/server/env";
import { findAppError } from "@/server/errors";
import { log } from "@/server/log";
import {
  type AirflowSource,
  airflowSource,
  type Page,
  type Rejected,
  type RunTimes,
  type Span,
  type Urgency,
} from "@/server/sources/airflow-source";
import { Absences } from "./absences";
import type { Activity } from "./activity";
import { type Clock, wallClock } from "./clock";
import { ingestGoneRun, ingestRuns } from "./ingest";
import { ingestAttempts } from "./ingest-attempts";
import { ingest, type Scope } from "./scope";

export type RunName = { pipeline: string; runId: string };
/** A run as it is asked for again. */
export type KnownRun = RunName & RunTimes;
export const nameOf = ({ pipeline, runId }: RunName) => JSON.stringify([pipeline, runId]);

const mostRejected = 200;
const rejectedForMs = 3_600_000;
/** Clocks that differ by more are told of. */
const toldSkewMs = 30_000;

export interface ReadSpan {
  /** Names of the runs that were answered. */
  runs: Set<string>;
  /** Rows, unreadable ones too. */
  count: number;
  pages: number;
  isWhole: boolean;
}

export interface AirflowSeams {
  /** Airflow as it answers who asks with that urgency. */
  airflow?: (urgency: Urgency) => AirflowSource;
  clock?: Clock;
}

/** What the looks at one environment's Airflow share: how it is asked, what was left out, whether it can be asked at all. */
export class AirflowReading {
  readonly clock: Clock;
  readonly airflow: (urgency: Urgency) => AirflowSource;
  /** Set by the look at what changes: while that one fails, or Airflow is being maintained, nothing else is asked. */
  isOpen = false;
  /** What the work in the background could not do, by its kind. */
  readonly troubles = new Map<string, string>();
  /** Runs that cannot be read, or of which it cannot be told whether they are there. */
  #absences = new Absences();
  #rejected = new Map<string, { why: string; at: number }>();

  constructor(
    readonly environment: EnvironmentConfig,
    readonly scope: Scope,
    readonly activity: Activity,
    { airflow = (urgency) => airflowSource(environment, urgency), clock = wallClock }: AirflowSeams = {},
  ) {
    this.airflow = airflow;
    this.clock = clock;
  }

  /** What time it is at Airflow: what it says of its changes is by its clock, not by ours. */
  now(): Date {
    return this.airflow("active").serverNow() ?? this.clock.now();
  }

  /** Reads what changed in a span and ingests it page by page. Not whole: there is more in it, so that it must be read again. */
  async readSpan(span: Span, urgency: Urgency): Promise<ReadSpan> {
    const airflow = this.airflow(urgency);
    const read = await this.ingestRunPages(airflow.runsChanged(span));
    for await (const page of airflow.attemptsChanged(span)) {
      read.count += await this.ingestAttemptPage(page);
      read.pages += 1;
      if (page.isIncomplete) read.isWhole = false;
    }
    return read;
  }

  async ingestRunPages(pages: AsyncIterable<Page<RunFact>>): Promise<ReadSpan> {
    const read: ReadSpan = { runs: new Set(), count: 0, pages: 0, isWhole: true };
    for await (const { items, rejected, isIncomplete } of pages) {
      if (isIncomplete) read.isWhole = false;
      else this.leaveOut(rejected);
      if (items.length > 0) await ingest(this.scope, null, (tx, changes) => ingestRuns(tx, this.scope, changes, items));
      for (const each of items) read.runs.add(nameOf(each));
      read.count += items.length + rejected.length;
      read.pages += 1;
    }
    return read;
  }

  async ingestAttemptPage({ items, rejected, isIncomplete }: Page<AttemptFact>): Promise<number> {
    if (!isIncomplete) this.leaveOut(rejected);
    if (items.length > 0) await ingest(this.scope, null, (tx, changes) => ingestAttempts(tx, this.scope, changes, items));
    return items.length + rejected.length;
  }

  /** One run as it is now; one that Airflow no longer has is marked. */
  async reread(key: KnownRun, urgency: Urgency): Promise<void> {
    if (!this.#absences.isDue(nameOf(key))) return;
    try {
      const fact = await this.airflow(urgency).run(key.pipeline, key.runId, key);
      this.#absences.forget(nameOf(key));
      await ingest(this.scope, null, (tx, changes) => ingestRuns(tx, this.scope, changes, [fact]));
    } catch (error) {
      const own = findAppError(error);
      if (own?.code === "invalid" || own?.code === "not_found") this.#absences.note(nameOf(key));
      if (own?.code === "invalid") return this.leaveOut([{ id: `${key.pipeline}/${key.runId}`, why: own.message }]);
      if (own?.code !== "not_found") throw error;
      // Not among the newest, by a way round: that proves nothing.
      if (findAppError(own.cause)) return;
      await ingest(this.scope, null, (tx, changes) => ingestGoneRun(tx, this.scope, changes, key));
    }
  }

  /** What Airflow has deleted since, or refuses to tell (a path that MWAA finds too long), must not keep the rest from being read. */
  async unlessRefused<T>(ask: () => Promise<T>): Promise<T | null> {
    try {
      return await ask();
    } catch (error) {
      const own = findAppError(error);
      if (own?.code !== "not_found" && own?.code !== "invalid") throw error;
      log.warn({ environment: this.environment.name, source: "airflow" }, own.message);
      return null;
    }
  }

  /** Rows that cannot be read: counted, and told with the source's health. */
  leaveOut(rejected: Rejected[]): void {
    for (const { id, why } of rejected) {
      const key = id ?? why;
      this.#rejected.delete(key);
      this.#rejected.set(key, { why: id === null ? why : `${id}: ${why}`, at: this.now().getTime() });
    }
    for (const key of this.#rejected.keys()) {
      if (this.#rejected.size <= mostRejected) return;
      this.#rejected.delete(key);
    }
  }

  #skewRemark(): string[] {
    const aheadMs = this.clock.now().getTime() - this.now().getTime();
    if (Math.abs(aheadMs) <= toldSkewMs) return [];
    const seconds = Math.round(Math.abs(aheadMs) / 1000);
    const by = seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
    return [`The clock of Penstock's machine is ${by} ${aheadMs > 0 ? "ahead of" : "behind"} AWS's: set it (NTP). Nothing is missed by it`];
  }

  /** For people, though reading works: rows that were left out of late, what else cannot be read; null when there is nothing to say. */
  remark(): string | null {
    const oldest = this.now().getTime() - rejectedForMs;
    for (const [key, { at }] of this.#rejected) if (at < oldest) this.#rejected.delete(key);
    const count = this.#rejected.size;
    const last = [...this.#rejected.values()].at(-1);
    const leftOut = last
      ? [
          `${count}${count === mostRejected ? " or more rows are" : count === 1 ? " row is" : " rows are"} left out as unreadable; the last: ${last.why}`,
        ]
      : [];
    const parts = [...this.#skewRemark(), ...leftOut, ...this.airflow("active").remarks(), ...this.troubles.values()];
    return parts.length === 0 ? null : parts.join(". ");
  }
}
