import "server-only";
import { and, desc, eq, lt, type SQL, sql } from "drizzle-orm";
import type { ActivityFilter } from "@/lib/schemas/activity";
import { sampleEnvironment } from "@/lib/schemas/sample";
import { AppError } from "@/server/errors";
import { ledger } from "../db";
import { auditEvent, intent } from "../schema";
import { cutPage, decodeCursor } from "./cursor";

export type AuditRow = typeof auditEvent.$inferSelect;
export type IntentRow = typeof intent.$inferSelect;

/** Newest first; the sequence number is the order. */
export async function selectAuditEvents(filter: ActivityFilter): Promise<{ rows: AuditRow[]; nextCursor: string | null }> {
  const where: SQL[] = [];
  // What belongs to no environment is everybody's.
  where.push(
    filter.environment
      ? eq(auditEvent.environment, filter.environment)
      : sql`${auditEvent.environment} is distinct from ${sampleEnvironment}`,
  );
  if (filter.target) where.push(eq(auditEvent.target, filter.target));
  if (filter.cursor) {
    const seq = Number(decodeCursor(filter.cursor, 1)[0]);
    if (!Number.isSafeInteger(seq)) throw new AppError("invalid", "This cursor is not one that Penstock gave out", { status: 400 });
    where.push(lt(auditEvent.seq, seq));
  }
  const rows = await ledger()
    .select()
    .from(auditEvent)
    .where(and(...where))
    .orderBy(desc(auditEvent.seq))
    .limit(filter.limit + 1);
  return cutPage(rows, filter.limit, (row) => [row.seq]);
}

/** Who asked for this run through Penstock, if anybody did. */
export async function selectIntentOfRun(id: { environment: string; pipeline: string; runId: string }): Promise<IntentRow | null> {
  const rows = await ledger()
    .select()
    .from(intent)
    .where(and(eq(intent.environment, id.environment), eq(intent.pipeline, id.pipeline), eq(intent.runId, id.runId)))
    .limit(1);
  return rows[0] ?? null;
}
