import "server-only";
import { createHash } from "node:crypto";
import { and, asc, eq, gt, inArray, sql } from "drizzle-orm";
import { classify } from "@/lib/failures";
import { parseLogMessage } from "@/lib/log-lines";
import { type StreamCandidate, streamCandidates } from "@/lib/log-streams";
import { AttemptState, type LogLine } from "@/lib/schemas/attempt";
import type { EnvironmentConfig } from "@/server/env";
import { type AppError, findAppError } from "@/server/errors";
import { ledger } from "@/server/ledger/db";
import { attempt, ecsTask, environment, failure, glueRun } from "@/server/ledger/schema";
import { upsertChanged } from "@/server/ledger/upsert";
import { takeCalls } from "@/server/sources/call";
import { findStreams, readLogTail } from "@/server/sources/logs";
import type { Activity } from "./activity";
import type { Pace } from "./loop";
import { ingest, type Scope } from "./scope";

export const failurePace: Pace = { activeMs: 2_000, idleMs: 15_000 };

const failedStates = ["failed", "up_for_retry", "upstream_failed"];
const perLook = 4;
const probeEveryMs = 60_000;
const tailLines = 2_000;
/** Airflow on MWAA sends logs up to a minute late: an end is believed when the streams were quiet so long after the attempt's end. */
const quietMs = 90_000;
const settledMs = 120_000;

type AttemptRow = typeof attempt.$inferSelect;

interface ReadLog {
  lines: LogLine[];
  newestAt: number | null;
  isWhole: boolean;
  /** The service did not answer, as opposed to having no such stream. */
  isOutage: boolean;
}

/** Ids as the log page gives them, so that a card can point at its line: time, stream, and number among lines of the same millisecond. */
export function lineIds(group: string, stream: string): (timestamp: number) => string {
  const name = createHash("sha256").update(`${group}\n${stream}`).digest("hex").slice(0, 8);
  let last = Number.NaN;
  let same = 0;
  return (timestamp) => {
    same = timestamp === last ? same + 1 : 0;
    last = timestamp;
    return `${String(timestamp).padStart(14, "0")}-${name}-${String(same).padStart(6, "0")}`;
  };
}

/** Final when nothing more is to be expected: all streams read, and quiet, or the attempt ended long enough ago. */
export function isSettled(endedAt: Date, log: { newestAt: number | null; isWhole: boolean }, now: number): boolean {
  const sinceEnd = now - endedAt.getTime();
  if (sinceEnd > settledMs) return log.isWhole;
  return log.isWhole && log.newestAt !== null && now - Math.max(log.newestAt, endedAt.getTime()) > quietMs;
}

/** Classifies failed attempts by what their container, Glue run and log say: at once, and again until the log is whole. */
export class FailureLook {
  #askedAt = Number.NEGATIVE_INFINITY;
  /** Why logs cannot be read in this look. */
  #outage: AppError | null = null;

  constructor(
    readonly environment: EnvironmentConfig,
    readonly scope: Scope,
    readonly activity: Activity,
  ) {}

  async look(): Promise<{ isActive: boolean }> {
    this.#outage = null;
    const due = await this.#due();
    await this.#classifyAll(due);
    if (this.#outage) throw this.#outage;
    if (performance.now() - this.#askedAt > probeEveryMs) {
      this.#askedAt = performance.now();
      await this.#probe();
    }
    const calls = takeCalls(this.environment.name, "logs");
    if (calls.length > 0) {
      this.#askedAt = performance.now();
      await ingest(this.scope, { source: "logs", calls, staleAfterMs: probeEveryMs * 3 }, async () => undefined);
    }
    return { isActive: due.length > 0 || (await this.activity.isActive()) };
  }

  /** With nothing to classify, whether logs can be read is asked now and then: "ok" must mean that it was tried. */
  async #probe(): Promise<void> {
    const [place] = await ledger()
      .select({ group: environment.taskLogGroup })
      .from(environment)
      .where(eq(environment.name, this.environment.name));
    if (place?.group) await findStreams(this.environment, place.group, "dag_id=penstock-probe/");
  }

