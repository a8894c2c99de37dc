import "server-only";
import { getTableColumns, type SQL, sql } from "drizzle-orm";
import type { PgColumn, PgTable } from "drizzle-orm/pg-core";
import type { Executor } from "./db";

export interface UpsertOptions<T extends PgTable> {
  table: T;
  /** Property names of the primary key or of a unique index. */
  key: (keyof T["$inferInsert"] & string)[];
  /** Set on insert only: what other writers keep up to date. */
  insertOnly?: (keyof T["$inferInsert"] & string)[];
  /** Written with a change but never a change by themselves, such as the time of writing. */
  silent?: (keyof T["$inferInsert"] & string)[];
  /** An older answer must not overwrite a newer one: the condition under which `excluded` may. */
  guard?: SQL;
}

/** PostgreSQL takes 65,535 parameters; the widest row has fewer than 40. */
const chunkRows = 1_000;

const excluded = (column: PgColumn) => sql.raw(`excluded."${column.name}"`);

/**
 * Inserts rows, or updates those that say something new, and returns just these: a replay returns nothing.
 * Of rows with one key the last wins.
 */
export async function upsertChanged<T extends PgTable>(
  tx: Executor,
  rows: T["$inferInsert"][],
  { table, key, insertOnly = [], silent = [], guard }: UpsertOptions<T>,
): Promise<T["$inferSelect"][]> {
  const columns = getTableColumns(table) as Record<string, PgColumn>;
  const unique = new Map(rows.map((row) => [JSON.stringify(key.map((name) => (row as Record<string, unknown>)[name])), row]));
  const given = new Set(rows.flatMap((row) => Object.keys(row)));
  const updated = [...given].filter((name) => !key.includes(name as never) && !insertOnly.includes(name as never));
  const compared = updated.filter((name) => !silent.includes(name as never)).map((name) => columns[name] as PgColumn);
  const isNews =
    compared.length === 0
      ? sql`false`
      : sql`(${sql.join(
          compared.map((column) => sql`${column}`),
          sql`, `,
        )}) is distinct from (${sql.join(compared.map(excluded), sql`, `)})`;
  const written: T["$inferSelect"][] = [];
  const all = [...unique.values()];
  for (let from = 0; from < all.length; from += chunkRows) {
    const insert = tx
      .insert(table as PgTable)
      .values(all.slice(from, from + chunkRows) as never)
      .onConflictDoUpdate({
        target: key.map((name) => columns[name] as PgColumn),
        set: Object.fromEntries(updated.map((name) => [name, excluded(columns[name] as PgColumn)])),
        setWhere: guard ? sql`${isNews} and (${guard})` : isNews,
      });
    written.push(...((await insert.returning()) as T["$inferSelect"][]));
  }
  return written;
}
