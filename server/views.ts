import "server-only";
import { and, eq, sql } from "drizzle-orm";
import { RunFilter } from "@/lib/schemas/run";
import { type SavedView, type SavedViewList, SavedViewRequest, ViewId } from "@/lib/schemas/saved-view";
import type { User } from "@/lib/schemas/user";
import { allow } from "./auth";
import { AppError } from "./errors";
import { ledger } from "./ledger/db";
import { mostViews, selectDefaultView, selectOwnViews, selectSharedViews, selectView, type ViewRow } from "./ledger/read/views";
import { savedView } from "./ledger/schema-views";

const toView = (user: User, row: ViewRow): SavedView => ({
  id: row.id,
  name: row.name,
  query: row.query,
  isShared: row.isShared,
  isDefault: row.isDefault && row.ownerId === user.id,
  isOwn: row.ownerId === user.id,
  owner: row.ownerName,
  changedAt: row.changedAt.toISOString(),
});

/** One's own views by name, then those that others share. */
export async function listViews(user: User): Promise<SavedViewList> {
  allow(user, "read");
  const [own, shared] = await Promise.all([selectOwnViews(user.id), selectSharedViews(user.id)]);
  return { asOf: new Date().toISOString(), items: [...own, ...shared].map((row) => toView(user, row)) };
}

/** A view of one's own or one that is shared. @throws AppError `not_found`, whether there is none or it is not shared */
export async function getView(user: User, id: string): Promise<SavedView> {
  allow(user, "read");
  const row = await selectView(id);
  if (!row || (row.ownerId !== user.id && !row.isShared)) throw noView();
  return toView(user, row);
}

/** What a person sees first; null: what all do. */
export async function getDefaultView(user: User): Promise<SavedView | null> {
  allow(user, "read");
  const row = await selectDefaultView(user.id);
  return row && toView(user, row);
}

/**
 * Makes a view of one's own, or changes it: the caller chooses the id, so that a repetition is the same view.
 * @throws AppError `forbidden` (somebody else's), `conflict` (the name is taken, too many), `invalid` (the query is no filter)
 */
export async function saveView(user: User, id: string, request: SavedViewRequest): Promise<SavedView> {
  allow(user, "view:save");
  const { name, query, isShared, isDefault } = SavedViewRequest.parse(request);
  const values = { name, query: filterText(query), isShared, isDefault, ownerName: user.name, changedAt: new Date() };
  return ledger().transaction(async (tx) => {
    // One writer for a person at a time: names, the default and the number of views are looked at together.
    await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`view ${user.id}`}, 0))`);
    const [before, own] = await Promise.all([selectView(checkId(id), tx), selectOwnViews(user.id, tx)]);
    if (before && before.ownerId !== user.id) throw notOwn(before);
    const others = own.filter((each) => each.id !== id);
    if (others.some((each) => each.name.toLowerCase() === name.toLowerCase()))
      throw new AppError("conflict", `You have a view named ${JSON.stringify(name)}`, { remedy: "Choose another name." });
    if (others.length >= mostViews)
      throw new AppError("conflict", `You have ${mostViews} views`, { remedy: "Delete one that you no longer need." });
    if (isDefault)
      await tx
        .update(savedView)
        .set({ isDefault: false })
        .where(and(eq(savedView.ownerId, user.id), eq(savedView.isDefault, true)));
    const [row] = await tx
      .insert(savedView)
      .values({ id, ownerId: user.id, createdAt: values.changedAt, ...values })
      .onConflictDoUpdate({ target: savedView.id, set: values, setWhere: eq(savedView.ownerId, user.id) })
      .returning();
    if (!row) throw noView();
    return toView(user, row);
  });
}

/** @throws AppError `not_found`, `forbidden` (somebody else's) */
export async function deleteView(user: User, id: string): Promise<SavedViewList> {
  allow(user, "view:save");
  const row = await selectView(id);
  if (!row || (row.ownerId !== user.id && !row.isShared)) throw noView();
  if (row.ownerId !== user.id) throw notOwn(row);
  await ledger()
    .delete(savedView)
    .where(and(eq(savedView.id, id), eq(savedView.ownerId, user.id)));
  return listViews(user);
}

/** The filter in the order of its names, without what belongs to one look only. */
function filterText(query: string): string {
  const given = [...new URLSearchParams(query)].filter(([name]) => !["cursor", "before", "view", "limit"].includes(name));
  const parsed = RunFilter.strict().safeParse(Object.fromEntries(given));
  if (!parsed.success) {
    const fields = parsed.error.issues.map((issue) => ({ name: ["query", ...issue.path].join("."), message: issue.message }));
    throw new AppError("invalid", "The query is not a filter of runs", { status: 422, remedy: "Correct the named fields.", fields });
  }
  return new URLSearchParams(given.sort(([a], [b]) => (a < b ? -1 : 1))).toString();
}

function checkId(id: string): string {
  if (ViewId.safeParse(id).success) return id;
  throw new AppError("invalid", "The id of a view has 8 to 64 letters, digits, _ or -", { status: 422, remedy: "Choose such an id." });
}

const noView = () => new AppError("not_found", "There is no such view", { remedy: "It was deleted, or its owner does not share it." });
const notOwn = (row: ViewRow) =>
  new AppError("forbidden", `This view is ${row.ownerName}'s`, { remedy: "Save it under a name of your own, then change that." });
