import "server-only";
import { and, eq, sql } from "drizzle-orm";
import { AppError } from "@/server/errors";
import { ledger, type Transaction } from "./db";
import { lease } from "./schema";

/** Who leads: a holder and the epoch in which it does. An epoch never comes back. */
export interface Lease {
  name: string;
  holder: string;
  epoch: number;
}

const expirySeconds = 6;
export const renewEveryMs = 1_500;

const until = sql`clock_timestamp() + make_interval(secs => ${expirySeconds})`;

/** Takes the lease if nobody holds it now, by the database's clock; null when somebody does. */
export async function takeLease(name: string, holder: string): Promise<Lease | null> {
  const [taken] = await ledger()
    .insert(lease)
    .values({ name, holder, epoch: 1, expiresAt: until })
    .onConflictDoUpdate({
      target: lease.name,
      set: { holder, epoch: sql`${lease.epoch} + 1`, expiresAt: until },
      setWhere: sql`${lease.expiresAt} < clock_timestamp()`,
    })
    .returning({ epoch: lease.epoch });
  return taken ? { name, holder, epoch: taken.epoch } : null;
}

const isOurs = (held: Lease) => and(eq(lease.name, held.name), eq(lease.holder, held.holder), eq(lease.epoch, held.epoch));

/** Keeps the lease; false when another has taken it. */
export async function renewLease(held: Lease): Promise<boolean> {
  const kept = await ledger().update(lease).set({ expiresAt: until }).where(isOurs(held)).returning({ epoch: lease.epoch });
  return kept.length === 1;
}

/** How long until the lease expires unless it is renewed, by the database's clock. */
export async function leaseFreeInMs(name: string): Promise<number> {
  const [held] = await ledger()
    .select({ ms: sql<number>`extract(epoch from ${lease.expiresAt} - clock_timestamp())::float8 * 1000` })
    .from(lease)
    .where(eq(lease.name, name));
  return Math.max(0, held?.ms ?? 0);
}

/** Lets the next one take over at once. */
export async function releaseLease(held: Lease): Promise<void> {
  await ledger().update(lease).set({ expiresAt: sql`clock_timestamp() - interval '1 second'` }).where(isOurs(held));
}

/**
 * The end of a transaction: it commits only in the lease's epoch. The lease's row is locked until then, so that nobody can take over in between, nor renew.
 * @param held null for writers of their own data that need no leader
 * @throws AppError conflict when the epoch is over
 */
export async function holdEpoch(tx: Transaction, held: Lease | null): Promise<void> {
  if (!held) return;
  const current = await tx.select({ epoch: lease.epoch }).from(lease).where(isOurs(held)).for("share");
  if (current.length === 0)
    throw new AppError("conflict", `${held.holder} no longer leads: epoch ${held.epoch} is over`, { system: "ledger" });
}

/** Runs `work` in a transaction that commits only in the lease's epoch. @throws AppError conflict when it is over; nothing is written */
export function inEpoch<T>(held: Lease | null, work: (tx: Transaction) => Promise<T>): Promise<T> {
  return ledger().transaction(async (tx) => {
    const result = await work(tx);
    await holdEpoch(tx, held);
    return result;
  });
}
