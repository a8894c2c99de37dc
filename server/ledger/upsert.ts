import "server-only";
import { getTableColumns, getTableName, type SQL, sql } from "drizzle-orm";
import type { PgColumn, PgTable } from "drizzle-orm/pg-core";
import { arrayLiteral } from "./arrays";
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

/** A row that said something new; `isNew`: it was not there before. */
export interface Written<T extends PgTable> {
  row: T["$inferInsert"];
  isNew: boolean;
}

type Row = Record<string, unknown>;

/** One statement must end well within the ledger's statement_timeout on a slow machine too. */
const chunkRows = 5_000;

const name = (column: PgColumn) => sql.identifier(column.name);
const list = (parts: SQL[]) => sql.join(parts, sql`, `);
const textOfKey = (row: Row, key: string[]) => {
  if (key.length === 1) return String(row[key[0] as string]);
  let text = "";
  for (const each of key) text += `${String(row[each])}\0`;
  return text;
};

/** Columns as arrays, one parameter each. A column that is an array itself goes as the text of each, since unnest would flatten it. */
function given(rows: Row[], columns: [string, PgColumn][]): SQL {
  const arrays = columns.map(([property, column]) => {
    const values = rows.map((row) => row[property]);
    const isArray = column.getSQLType().endsWith("[]");
    const texts = isArray ? values.map((value) => (Array.isArray(value) ? arrayLiteral(value) : value)) : values;
    return sql`${arrayLiteral(texts)}::${sql.raw(isArray ? "text" : column.getSQLType())}[]`;
  });
  const cast = columns.map(([, column]) => sql`${name(column)}::${sql.raw(column.getSQLType())}`);
  const names = columns.map(([, column]) => sql`${name(column)}`);
  return sql`(select ${list(cast)} from unnest(${list(arrays)}) as each(${list(names)})) as given(${list(names)})`;
}

/** Rows without those that came before another of the same key, in order. */
function newestOf(rows: Row[], key: string[]): Map<string, Row> {
  const newest = new Map<string, Row>();
  for (const row of rows) newest.set(textOfKey(row, key), row);
  return newest;
}

async function write<T extends PgTable>(tx: Executor, rows: Row[], options: UpsertOptions<T>, returning: SQL): Promise<Row[]> {
  const { table, key, insertOnly = [], silent = [], guard } = options;
  const known = getTableColumns(table) as Record<string, PgColumn>;
  const columns = Object.entries(known).filter(([property]) => rows.some((row) => property in row));
  const keyColumns = key.map((property) => known[property] as PgColumn);
  const kept = new Set<string>([...key, ...insertOnly]);
  const updated = columns.filter(([property]) => !kept.has(property)).map(([, column]) => column);
  const quiet = new Set<string>(silent);
  const compared = columns.filter(([property]) => !kept.has(property) && !quiet.has(property)).map(([, column]) => column);
  const there = sql.identifier(getTableName(table));
  const of = (source: SQL | ReturnType<typeof sql.identifier>, some: PgColumn[]) =>
    list(some.map((column) => sql`${source}.${name(column)}`));
  const [stored, offered, excluded] = [there, sql.identifier("given"), sql.identifier("excluded")];
  // Left out before the insert, which would lock each row that it finds: a replay leaves no trace.
  const isKnown = compared.length === 0 ? sql`true` : sql`(${of(stored, compared)}) is not distinct from (${of(offered, compared)})`;
  const isNews = compared.length === 0 ? sql`false` : sql`(${of(stored, compared)}) is distinct from (${of(excluded, compared)})`;
  const set = list(updated.map((column) => sql`${name(column)} = excluded.${name(column)}`));
  const action = updated.length === 0 ? sql`nothing` : sql`update set ${set} where ${guard ? sql`${isNews} and (${guard})` : isNews}`;
  const written: Row[] = [];
  for (let from = 0; from < rows.length; from += chunkRows) {
    const { rows: changed } = await tx.execute(sql`
      insert into ${there} (${list(columns.map(([, column]) => sql`${name(column)}`))})
      select * from ${given(rows.slice(from, from + chunkRows), columns)}
      where not exists (select 1 from ${there} where (${of(stored, keyColumns)}) = (${of(offered, keyColumns)}) and ${isKnown})
      on conflict (${list(keyColumns.map((column) => sql`${name(column)}`))}) do ${action}
      returning ${returning}`);
    for (const row of changed) written.push(row as Row);
  }
  return written;
}

/**
 * Inserts rows, or updates those that say something new, set-wise, and returns just these as given: a replay returns nothing.
 * Of rows with one key the last wins; a column that one row gives is null in those that do not.
 */
export async function upsertNews<T extends PgTable>(
  tx: Executor,
  rows: T["$inferInsert"][],
  options: UpsertOptions<T>,
): Promise<Written<T>[]> {
  const known = getTableColumns(options.table) as Record<string, PgColumn>;
  const newest = newestOf(rows, options.key);
  const keys = options.key.map((property) => sql`${name(known[property] as PgColumn)} as ${sql.identifier(property)}`);
  // A row that was there is locked before it is updated, and its new version carries that lock.
  const written = await write(tx, [...newest.values()], options, sql`${list(keys)}, xmax = 0 as is_new`);
  return written.map((row) => ({ row: newest.get(textOfKey(row, options.key)) as T["$inferInsert"], isNew: row.is_new === true }));
}

/** As `upsertNews`; returns the rows as they are in the ledger now. */
export async function upsertChanged<T extends PgTable>(
  tx: Executor,
  rows: T["$inferInsert"][],
  options: UpsertOptions<T>,
): Promise<T["$inferSelect"][]> {
  const columns = Object.entries(getTableColumns(options.table) as Record<string, PgColumn>);
  const written = await write(tx, [...newestOf(rows, options.key).values()], options, sql`*`);
  const read = (column: PgColumn, value: unknown) => (value === null ? null : column.mapFromDriverValue(value));
  return written.map((row) => Object.fromEntries(columns.map(([property, column]) => [property, read(column, row[column.name])])));
}
