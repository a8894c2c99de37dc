import "server-only";
import pg from "pg";
import type { EnvironmentConfig, TableConfig } from "@/server/env";
import { systemName } from "./call";
import { translate } from "./translate";
import { connection } from "./warehouse";

const connectMs = 5_000;

/** What PostgreSQL answered to one question; `code` is its SQLSTATE. */
export interface Told {
  error: string | null;
  code: string | null;
}

export interface WarehouseProbe {
  login: Told;
  user: string | null;
  /** Null when nobody could log in. */
  isReadOnly: boolean | null;
  /** Whether the server ends a statement that takes too long. */
  endsLongStatements: boolean | null;
  tables: { table: TableConfig; told: Told }[];
  /** The loader's own record; null where the warehouse has none. */
  loadRecord: Told | null;
}

/** What there is not: the table, its schema. */
const absent = ["42P01", "3F000"];

const quoted = (name: string) => name.split(".").map(pg.escapeIdentifier).join(".");
const columnsOf = (table: TableConfig) =>
  [table.loadedAt, table.dataThrough].filter((column) => column !== undefined).map((column) => pg.escapeIdentifier(column));

/** Logs in as Penstock does and asks each table for no row, each in a connection's own time. Never throws. */
export async function probeWarehouse(environment: EnvironmentConfig, tables: TableConfig[]): Promise<WarehouseProbe> {
  const system = systemName(environment.name, "warehouse");
  const said = (error: unknown): Told => ({
    error: translate(system, error).message,
    code: error instanceof Error && "code" in error ? String(error.code) : null,
  });
  const client = new pg.Client({
    ...(await connection(environment)),
    connectionTimeoutMillis: connectMs,
    query_timeout: connectMs,
    options: "-c default_transaction_read_only=on",
    application_name: "penstock doctor",
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
  } catch (error) {
    await client.end().catch(() => undefined);
    return { login: said(error), user: null, isReadOnly: null, endsLongStatements: null, tables: [], loadRecord: null };
  }
  const ask = (text: string): Promise<Told> => client.query(text).then(() => ({ error: null, code: null }), said);
  try {
    const who = await client.query("select current_user as name, current_setting('transaction_read_only') as only").catch(() => null);
    const asked: WarehouseProbe["tables"] = [];
    for (const table of tables) {
      const told = await ask(`select ${columnsOf(table).join(", ") || "1"} from ${quoted(table.name)} limit 0`);
      asked.push({ table, told });
    }
    const loads = await ask("select 1 from penstock.table_load limit 0");
    await ask("set statement_timeout = '100ms'");
    const long = await ask("select pg_sleep(2)");
    return {
      login: { error: null, code: null },
      user: who?.rows[0]?.name ?? null,
      isReadOnly: who ? who.rows[0]?.only === "on" : null,
      endsLongStatements: long.code === "57014",
      tables: asked,
      loadRecord: absent.includes(loads.code ?? "") ? null : loads,
    };
  } finally {
    await client.end().catch(() => undefined);
  }
}
