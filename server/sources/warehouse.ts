import "server-only";
import { Signer } from "@aws-sdk/rds-signer";
import pg from "pg";
import { z } from "zod";
import type { TableCheckFact, TableLoadFact, TableSchemaFact } from "@/lib/schemas/facts";
import type { EnvironmentConfig, TableConfig } from "@/server/env";
import { AppError, findAppError } from "@/server/errors";
import { clientSettings } from "./aws";
import { perSecond } from "./budgets";
import { type Budget, call, systemName } from "./call";

/** Two connections and a few short queries: freshness must never be what slows the warehouse. */
const maxConnections = 2;
const statementTimeoutMs = 5_000;
const pageSize = 1_000;

export const budget = (environment: EnvironmentConfig): Budget => ({
  environment: environment.name,
  source: "warehouse",
  purpose: "poll",
  perSecond: perSecond.warehouse,
  burst: 40,
});

const shared = globalThis as typeof globalThis & { penstockWarehouses?: Map<string, pg.Pool> };

/** A URL as it is; RDS with IAM: TLS, and for each new connection a token of 15 minutes as its password. */
export function connection(environment: EnvironmentConfig): pg.PoolConfig {
  const warehouse = environment.warehouse;
  if (!warehouse) {
    const system = systemName(environment.name, "warehouse");
    throw new AppError("not_found", `${system} is not configured`, { system, remedy: "Set environments[].warehouse in penstock.yaml." });
  }
  if ("url" in warehouse) return { connectionString: warehouse.url };
  const { host, port, database, user } = warehouse.rds;
  const { region, credentials } = clientSettings(environment, "read");
  const signer = new Signer({ hostname: host, port, username: user, region, credentials });
  // The authority of RDS comes with NODE_EXTRA_CA_CERTS; a server that it does not vouch for is refused.
  return { host, port, database, user, password: () => signer.getAuthToken(), ssl: { rejectUnauthorized: true } };
}

function pool(environment: EnvironmentConfig): pg.Pool {
  shared.penstockWarehouses ??= new Map();
  const known = shared.penstockWarehouses.get(environment.name);
  if (known) return known;
  const opened = new pg.Pool({
    ...connection(environment),
    max: maxConnections,
    connectionTimeoutMillis: 3_000,
    idleTimeoutMillis: 60_000,
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + 1_000,
    lock_timeout: 1_000,
    options: "-c default_transaction_read_only=on -c timezone=UTC",
    application_name: "penstock",
  });
  // A connection that breaks while idle is replaced at the next use.
  opened.on("error", () => undefined);
  shared.penstockWarehouses.set(environment.name, opened);
  return opened;
}

/** Rows of the shape that is expected, or an error that names the warehouse. */
function query<T>(environment: EnvironmentConfig, shape: z.ZodType<T>, text: string, values: unknown[] = []): Promise<T[]> {
  return call(budget(environment), async () => z.array(shape).parse((await pool(environment).query(text, values)).rows), {
    operation: "postgresql:query",
  });
}

/** PostgreSQL's bigint comes as text. */
const Count = z
  .union([z.string(), z.number()])
  .nullable()
  .transform((value) => (value === null ? null : Number(value)));

const Found = z.object({ found: z.boolean() });
const LoadRow = z.object({
  run_key: z.string(),
  table_name: z.string(),
  join_key: z.string().nullable(),
  glue_run_id: z.string().nullable(),
  rows_read: Count,
  rows_inserted: Count,
  rows_updated: Count,
  rows_rejected: Count,
  data_through: z.string().nullable(),
  started_at: z.date().nullable(),
  finished_at: z.date(),
});

/** Rows of the loader's own record that finished since, oldest first; an index on finished_at serves it. Empty when the warehouse has no such record. */
export async function listLoadsSince(environment: EnvironmentConfig, since: Date): Promise<TableLoadFact[]> {
  const [known] = await query(environment, Found, "select to_regclass('penstock.table_load') is not null as found");
  if (!known?.found) return [];
  const loads: TableLoadFact[] = [];
  for (;;) {
    const last = loads.at(-1);
    const rows = await query(
      environment,
      LoadRow,
      `select run_key, table_name, join_key, glue_run_id, rows_read, rows_inserted, rows_updated, rows_rejected, data_through, started_at, finished_at
       from penstock.table_load where (finished_at, run_key, table_name) > ($1, $2, $3) order by finished_at, run_key, table_name limit ${pageSize}`,
      [last?.finishedAt ?? since, last?.runKey ?? "", last?.tableName ?? ""],
    );
    const page = rows.map((row) => ({
      runKey: row.run_key,
      tableName: row.table_name,
      joinKey: row.join_key,
      glueRunId: row.glue_run_id,
      rowsRead: row.rows_read,
      rowsInserted: row.rows_inserted,
      rowsUpdated: row.rows_updated,
      rowsRejected: row.rows_rejected,
      dataThrough: row.data_through,
      startedAt: row.started_at,
      finishedAt: row.finished_at,
    }));
    loads.push(...page);
    if (page.length < pageSize) return loads;
  }
}

