import "server-only";
import { getTableColumns, getTableName, type SQL, sql } from "drizzle-orm";
import type { PgColumn, PgTable } from "drizzle-orm/pg-core";
import { arrayParameter } from "./array-binary";
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

/** As PostgreSQL names it in `pg_type`: a precision that every moment has need not be checked for each. */
const typeOf = (column: PgColumn) => column.getSQLType().replace(/^timestamp .*with time zone$/, "timestamptz");

/** A column of the rows, and whether it is one plain value in all of them. */
function valuesOf(rows: Row[], property: string): [unknown[], boolean] {
  const values = new Array<unknown>(rows.length);
  const first = rows[0]?.[property] ?? null;
  let isOne = typeof first !== "object" || first === null;
  for (let index = 0; index < rows.length; index++) {
    const value = rows[index]?.[property] ?? null;
    values[index] = value;
    isOne &&= value === first;
  }
  return [values, isOne];
}

/**
 * Columns as arrays, one parameter each, and what all rows have in common as one value. `nth` counts the rows from 1.
 * A column that is an array itself goes as the text of each, since unnest would flatten it.
 */
function given(rows: Row[], columns: [string, PgColumn][], keys: PgColumn[]): SQL {
  const arrays: SQL[] = [];
  const names: SQL[] = [];
  const chosen = columns.map(([property, column]) => {
    const [values, isOne] = valuesOf(rows, property);
    const type = sql.raw(typeOf(column));
    // A key that was one value for all would have the planner read all rows that share it, once it takes the table for small.
    if (isOne && rows.length > 1 && !keys.includes(column)) return sql`${values[0]}::${type} as ${name(column)}`;
    const isArray = typeOf(column).endsWith("[]");
    const texts = isArray ? values.map((value) => (Array.isArray(value) ? arrayLiteral(value) : value)) : values;
    arrays.push(sql`${arrayParameter(texts, isArray ? "text" : typeOf(column))}::${isArray ? sql.raw("text") : type}[]`);
    names.push(sql`${name(column)}`);
    return isArray ? sql`${name(column)}::${type} as ${name(column)}` : sql`${name(column)}`;
  });
  return sql`(select ${list(chosen)}, nth from unnest(${list(arrays)}) with ordinality as each(${list(names)}, nth)) as given`;
}

/** Rows without those that came before another of the same key, in order. */
function newestOf(rows: Row[], key: string[]): Map<string, Row> {
  const newest = new Map<string, Row>();
  for (const row of rows) newest.set(textOfKey(row, key), row);
  return newest;
}

/** The columns of a statement, by what is done with them. */
function partsOf<T extends PgTable>(rows: Row[], { table, key, insertOnly = [], silent = [] }: UpsertOptions<T>) {
  const known = getTableColumns(table) as Record<string, PgColumn>;
  const columns = Object.entries(known).filter(([property]) => rows.some((row) => property in row));
  const kept = new Set<string>([...key, ...insertOnly]);
  const quiet = new Set<string>(silent);
  const loose = columns.filter(([property]) => !kept.has(property));
  return {
    columns,
    names: list(columns.map(([, column]) => sql`${name(column)}`)),
    keys: key.map((property) => known[property] as PgColumn),
    updated: loose.map(([, column]) => column),
    compared: loose.filter(([property]) => !quiet.has(property)).map(([, column]) => column),
  };
}

type Source = ReturnType<typeof sql.identifier>;
const of = (source: Source, some: PgColumn[]) => list(some.map((column) => sql`${source}.${name(column)}`));
const isEqual = (one: Source, other: Source, some: PgColumn[]) => sql`(${of(one, some)}) = (${of(other, some)})`;
const differs = (one: Source, other: Source, some: PgColumn[]) =>
  some.length === 0 ? sql`false` : sql`(${of(one, some)}) is distinct from (${of(other, some)})`;
const [offered, excluded, fresh] = [sql.identifier("given"), sql.identifier("excluded"), sql.identifier("fresh")];

