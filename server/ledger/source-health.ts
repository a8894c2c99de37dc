import "server-only";
import { and, eq, sql } from "drizzle-orm";
import type { Executor } from "./db";
import { notify } from "./notify";
import { sourceHealth } from "./schema";

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

/** A look that worked: browsers are told only when it had failed before. `cursor` undefined keeps the one that is there. */
export async function recordSuccess(tx: Executor, key: SourceKey, calls: number, staleAfterMs: number, cursor?: unknown): Promise<void> {
  const [before] = await tx
    .select({ failedSince: sourceHealth.failedSince, succeededAt: sourceHealth.succeededAt })
    .from(sourceHealth)
    .where(isRow(key));
  const fresh = {
    succeededAt: sql`now()`,
    attemptedAt: sql`now()`,
    failedSince: null,
    error: null,
    staleAfterMs,
    ...(cursor === undefined ? {} : { cursor }),
  };
  await tx
    .insert(sourceHealth)
    .values({ ...key, ...fresh, callsHour: thisHour, calls })
    .onConflictDoUpdate({
      target: [sourceHealth.environment, sourceHealth.source],
      set: { ...fresh, callsHour: thisHour, calls: callsPlus(calls) },
    });
  if (!before?.succeededAt || before.failedSince) await notify(tx, ["sources", "status", "tables"]);
}

/** A look that failed, and why; `failedSince` keeps the first of an unbroken row. */
export async function recordFailure(tx: Executor, key: SourceKey, calls: number, staleAfterMs: number, error: string): Promise<void> {
  const [before] = await tx
    .select({ failedSince: sourceHealth.failedSince, error: sourceHealth.error })
    .from(sourceHealth)
    .where(isRow(key));
  await tx
    .insert(sourceHealth)
    .values({ ...key, attemptedAt: sql`now()`, failedSince: sql`now()`, error, staleAfterMs, callsHour: thisHour, calls })
    .onConflictDoUpdate({
      target: [sourceHealth.environment, sourceHealth.source],
      set: {
        attemptedAt: sql`now()`,
        failedSince: sql`coalesce(${sourceHealth.failedSince}, now())`,
        error,
        staleAfterMs,
        callsHour: thisHour,
        calls: callsPlus(calls),
      },
    });
  if (!before?.failedSince || before.error !== error) await notify(tx, ["sources", "status", "tables"]);
}
