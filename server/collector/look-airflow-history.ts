import "server-only";
import { ledger } from "@/server/ledger/db";
import { readCursor, writeCursor } from "@/server/ledger/source-health";
import { type Cursor, cursorOf, filled, firstSpanMs, type Gap, nextSpan, nextSpanMs, shorterSpanMs, withBegin } from "./airflow-cursor";
import { runsKept } from "./airflow-gaps";
import { type AirflowReading, type KnownRun, nameOf } from "./airflow-reading";
import type { Pace } from "./loop";
import { ingest } from "./scope";

/** One span after the other while any is missing: the call budget, of which it gets what nobody else wants, sets the pace. */
export const historyPace: Pace = { activeMs: 100, idleMs: 15_000 };

const sweepEveryMs = 86_400_000;
const sweepReachMs = 7 * 86_400_000;
const rereadsPerLook = 10;

/** A comparison in progress; begun again after a restart. */
interface Sweep {
  startedAt: Date;
  left: Gap;
  present: Set<string>;
  unlisted: KnownRun[] | null;
}

/** Reads what is missing, the newest span first, each committed before the next; then compares, once a day, what Airflow still has. */
export class AirflowHistoryLook {
  #spanMs = firstSpanMs;
  #sweep: Sweep | null = null;

  constructor(readonly reading: AirflowReading) {}

  async look(): Promise<{ isActive: boolean }> {
    if (!this.reading.isOpen) return { isActive: false };
    const cursor = cursorOf(await readCursor(ledger(), this.#key()), this.reading.now());
    if (cursor.beginsAt === null) {
      await this.#findBegin();
      return { isActive: true };
    }
    const span = nextSpan(cursor, this.#spanMs);
    if (span) await this.#fill(span);
    else if (this.reading.now().getTime() - cursor.sweptAt.getTime() > sweepEveryMs) await this.#sweepOn();
    else return { isActive: false };
    return { isActive: true };
  }

  #key() {
    return { environment: this.reading.environment.name, source: "airflow" };
  }

  /** By the cursor that is there at the time: the look at what changes moves it too. */
  async #move(change: (cursor: Cursor) => Cursor): Promise<void> {
    await ingest(this.reading.scope, null, async (tx) => {
      const stored = await readCursor(tx, this.#key());
      await writeCursor(tx, this.#key(), change(cursorOf(stored, this.reading.now())));
    });
  }

  /** How far back there is anything to read: asked once. */
  async #findBegin(): Promise<void> {
    const oldest = await this.reading.airflow("backfill").oldest();
    const now = this.reading.now();
    await this.#move((cursor) => withBegin(cursor, oldest, now));
  }

  async #fill(span: Gap): Promise<void> {
    const { count, isWhole } = await this.reading.readSpan(span, "backfill");
    if (isWhole) await this.#move((cursor) => filled(cursor, span));
    // What moves too much to be read whole is shorter, and stiller, in pieces.
    this.#spanMs = isWhole ? nextSpanMs(this.#spanMs, count) : shorterSpanMs(this.#spanMs);
  }

  /** Runs of late that Airflow no longer lists are read by their id, a few at a time, and marked when they are gone. */
  async #sweepOn(): Promise<void> {
    const now = this.reading.now();
    this.#sweep ??= { startedAt: now, left: { from: new Date(now.getTime() - sweepReachMs), to: now }, present: new Set(), unlisted: null };
    const sweep = this.#sweep;
    if (sweep.left.from < sweep.left.to) {
      const from = new Date(Math.max(sweep.left.from.getTime(), sweep.left.to.getTime() - this.#spanMs));
      const { runs, count } = await this.reading.ingestRunPages(this.reading.airflow("backfill").runsChanged({ from, to: sweep.left.to }));
      for (const name of runs) sweep.present.add(name);
      this.#spanMs = nextSpanMs(this.#spanMs, count);
      sweep.left.to = from;
      return;
    }
    sweep.unlisted ??= await this.#unlisted(sweep);
    for (const key of sweep.unlisted.slice(0, rereadsPerLook)) {
      await this.reading.reread(key, "backfill");
      sweep.unlisted.shift();
    }
    if (sweep.unlisted.length > 0) return;
    await this.#move((cursor) => ({ ...cursor, sweptAt: sweep.startedAt }));
    this.#sweep = null;
  }

  async #unlisted({ startedAt, present }: Sweep): Promise<KnownRun[]> {
    const since = new Date(startedAt.getTime() - sweepReachMs);
    const kept = await runsKept(this.reading.environment.name, since, startedAt);
    return kept.filter((each) => !present.has(nameOf(each)));
  }
}
