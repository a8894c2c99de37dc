import "server-only";
import { createHash, randomUUID } from "node:crypto";
import { and, eq, inArray, sql } from "drizzle-orm";
import type { User } from "@/lib/schemas/user";
import { appendAudit } from "./audit";
import { ledger } from "./ledger/db";
import { poke } from "./ledger/notify";
import { intent } from "./ledger/schema";

export type IntentRow = typeof intent.$inferSelect;

/** While a process works on an intent it renews its claim; one that died loses it within this time. */
const claimSeconds = 10;
const renewEveryMs = 3_000;
const claimEnd = sql`now() + make_interval(secs => ${claimSeconds})`;

export interface NewIntent {
  action: string;
  environment: string;
  pipeline: string;
  idempotencyKey: string;
  user: User;
  body: Record<string, unknown>;
  runId: string;
  reason: string | null;
}

/** The same digest for the same JSON, whatever the order of its keys. */
export function digest(value: unknown): string {
  return createHash("sha256").update(canonical(value)).digest("hex");
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const entries = Object.entries(value).filter(([, each]) => each !== undefined);
    return `{${entries
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, each]) => `${JSON.stringify(name)}:${canonical(each)}`)
      .join(",")}}`;
  }
  return JSON.stringify(value) ?? "null";
}

/** `environment/pipeline/run`: what an audit event of a run is about. */
export const runTarget = (row: Pick<IntentRow, "environment" | "pipeline" | "runId">) => `${row.environment}/${row.pipeline}/${row.runId}`;

/**
 * Commits what is about to be done together with its audit event, claimed by this process. When the key is taken, what it stands for
 * comes back instead with `isNew` false: whoever comes second waits for the first one's commit.
 */
export async function openIntent(wanted: NewIntent): Promise<{ row: IntentRow; isNew: boolean }> {
  return ledger().transaction(async (tx) => {
    const { user, ...fields } = wanted;
    const [opened] = await tx
      .insert(intent)
      .values({
        ...fields,
        id: randomUUID(),
        userId: user.id,
        userName: user.name,
        role: user.role,
        bodyDigest: digest(wanted.body),
        outcome: "pending",
        claimedUntil: claimEnd,
        createdAt: sql`now()`,
      })
      .onConflictDoNothing({ target: [intent.environment, intent.pipeline, intent.idempotencyKey] })
      .returning();
    if (opened) {
      await appendAudit(tx, { ...auditFact(opened), outcome: "intended", detail: null });
      return { row: opened, isNew: true };
    }
    const [known] = await tx
      .select()
      .from(intent)
      .where(
        and(
          eq(intent.environment, wanted.environment),
          eq(intent.pipeline, wanted.pipeline),
          eq(intent.idempotencyKey, wanted.idempotencyKey),
        ),
      );
    if (!known) throw new Error("an intent that took the key is gone");
    return { row: known, isNew: false };
  });
}

function auditFact(row: IntentRow) {
  return {
    user: { id: row.userId, name: row.userName, role: row.role as User["role"] },
    action: row.action,
    environment: row.environment,
    target: runTarget(row),
    reason: row.reason,
    intentId: row.id,
  };
}

/** What this key stands for already, null for a new one. */
export async function intentUnder(key: Pick<IntentRow, "environment" | "pipeline" | "idempotencyKey">): Promise<IntentRow | null> {
  const [row] = await ledger()
    .select()
    .from(intent)
    .where(and(eq(intent.environment, key.environment), eq(intent.pipeline, key.pipeline), eq(intent.idempotencyKey, key.idempotencyKey)));
  return row ?? null;
}

/** Takes over a pending intent whose worker is gone; null when somebody works on it or it is settled. */
export async function claimIntent(id: string): Promise<IntentRow | null> {
  const [row] = await ledger()
    .update(intent)
    .set({ claimedUntil: claimEnd })
    .where(and(eq(intent.id, id), eq(intent.outcome, "pending"), sql`(${intent.claimedUntil} is null or ${intent.claimedUntil} < now())`))
    .returning();
  return row ?? null;
}

/** Ids of pending intents that nobody works on, the oldest first. */
export async function staleIntents(environments: string[]): Promise<string[]> {
  const rows = await ledger()
    .select({ id: intent.id })
    .from(intent)
    .where(
      and(
        eq(intent.outcome, "pending"),
        inArray(intent.environment, environments),
        sql`(${intent.claimedUntil} is null or ${intent.claimedUntil} < now())`,
      ),
    )
    .orderBy(intent.createdAt)
    .limit(20);
  return rows.map((row) => row.id);
}

/** Runs `work` while the claim is kept; a ledger that is away for a moment only lets the claim run out. */
export async function withClaim<T>(row: IntentRow, work: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => {
    ledger()
      .update(intent)
      .set({ claimedUntil: claimEnd })
      .where(and(eq(intent.id, row.id), eq(intent.outcome, "pending")))
      .catch(() => undefined);
  }, renewEveryMs);
  timer.unref();
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

/** Lets go of a pending intent, so that it is settled at the next turn. */
export async function releaseIntent(id: string): Promise<void> {
  await ledger()
    .update(intent)
    .set({ claimedUntil: sql`now()` })
    .where(and(eq(intent.id, id), eq(intent.outcome, "pending")));
}

/** Commits the outcome with its audit event, once: false when another process did so before. The collector is told to look. */
export async function finishIntent(row: IntentRow, outcome: "done" | "failed", detail: string | null): Promise<boolean> {
  return ledger().transaction(async (tx) => {
    const [finished] = await tx
      .update(intent)
      .set({ outcome, outcomeDetail: detail, settledAt: sql`now()`, claimedUntil: null })
      .where(and(eq(intent.id, row.id), eq(intent.outcome, "pending")))
      .returning();
    if (!finished) return false;
    await appendAudit(tx, { ...auditFact(finished), outcome, detail });
    await poke(tx, row.environment);
    return true;
  });
}

export async function readIntent(id: string): Promise<IntentRow | null> {
  const [row] = await ledger().select().from(intent).where(eq(intent.id, id));
  return row ?? null;
}
