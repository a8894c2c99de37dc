import "server-only";
import { and, asc, eq, gte, sql } from "drizzle-orm";
import { ledger } from "../db";
import { sourceHealth } from "../schema";
import { sourceCall } from "../schema-source-call";

export type SourceRow = typeof sourceHealth.$inferSelect;

export async function selectSources(): Promise<SourceRow[]> {
  return ledger().select().from(sourceHealth).orderBy(asc(sourceHealth.environment), asc(sourceHealth.source));
}

/** The first day of the simulated history, which its collector keeps beside where it is; null before it began. */
export async function selectSampleAnchor(environment: string): Promise<string | null> {
  const anchor = sql<string | null>`${sourceHealth.cursor}->>'anchor'`;
  const [row] = await ledger()
    .select({ anchor })
    .from(sourceHealth)
    .where(and(eq(sourceHealth.environment, environment), sql`${anchor} is not null`))
    .limit(1);
  return row?.anchor ?? null;
}

export type CallRow = typeof sourceCall.$inferSelect;

/** Counts of this clock hour and of so many before it. */
export async function selectCalls(hoursBefore = 0): Promise<CallRow[]> {
  return ledger()
    .select()
    .from(sourceCall)
    .where(gte(sourceCall.hour, sql`date_trunc('hour', now()) - make_interval(hours => ${hoursBefore})`))
    .orderBy(asc(sourceCall.environment), asc(sourceCall.source), asc(sourceCall.operation));
}
