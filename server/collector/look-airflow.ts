import "server-only";
import { and, asc, eq, inArray } from "drizzle-orm";
import type { EnvironmentFact } from "@/lib/schemas/facts";
import { AppError } from "@/server/errors";
import { ledger } from "@/server/ledger/db";
import { run } from "@/server/ledger/schema";
import { readCursor } from "@/server/ledger/source-health";
import { perSecond } from "@/server/sources/budgets";
import { systemName, takeCalls } from "@/server/sources/call";
import { beginOf, cursorOf, looked } from "./airflow-cursor";
import { type AirflowReading, type KnownRun, nameOf } from "./airflow-reading";
import { ingestEnvironment } from "./ingest";
import { type Looked, type Pace, staleAfterMs } from "./loop";
import { ingest } from "./scope";

export const airflowPace: Pace = { activeMs: 2_000, idleMs: 15_000 };

/** Of the budget this look takes no more than that, so that joins, tries and history move on however much changes. */
const mostShare = 0.75;

/** Open runs are compared with Airflow's own list so often: one that was deleted says nothing by itself. */
const openEveryMs = 10_000;
const mostOpen = 2_000;
/** Open here and not in Airflow's list: so many are read by their id at each look, the others at the next ones. */
const rereadsPerLook = 3;

/** States of an MWAA environment in which its Airflow may be away or half there (AWS service model mwaa, EnvironmentStatus). */
const busyStates = [
  ...["CREATING", "CREATE_FAILED", "CREATING_SNAPSHOT", "PENDING", "UPDATING", "ROLLING_BACK", "MAINTENANCE"],
  ...["UNAVAILABLE", "DELETING", "DELETED"],
];

/** Reads what changes in one environment's Airflow, before all else that is asked there. */
export class AirflowLook {
  #openAt = Number.NEGATIVE_INFINITY;
  /** The name after which the next round of re-reads begins. */
  #rereadAfter = "";

  constructor(readonly reading: AirflowReading) {}

  async look(): Promise<Looked> {
    const { reading } = this;
    let pages: number;
    try {
      pages = await this.#look();
      reading.isOpen = true;
    } catch (error) {
      reading.isOpen = false;
      throw error;
    }
    if (!(await reading.activity.isActive())) return { isActive: false };
    return { isActive: true, periodMs: Math.max(airflowPace.activeMs, (pages / (perSecond.airflow * mostShare)) * 1_000) };
  }

  /** Says how many pages it read. */
  async #look(): Promise<number> {
    const { environment, scope } = this.reading;
    const fact = await this.reading.airflow("active").environment();
    await this.#requireOpen(fact);
    // After its first answer, which says what time it is there.
    const startedAt = this.reading.now();
    const cursor = cursorOf(await readCursor(ledger(), { environment: environment.name, source: "airflow" }), startedAt);
    const changed = await this.reading.readSpan({ from: beginOf(cursor, startedAt), to: null }, "active");
    const compared = await this.#compareOpen(changed.runs, startedAt);
    const look = {
      source: "airflow",
      calls: takeCalls(environment.name, "airflow"),
      staleAfterMs: staleAfterMs(airflowPace),
      // A list that moved too much under the reader is read again from the same moment.
      cursor: changed.isWhole ? (stored: unknown) => looked(cursorOf(stored, startedAt), startedAt) : undefined,
      remark: this.reading.remark(),
    };
    await ingest(scope, look, (tx, changes) => ingestEnvironment(tx, scope, changes, fact));
    return changed.pages + compared;
  }

  /** While MWAA works on the environment only MWAA is asked, once a minute. */
  async #requireOpen(fact: EnvironmentFact): Promise<void> {
    if (!busyStates.includes(fact.status)) return;
    const { environment, scope } = this.reading;
    await ingest(scope, null, (tx, changes) => ingestEnvironment(tx, scope, changes, fact));
    const system = systemName(environment.name, "airflow");
    throw new AppError("upstream", `${system}: MWAA says ${fact.status}, so reading Airflow waits until it is AVAILABLE`, {
      system,
      remedy: "Penstock asks MWAA once a minute and goes on by itself.",
    });
  }

  /** What is open here and not there has ended or was deleted: its own id tells which. Says how many pages it read. */
  async #compareOpen(told: Set<string>, now: Date): Promise<number> {
    if (now.getTime() - this.#openAt < openEveryMs) return 0;
    const open = await this.#openHere();
    let pages = 0;
    // At first also what runs for so long that only history would tell of it.
    if (open.length > 0 || this.#openAt === Number.NEGATIVE_INFINITY) {
      const there = await this.reading.unlessRefused(() => this.reading.ingestRunPages(this.reading.airflow("active").openRuns()));
      const missing = open.filter((each) => !told.has(nameOf(each)) && !there?.runs.has(nameOf(each)));
      const turn = this.#turn(missing);
      for (const each of turn) await this.reading.reread(each, "active");
      pages = (there?.pages ?? 0) + turn.length;
      // More than one turn of them: the next look goes on.
      if (missing.length > rereadsPerLook) return pages;
    }
    this.#openAt = now.getTime();
    return pages;
  }

  #turn(missing: KnownRun[]): KnownRun[] {
    const byName = [...missing].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
    const later = byName.filter((each) => nameOf(each) > this.#rereadAfter);
    const chosen = [...later, ...byName.filter((each) => !later.includes(each))].slice(0, rereadsPerLook);
    const last = chosen.at(-1);
    if (last) this.#rereadAfter = nameOf(last);
    return chosen;
  }

  #openHere(): Promise<KnownRun[]> {
    return ledger()
      .select({ pipeline: run.pipeline, runId: run.runId, runAfter: run.runAfter, logicalDate: run.logicalDate })
      .from(run)
      .where(and(eq(run.environment, this.reading.environment.name), inArray(run.state, ["queued", "running"]), eq(run.isGone, false)))
      .orderBy(asc(run.changedAt))
      .limit(mostOpen);
  }
}