/**
 * Inserts rows, or updates those that say something new, set-wise, and returns just these as given: a replay returns nothing.
 * Of rows with one key the last wins; a column that one row gives is null in those that do not.
 * For tables with one writer of a row at a time, as an ingest is of its environment: of two at once the second fails on the key.
 */
export async function upsertNews<T extends PgTable>(
  tx: Executor,
  all: T["$inferInsert"][],
  options: Omit<UpsertOptions<T>, "guard">,
): Promise<Written<T>[]> {
  const rows = [...newestOf(all, options.key).values()];
  const { columns, names, keys, updated, compared } = partsOf(rows, options);
  const there = sql.identifier(getTableName(options.table));
  const set = list(updated.map((column) => sql`${name(column)} = ${fresh}.${name(column)}`));
  const update = sql`, changed as (update ${there} set ${set} from fresh where is_known and ${isEqual(there, fresh, keys)})`;
  const written: Written<T>[] = [];
  for (let from = 0; from < rows.length; from += chunkRows) {
    // One look-up of each row decides what is done with it; ON CONFLICT would look again, and write down each insert twice.
    const { rows: told } = await tx.execute<{ added: string | null; changed: string | null }>(sql`
      with fresh as materialized (
        select ${offered}.*, ${there}.${name(keys[0] as PgColumn)} is not null as is_known
        from ${given(rows.slice(from, from + chunkRows), columns, keys)} left join ${there} on ${isEqual(there, offered, keys)}
        where ${there}.${name(keys[0] as PgColumn)} is null or ${differs(there, offered, compared)}),
      added as (insert into ${there} (${names}) select ${names} from fresh where not is_known)${updated.length > 0 ? update : sql``}
      select string_agg(nth::text, ',') filter (where not is_known) as added, string_agg(nth::text, ',') filter (where is_known) as changed from fresh`);
    for (const { added, changed } of told) {
      for (const [text, isNew] of [[added, true] as const, [changed, false] as const])
        for (const nth of text?.split(",") ?? []) written.push({ row: rows[from + Number(nth) - 1] as T["$inferInsert"], isNew });
    }
  }
  return written;
}

/** As `upsertNews`, whoever else may write the same; returns the rows as they are in the ledger now. */
export async function upsertChanged<T extends PgTable>(
  tx: Executor,
  all: T["$inferInsert"][],
  options: UpsertOptions<T>,
): Promise<T["$inferSelect"][]> {
  const rows = [...newestOf(all, options.key).values()];
  const { columns, names, keys, updated, compared } = partsOf(rows, options);
  const there = sql.identifier(getTableName(options.table));
  const isNews = differs(there, excluded, compared);
  const set = list(updated.map((column) => sql`${name(column)} = excluded.${name(column)}`));
  const may = options.guard ? sql`${isNews} and (${options.guard})` : isNews;
  const action = updated.length === 0 ? sql`nothing` : sql`update set ${set} where ${may}`;
  const everything = Object.entries(getTableColumns(options.table) as Record<string, PgColumn>);
  const read = (column: PgColumn, value: unknown) => (value === null ? null : column.mapFromDriverValue(value));
  const written: T["$inferSelect"][] = [];
  for (let from = 0; from < rows.length; from += chunkRows) {
    // Left out before the insert, which would lock each row that it finds: a replay leaves no trace.
    const { rows: changed } = await tx.execute(sql`
      insert into ${there} (${names})
      select ${names} from ${given(rows.slice(from, from + chunkRows), columns, keys)}
      where not exists (select 1 from ${there} where ${isEqual(there, offered, keys)} and not ${differs(there, offered, compared)})
      on conflict (${list(keys.map((column) => sql`${name(column)}`))}) do ${action}
      returning *`);
    for (const row of changed)
      written.push(Object.fromEntries(everything.map(([property, column]) => [property, read(column, row[column.name])])));
  }
  return written;
}
