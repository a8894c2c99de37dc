import "server-only";
import { createHash } from "node:crypto";
import { sql } from "drizzle-orm";
import type { ActivityEvent } from "@/lib/schemas/activity";
import type { Permission, User } from "@/lib/schemas/user";
import { allow } from "./auth";
import { AppError } from "./errors";
import { type Executor, ledger, type Transaction } from "./ledger/db";
import { notify } from "./ledger/notify";
import { auditEvent, auditHead } from "./ledger/schema";

export interface AuditFact {
  user: Pick<User, "id" | "name" | "role">;
  /** `run.trigger` */
  action: string;
  environment: string | null;
  /** What it was done to, as the pages' paths name it. */
  target: string;
  reason: string | null;
  outcome: ActivityEvent["outcome"];
  detail: string | null;
  intentId: string | null;
  suppressed?: number;
}

/** Names what is hashed and how: a hash of another kind of record can never pass for one of these. */
const domain = "penstock audit event v1";
const firstHash = "0".repeat(64);
const instantText = (column: unknown) => sql<string>`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

type Link = Omit<AuditFact, "user" | "suppressed"> & {
  seq: number;
  at: string;
  userId: string;
  userName: string;
  role: string;
  suppressed: number;
};

/** Each field is preceded by its length, so that no two records have the same bytes; null differs from empty. */
function linkHash(previousHash: string, link: Link): string {
  const fields = [
    domain,
    previousHash,
    String(link.seq),
    link.at,
    link.userId,
    link.userName,
    link.role,
    link.action,
    link.environment,
    link.target,
    link.reason,
    link.outcome,
    link.detail,
    link.intentId,
    String(link.suppressed),
  ];
  const hash = createHash("sha256");
  for (const field of fields) hash.update(field === null ? "-" : `${Buffer.byteLength(field)}:${field}`);
  return hash.digest("hex");
}

/** Adds one link within `tx`. The head row is locked until it commits, so appenders come one after the other: keep `tx` short. */
export async function appendAudit(tx: Transaction, fact: AuditFact): Promise<number> {
  const [head] = await tx
    .select({ seq: auditHead.seq, hash: auditHead.hash })
    .from(auditHead)
    .where(sql`${auditHead.id} = 1`)
    .for("update");
  if (!head) throw new AppError("internal", "The audit chain has no head: nothing may be done", { system: "ledger", status: 503 });
  // Read after the lock: now() is the transaction's start, which may lie before the link before this one.
  const clock = await tx.execute<{ at: string }>(sql`select ${instantText(sql`clock_timestamp()`)} as at`);
  const { user, suppressed = 0, ...rest } = fact;
  const link: Link = {
    ...rest,
    seq: head.seq + 1,
    at: clock.rows[0]?.at ?? "",
    userId: user.id,
    userName: user.name,
    role: user.role,
    suppressed,
  };
  const hash = linkHash(head.hash, link);
  await tx.insert(auditEvent).values({ ...link, at: sql`${link.at}::timestamptz`, previousHash: head.hash, hash });
  await tx.update(auditHead).set({ seq: link.seq, hash }).where(sql`${auditHead.id} = 1`);
  await notify(tx, ["activity"]);
  return link.seq;
}

/** Adds one link in a transaction of its own. */
export function recordAudit(fact: AuditFact): Promise<number> {
  return ledger().transaction((tx) => appendAudit(tx, fact));
}

const deniedPerMinute = 5;
type Denials = { since: number; recorded: number; suppressed: number; last: AuditFact };
const shared = globalThis as typeof globalThis & { penstockDenials?: Map<string, Denials> };

/** `allow`, and a refusal is recorded: at most five a minute for each person, the others are counted. */
export async function allowAudited(
  user: User,
  permission: Permission,
  about: Pick<AuditFact, "action" | "environment" | "target" | "reason">,
): Promise<void> {
  try {
    allow(user, permission);
  } catch (error) {
    await recordDenied({ ...about, user, outcome: "denied", detail: error instanceof Error ? error.message : null, intentId: null });
    throw error;
  }
}

async function recordDenied(fact: AuditFact): Promise<void> {
  shared.penstockDenials ??= new Map();
  const known = shared.penstockDenials.get(fact.user.id);
  const isOver = known === undefined || Date.now() - known.since >= 60_000;
  if (!isOver && known.recorded >= deniedPerMinute) {
    known.suppressed += 1;
    known.last = fact;
    return;
  }
  const suppressed = known?.suppressed ?? 0;
  shared.penstockDenials.set(fact.user.id, {
    since: isOver ? Date.now() : known.since,
    recorded: isOver ? 1 : known.recorded + 1,
    suppressed: 0,
    last: fact,
  });
  await recordAudit({ ...fact, suppressed });
}

/** Records the denials that were only counted, once their minute is over. Called by the web process every few seconds. */
export async function flushDenials(now = Date.now()): Promise<void> {
  for (const [id, denials] of shared.penstockDenials ?? []) {
    if (now - denials.since < 60_000) continue;
    shared.penstockDenials?.delete(id);
    if (denials.suppressed === 0) continue;
    try {
      await recordAudit({ ...denials.last, suppressed: denials.suppressed - 1 });
    } catch (error) {
      // Counted on, so that a ledger that is away loses none.
      const since = shared.penstockDenials?.get(id);
      if (since) since.suppressed += denials.suppressed;
      else shared.penstockDenials?.set(id, denials);
      throw error;
    }
  }
}

export type AuditVerdict =
  | { isIntact: true; events: number; head: string }
  | { isIntact: false; events: number; seq: number; reason: string };

const batch = 2_000;

/** Walks the whole chain: every link's number, the hash before it, its own hash, and that the last one is the head. */
export async function verifyAudit(db: Executor = ledger()): Promise<AuditVerdict> {
  let previousHash = firstHash;
  let seq = 0;
  for (;;) {
    const links = await db
      .select({ row: auditEvent, at: instantText(auditEvent.at) })
      .from(auditEvent)
      .where(sql`${auditEvent.seq} > ${seq}`)
      .orderBy(auditEvent.seq)
      .limit(batch);
    for (const { row, at } of links) {
      if (row.seq !== seq + 1) return { isIntact: false, events: seq, seq: seq + 1, reason: "this event is missing" };
      if (row.previousHash !== previousHash)
        return { isIntact: false, events: seq, seq: row.seq, reason: "it does not follow the event before it" };
      if (row.hash !== linkHash(previousHash, { ...row, at, outcome: row.outcome as AuditFact["outcome"] })) {
        return { isIntact: false, events: seq, seq: row.seq, reason: "its content was changed" };
      }
      previousHash = row.hash;
      seq = row.seq;
    }
    if (links.length < batch) break;
  }
  const [head] = await db.select().from(auditHead);
  if (!head || head.seq !== seq || head.hash !== previousHash) {
    return { isIntact: false, events: seq, seq: seq + 1, reason: "the last events are missing: the head names another" };
  }
  return { isIntact: true, events: seq, head: previousHash };
}
