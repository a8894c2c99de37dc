import "server-only";
import { and, asc, eq, ne } from "drizzle-orm";
import { type Executor, ledger } from "../db";
import { savedView } from "../schema-views";

export type ViewRow = typeof savedView.$inferSelect;

export const mostViews = 100;

export function selectOwnViews(ownerId: string, executor: Executor = ledger()): Promise<ViewRow[]> {
  return executor.select().from(savedView).where(eq(savedView.ownerId, ownerId)).orderBy(asc(savedView.name)).limit(mostViews);
}

/** What others share, by name. */
export function selectSharedViews(ownerId: string): Promise<ViewRow[]> {
  return ledger()
    .select()
    .from(savedView)
    .where(and(eq(savedView.isShared, true), ne(savedView.ownerId, ownerId)))
    .orderBy(asc(savedView.name), asc(savedView.id))
    .limit(mostViews);
}

export async function selectView(id: string, executor: Executor = ledger()): Promise<ViewRow | null> {
  const [row] = await executor.select().from(savedView).where(eq(savedView.id, id));
  return row ?? null;
}

export async function selectDefaultView(ownerId: string): Promise<ViewRow | null> {
  const [row] = await ledger()
    .select()
    .from(savedView)
    .where(and(eq(savedView.ownerId, ownerId), eq(savedView.isDefault, true)));
  return row ?? null;
}