const quoted = (name: string) => name.split(".").map(pg.escapeIdentifier).join(".");
const Extreme = z.object({ value: z.string().nullable() });
const isDay = (text: string) => /^\d{4}-\d{2}-\d{2}$/.test(text);
const isTime = (text: string) => /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/.test(text) && !Number.isNaN(Date.parse(text));

/**
 * The greatest value of a column, from the end of its index: a day as it is, a time as an instant, in UTC when its type names no zone.
 * @throws AppError `invalid` when it is neither
 */
async function greatest(environment: EnvironmentConfig, table: string, column: string): Promise<string | null> {
  // As text: the driver would read a day, and a time without a zone, in the zone of this process.
  const [newest] = await query(
    environment,
    Extreme,
    `select to_jsonb(v) #>> '{}' as value from (select max(${pg.escapeIdentifier(column)}) as v from ${quoted(table)}) as newest`,
  );
  const value = newest?.value ?? null;
  if (value === null || isDay(value)) return value;
  const zoned = /(Z|[+-]\d{2}(:?\d{2})?)$/.test(value) ? value : `${value}Z`;
  if (isTime(zoned)) return new Date(zoned).toISOString();
  const system = systemName(environment.name, "warehouse");
  throw new AppError(
    "invalid",
    `${system}: the newest ${column} of ${table} is no day and no time: ${JSON.stringify(value.slice(0, 40))}`,
    {
      system,
      remedy: "Name a column of type date or timestamp in penstock.yaml.",
    },
  );
}

/**
 * Looks at one table: when it was loaded and through when its data goes, each by one index look-up.
 * What the table itself answers wrongly (no such table, column, permission, no time) is in the fact; an unreachable warehouse throws.
 */
export async function checkTable(environment: EnvironmentConfig, table: TableConfig): Promise<TableCheckFact> {
  const began = performance.now();
  const columns = [table.loadedAt, table.dataThrough].filter((column) => column !== undefined);
  const fact: TableCheckFact = {
    tableName: table.name,
    evidence: table.loadedAt ? "loaded_at_column" : "table_load",
    evidenceDetail: columns.length > 0 ? `Newest ${columns.join(" and ")} of ${table.name}` : "penstock.table_load",
    loadedAt: null,
    dataThrough: null,
    error: null,
    tookMs: 0,
    checkedAt: new Date(),
  };
  try {
    const loadedAt = table.loadedAt ? await greatest(environment, table.name, table.loadedAt) : null;
    fact.dataThrough = table.dataThrough ? await greatest(environment, table.name, table.dataThrough) : null;
    fact.loadedAt = loadedAt === null ? null : new Date(loadedAt);
  } catch (error) {
    const own = findAppError(error);
    if (own?.code !== "invalid") throw error;
    fact.error = own.message;
  }
  fact.tookMs = Math.round(performance.now() - began);
  return fact;
}

const ColumnRow = z.object({ table_name: z.string(), name: z.string(), type: z.string(), is_nullable: z.boolean() });

/** The columns of tables as they are now, by the catalogue, which every login may read. A table that the warehouse has not is left out. */
export async function readColumns(environment: EnvironmentConfig, tables: TableConfig[]): Promise<TableSchemaFact[]> {
  const since = new Date();
  const names = tables.map(({ name }) => ({ name, schema: name.split(".").at(-2) ?? null, relation: name.split(".").at(-1) }));
  const rows = await query(
    environment,
    ColumnRow,
    `select t.name as table_name, a.attname as name, format_type(a.atttypid, a.atttypmod) as type, not a.attnotnull as is_nullable
     from unnest($1::text[], $2::text[], $3::text[]) as t(name, schema, relation)
     join pg_class c on c.relname = t.relation and c.relkind in ('r', 'p', 'v', 'm', 'f')
     join pg_namespace n on n.oid = c.relnamespace and case when t.schema is null then pg_table_is_visible(c.oid) else n.nspname = t.schema end
     join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     order by t.name, a.attnum`,
    [names.map(({ name }) => name), names.map(({ schema }) => schema), names.map(({ relation }) => relation)],
  );
  const found = new Map<string, TableSchemaFact>();
  for (const { table_name: tableName, name, type, is_nullable: isNullable } of rows) {
    const fact = found.get(tableName) ?? { tableName, columns: [], since };
    fact.columns.push({ name, type, isNullable });
    found.set(tableName, fact);
  }
  return [...found.values()];
}

/** Closes the pools: for tests and for processes that end. */
export async function closeWarehouses(): Promise<void> {
  const pools = [...(shared.penstockWarehouses?.values() ?? [])];
  shared.penstockWarehouses = undefined;
  await Promise.all(pools.map((each) => each.end()));
}
