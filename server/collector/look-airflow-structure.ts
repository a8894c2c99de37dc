import "server-only";
import { createHash } from "node:crypto";
import { and, eq, inArray, isNull, or, sql } from "drizzle-orm";
import type { DagVersionFact } from "@/lib/schemas/facts";
import { ledger } from "@/server/ledger/db";
import { attempt, pipeline, run } from "@/server/ledger/schema";
import { dagSetting, dagVersion } from "@/server/ledger/schema-airflow";
import { type AirflowStructureSource, airflowStructure } from "@/server/sources/airflow-structure-source";
import type { AirflowReading } from "./airflow-reading";
import { ingestAirflowState, ingestDagSettings, ingestDagTroubles, ingestDagVersions } from "./ingest-airflow";
import type { Pace } from "./loop";
import { ingest } from "./scope";

export const structurePace: Pace = { activeMs: 5_000, idleMs: 15_000 };

/** Pools matter to whom waits for one. */
const poolsEveryMs = 30_000;
const idlePoolsEveryMs = 300_000;
const healthEveryMs = 60_000;
const versionsEveryMs = 60_000;
/** Airflow 2 does not say when a file changed. */
const rereadEveryMs = 3_600_000;
const perTurn = 3;
const pageRows = 100;
/** Of a long history of versions the newest are enough. */
const mostPages = 5;

/** Reads what DAGs consist of, once for each version, and how Airflow itself is: after all else that is asked there. */
export class AirflowStructureLook {
  #poolsAt = Number.NEGATIVE_INFINITY;
  #healthAt = Number.NEGATIVE_INFINITY;
  #versionsAt = Number.NEGATIVE_INFINITY;
  #isNumbered = false;
  /** When each DAG was read last, or could not be. */
  #readAt = new Map<string, number>();
  /** DAGs that were read and whose time zone Airflow does not tell. */
  #zoneless = new Set<string>();

  constructor(
    readonly reading: AirflowReading,
    readonly source: AirflowStructureSource = airflowStructure(reading.environment, "backfill"),
  ) {}

  async look(): Promise<{ isActive: boolean }> {
    if (!this.reading.isOpen) return { isActive: true };
    await this.#readPools();
    await this.#readHealth();
    const isNumbered = await this.#readVersions();
    const left = await this.#readDags(isNumbered);
    return { isActive: left || (await this.reading.activity.isActive()) };
  }

  async #readPools(): Promise<void> {
    const now = this.reading.now();
    const every = (await this.#isQueued()) ? poolsEveryMs : idlePoolsEveryMs;
    if (now.getTime() - this.#poolsAt < every) return;
    const { scope } = this.reading;
    const pools = await this.source.pools();
    await ingest(scope, null, (tx) => ingestAirflowState(tx, scope, now, { pools }));
    this.#poolsAt = now.getTime();
  }

  async #isQueued(): Promise<boolean> {
    const { name } = this.reading.environment;
    const [found] = await ledger()
      .select({ runId: run.runId })
      .from(run)
      .where(
        and(
          eq(run.environment, name),
          inArray(run.state, ["queued", "running"]),
          eq(run.isGone, false),
          sql`(${run.state} = 'queued' or exists (select from ${attempt} where ${attempt.environment} = ${run.environment}
            and ${attempt.pipeline} = ${run.pipeline} and ${attempt.runId} = ${run.runId} and ${attempt.isLatest} and ${attempt.state} in ('queued', 'scheduled')))`,
        ),
      )
      .limit(1);
    return found !== undefined;
  }

  async #readHealth(): Promise<void> {
    const now = this.reading.now();
    if (now.getTime() - this.#healthAt < healthEveryMs) return;
    const { scope } = this.reading;
    const heartbeats = await this.source.health();
    const errors = await this.source.importErrors();
    const warnings = await this.source.warnings();
    await ingest(scope, null, async (tx, changes) => {
      await ingestAirflowState(tx, scope, now, { heartbeats });
      await ingestDagTroubles(tx, scope, changes, now, { errors, warnings });
    });
    this.#healthAt = now.getTime();
  }

  /** The versions that are new, from the newest on. False: this Airflow numbers none. */
  async #readVersions(): Promise<boolean> {
    const now = this.reading.now().getTime();
    if (now - this.#versionsAt < versionsEveryMs) return this.#isNumbered;
    const { scope } = this.reading;
    for (let read = 0, offset = 0; read < mostPages; read += 1) {
      const page = await this.source.versions({ offset, limit: pageRows });
      this.#isNumbered = page !== null;
      if (!page) break;
      this.reading.leaveOut(page.rejected);
      const added = await this.#unknown(page.items);
      await ingest(scope, null, async (tx, changes) => {
        await ingestDagVersions(tx, scope, changes, added);
        await ingestDagSettings(tx, scope, changes, await this.#newest(added));
      });
      offset += page.items.length + page.rejected.length;
      if (added.length < page.items.length || offset >= page.total || page.items.length === 0) break;
    }
    this.#versionsAt = now;
    return this.#isNumbered;
  }

  async #unknown(facts: DagVersionFact[]): Promise<DagVersionFact[]> {
    const names = [...new Set(facts.map((fact) => fact.pipeline))];
    if (names.length === 0) return [];
    const rows = await ledger()
      .select({ pipeline: dagVersion.pipeline, version: dagVersion.version })
      .from(dagVersion)
      .where(and(eq(dagVersion.environment, this.reading.environment.name), inArray(dagVersion.pipeline, names)));
    const known = new Set(rows.map((row) => JSON.stringify([row.pipeline, row.version])));
    return facts.filter((fact) => !known.has(JSON.stringify([fact.pipeline, fact.version])));
  }

