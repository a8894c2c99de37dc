import "server-only";
import { and, eq, lt, sql } from "drizzle-orm";
import type { OperationCalls } from "@/lib/schemas/facts";
import type { Executor } from "./db";
import { notify } from "./notify";
import { sourceHealth } from "./schema";
import { sourceCall } from "./schema-source-call";

export interface SourceKey {
  environment: string;
  source: string;
}

const thisHour = sql`date_trunc('hour', now())`;
const callsPlus = (count: number) =>
  sql`case when ${sourceHealth.callsHour} = ${thisHour} then ${sourceHealth.calls} + ${count} else ${count} end`;

/** Where the source's last look ended, or null before the first. */
export async function readCursor(tx: Executor, key: SourceKey): Promise<unknown> {
  const [row] = await tx.select({ cursor: sourceHealth.cursor }).from(sourceHealth).where(isRow(key));
  return row?.cursor ?? null;
}

const isRow = (key: SourceKey) => and(eq(sourceHealth.environment, key.environment), eq(sourceHealth.source, key.source));

/** Adds to the counts of this hour. A web process calls it too: its log reading and its actions count as the collector's looks do. */
export async function recordCalls(tx: Executor, key: SourceKey, calls: OperationCalls[]): Promise<void> {
  if (calls.length === 0) return;
  // In one order for everybody: two writers never wait for each other's rows.
  const rows = [...calls].sort((a, b) => (a.operation < b.operation ? -1 : 1));
  const plus = (column: "calls" | "throttled" | "failed") => sql`${sourceCall[column]} + excluded.${sql.identifier(column)}`;
  await tx
    .insert(sourceCall)
    .values(rows.map((row) => ({ ...key, ...row, hour: thisHour })))
    .onConflictDoUpdate({
      target: [sourceCall.environment, sourceCall.source, sourceCall.operation, sourceCall.hour],
      set: { calls: plus("calls"), throttled: plus("throttled"), failed: plus("failed") },
    });
}

/** Counts are kept for a month. */
export async function pruneCalls(tx: Executor): Promise<void> {
  await tx.delete(sourceCall).where(lt(sourceCall.hour, sql`now() - interval '30 days'`));
}

const totalOf = (calls: OperationCalls[]) => calls.reduce((sum, each) => sum + each.calls, 0);

/** Moves the cursor without saying that the source is well: for work in the background, such as history. */
export async function writeCursor(tx: Executor, key: SourceKey, cursor: unknown): Promise<void> {
  await tx
    .insert(sourceHealth)
    .values({ ...key, cursor })
    .onConflictDoUpdate({
      target: [sourceHealth.environment, sourceHealth.source],
      set: { cursor },
    });
}

/** What a look that worked leaves: `undefined` keeps what is there. */
export interface Left {
  cursor?: unknown;
  /** What people should know though it works: rows that cannot be read, a version that was never tried. */
  remark?: string | null;
}

/** A look that worked: browsers are told only when it had failed before, or has something else to remark. */
export async function recordSuccess(
  tx: Executor,
  key: SourceKey,
  calls: OperationCalls[],
  staleAfterMs: number,
  { cursor, remark }: Left = {},
): Promise<void> {
  const total = totalOf(calls);
  await recordCalls(tx, key, calls);
  const [before] = await tx
    .select({ failedSince: sourceHealth.failedSince, succeededAt: sourceHealth.succeededAt, remark: sourceHealth.remark })
    .from(sourceHealth)
    .where(isRow(key));
  const fresh = {
    succeededAt: sql`now()`,
    attemptedAt: sql`now()`,
    failedSince: null,
    error: null,
    remedy: null,
    staleAfterMs,
    ...(cursor === undefined ? {} : { cursor }),
    ...(remark === undefined ? {} : { remark }),
  };
  await tx
    .insert(sourceHealth)
    .values({ ...key, ...fresh, callsHour: thisHour, calls: total })
    .onConflictDoUpdate({
      target: [sourceHealth.environment, sourceHealth.source],
      set: { ...fresh, callsHour: thisHour, calls: callsPlus(total) },
    });
  if (!before?.succeededAt || before.failedSince) await notify(tx, ["sources", "status", "tables"]);
  else if (remark !== undefined && remark !== before.remark) await notify(tx, ["sources"]);
}

/** A look that failed, and why; `failedSince` keeps the first of an unbroken row. */
export async function recordFailure(
  tx: Executor,
  key: SourceKey,
  calls: OperationCalls[],
  staleAfterMs: number,
  { error, remedy }: { error: string; remedy: string | null },
): Promise<void> {
  const total = totalOf(calls);
  await recordCalls(tx, key, calls);
  const [before] = await tx
    .select({ failedSince: sourceHealth.failedSince, error: sourceHealth.error })
    .from(sourceHealth)
    .where(isRow(key));
  await tx
    .insert(sourceHealth)
    .values({ ...key, attemptedAt: sql`now()`, failedSince: sql`now()`, error, remedy, staleAfterMs, callsHour: thisHour, calls: total })
    .onConflictDoUpdate({
      target: [sourceHealth.environment, sourceHealth.source],
      set: {
        attemptedAt: sql`now()`,
        failedSince: sql`coalesce(${sourceHealth.failedSince}, now())`,
        error,
        remedy,
        staleAfterMs,
        callsHour: thisHour,
        calls: callsPlus(total),
      },
    });
  if (!before?.failedSince || before.error !== error) await notify(tx, ["sources", "status", "tables"]);
}