  /** Failed attempts without a final classification; the longer ago one was classified, the later it is its turn again. */
  async #due(): Promise<AttemptRow[]> {
    const rows = await ledger()
      .select({ attempt })
      .from(attempt)
      .leftJoin(failure, eq(failure.attemptId, attempt.id))
      .where(
        and(
          eq(attempt.environment, this.environment.name),
          inArray(attempt.state, failedStates),
          gt(attempt.changedAt, sql`now() - interval '14 days'`),
          sql`(${failure.attemptId} is null or (not ${failure.isFinal} and ${failure.classifiedAt} < now() - greatest(interval '3 seconds', (${failure.classifiedAt} - coalesce(${attempt.endedAt}, ${attempt.changedAt})) / 3)))`,
        ),
      )
      .orderBy(sql`${failure.classifiedAt} asc nulls first`, asc(attempt.changedAt))
      .limit(perLook);
    return rows.map((row) => row.attempt);
  }

  /** A mistake of ours over one attempt is told after the others had their turn. */
  async #classifyAll(due: AttemptRow[]): Promise<void> {
    const mistakes: unknown[] = [];
    for (const each of due) {
      await this.#classify(each).catch((error: unknown) => {
        if (findAppError(error)) throw error;
        mistakes.push(error);
      });
    }
    if (mistakes.length > 0) throw mistakes[0];
  }

  async #classify(row: AttemptRow): Promise<void> {
    const [task] = await ledger()
      .select()
      .from(ecsTask)
      .where(eq(ecsTask.attemptId, row.id))
      .orderBy(sql`${ecsTask.createdAt} desc nulls last`)
      .limit(1);
    const [run] = await ledger()
      .select()
      .from(glueRun)
      .where(eq(glueRun.attemptId, row.id))
      .orderBy(sql`${glueRun.startedAt} desc nulls last`)
      .limit(1);
    const [place] = await ledger()
      .select({ taskLogGroup: environment.taskLogGroup })
      .from(environment)
      .where(eq(environment.name, row.environment));
    const candidates = streamCandidates({ ...row, taskLogGroup: place?.taskLogGroup ?? null, ecsTask: task ?? null, glueRun: run ?? null });
    const isUpstream = row.state === "upstream_failed";
    const log = isUpstream ? { lines: [], newestAt: null, isWhole: true, isOutage: false } : await this.#read(candidates);
    const found = classify(
      { state: AttemptState.parse(row.state), operator: row.operator, ecsTask: task ?? null, glueRun: run ?? null },
      log.lines,
    );
    const isFinal = isUpstream || isSettled(row.endedAt ?? row.changedAt, log, Date.now());
    await ingest(this.scope, null, async (tx, changes) => {
      const entry = {
        attemptId: row.id,
        class: found.class,
        facts: found.facts,
        evidence: found.evidence,
        isFinal,
        classifiedAt: new Date(),
      };
      const known = await tx
        .select({ class: failure.class, isFinal: failure.isFinal, evidence: failure.evidence })
        .from(failure)
        .where(eq(failure.attemptId, row.id));
      // What was found while logs could be read is worth more than what is known without them.
      if (log.isOutage && known.length > 0) return;
      await upsertChanged(tx, [entry], { table: failure, key: ["attemptId"] });
      const last = known[0];
      const isNews =
        last?.class !== entry.class || last.isFinal !== isFinal || JSON.stringify(last.evidence) !== JSON.stringify(entry.evidence);
      if (isNews) changes.run(row.environment, row.pipeline, row.runId);
    });
  }

  async #read(candidates: StreamCandidate[]): Promise<ReadLog> {
    const log: ReadLog = { lines: [], newestAt: null, isWhole: true, isOutage: false };
    for (const candidate of candidates) {
      try {
        const streams = await findStreams(this.environment, candidate.group, candidate.prefix);
        for (const { stream } of streams.filter((each) => candidate.owns(each.stream))) {
          const events = await readLogTail(this.environment, candidate.group, stream, tailLines);
          const lineId = lineIds(candidate.group, stream);
          for (const event of events) {
            const at = new Date(event.timestamp).toISOString();
            log.lines.push({
              id: lineId(event.timestamp),
              at,
              source: candidate.source,
              stream,
              ...parseLogMessage(candidate.source, event.message),
            });
            log.newestAt = Math.max(log.newestAt ?? 0, event.timestamp);
          }
        }
      } catch (error) {
        // One unreadable stream leaves the others' evidence; the attempt is classified again.
        const own = findAppError(error);
        if (!own) throw error;
        log.isWhole = false;
        if (own.code === "upstream" || own.code === "throttled") {
          log.isOutage = true;
          this.#outage = own;
        }
      }
    }
    return log;
  }
}
