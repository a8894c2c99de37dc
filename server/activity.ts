import "server-only";
import { type ActivityEvent, type ActivityFilter, type ActivityPage, ActivityEvent as Event } from "@/lib/schemas/activity";
import type { User } from "@/lib/schemas/user";
import { allow } from "./auth";
import { honest } from "./health";
import { type AuditRow, selectAuditEvents } from "./ledger/read/activity";

/** Who did what, newest first: intents, outcomes and refusals as the audit chain holds them. */
export async function listActivity(user: User, filter: ActivityFilter): Promise<ActivityPage> {
  allow(user, "activity:read");
  const [{ rows, nextCursor }, honesty] = await Promise.all([selectAuditEvents(filter), honest([], filter.environment)]);
  return { ...honesty, items: rows.map(toEvent), nextCursor };
}

function toEvent(row: AuditRow): ActivityEvent {
  return Event.parse({
    seq: row.seq,
    at: row.at.toISOString(),
    userId: row.userId,
    userName: row.userName,
    role: row.role,
    action: row.action,
    target: row.target,
    reason: row.reason,
    outcome: row.outcome,
    detail: row.suppressed > 0 ? [row.detail, `and ${row.suppressed} more like it before`].filter(Boolean).join("; ") : row.detail,
    intentId: row.intentId,
  });
}