  /** Of each DAG the version in force: the highest number that is known of it. */
  async #newest(added: DagVersionFact[]): Promise<{ pipeline: string; currentVersion: string }[]> {
    const names = [...new Set(added.map((fact) => fact.pipeline))];
    if (names.length === 0) return [];
    const rows = await ledger()
      .select({ pipeline: dagSetting.pipeline, version: dagSetting.currentVersion })
      .from(dagSetting)
      .where(and(eq(dagSetting.environment, this.reading.environment.name), inArray(dagSetting.pipeline, names)));
    return names.map((name) => {
      const before = Number(rows.find((row) => row.pipeline === name)?.version ?? 0);
      const numbers = added.filter((fact) => fact.pipeline === name).map((fact) => Number(fact.version));
      return { pipeline: name, currentVersion: String(Math.max(before, ...numbers)) };
    });
  }

  /** Whether some are left for the next turn. */
  async #readDags(isNumbered: boolean): Promise<boolean> {
    const now = this.reading.now().getTime();
    const names = isNumbered ? await this.#unread() : await this.#present();
    const due = names.filter((name) => now - (this.#readAt.get(name) ?? Number.NEGATIVE_INFINITY) >= rereadEveryMs);
    for (const name of due.slice(0, perTurn)) {
      const isKept = await this.reading.unlessRefused(() => this.#readDag(name, isNumbered));
      // Its next version may come at any time, and is read when the list of versions names it.
      if (isKept && isNumbered) this.#readAt.delete(name);
      else this.#readAt.set(name, now);
    }
    return due.length > perTurn;
  }

  /** DAGs whose version in force was not read, or was before time zones were kept. */
  async #unread(): Promise<string[]> {
    const { name } = this.reading.environment;
    const rows = await ledger()
      .select({ pipeline: pipeline.pipeline, isRead: sql<boolean>`${dagVersion.tasks} is not null` })
      .from(pipeline)
      .leftJoin(dagSetting, and(eq(dagSetting.environment, pipeline.environment), eq(dagSetting.pipeline, pipeline.pipeline)))
      .leftJoin(
        dagVersion,
        and(
          eq(dagVersion.environment, dagSetting.environment),
          eq(dagVersion.pipeline, dagSetting.pipeline),
          eq(dagVersion.version, dagSetting.currentVersion),
        ),
      )
      .where(and(eq(pipeline.environment, name), eq(pipeline.isGone, false), or(isNull(dagVersion.tasks), isNull(dagSetting.zone))))
      .orderBy(pipeline.pipeline);
    return rows.filter((row) => !row.isRead || !this.#zoneless.has(row.pipeline)).map((row) => row.pipeline);
  }

  async #present(): Promise<string[]> {
    const rows = await ledger()
      .select({ pipeline: pipeline.pipeline })
      .from(pipeline)
      .where(and(eq(pipeline.environment, this.reading.environment.name), eq(pipeline.isGone, false)))
      .orderBy(pipeline.pipeline);
    return rows.map((row) => row.pipeline);
  }

  /** Whether a version was told. */
  async #readDag(name: string, isNumbered: boolean): Promise<boolean> {
    const { scope } = this.reading;
    const details = await this.source.details(name);
    const { tasks, groups } = await this.source.tasks(name);
    const { code, codeReason } = await this.source.code(name, details);
    const version = details.version ?? (isNumbered ? null : digestOf(code ?? JSON.stringify(tasks)));
    const { file, zone, maxActiveRuns, maxActiveTasks } = details;
    if (zone === null) this.#zoneless.add(name);
    const setting = { pipeline: name, file, zone, maxActiveRuns, maxActiveTasks };
    const fact =
      version === null
        ? []
        : [
            {
              pipeline: name,
              version,
              bundleVersion: details.bundleVersion,
              firstSeenAt: this.reading.now(),
              code,
              codeReason,
              tasks,
              groups,
            },
          ];
    await ingest(scope, null, async (tx, changes) => {
      await ingestDagVersions(tx, scope, changes, fact);
      await ingestDagSettings(tx, scope, changes, [version === null ? setting : { ...setting, currentVersion: version }]);
    });
    return version !== null;
  }
}

const digestOf = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 12);
