import "server-only";
import { fileURLToPath } from "node:url";
import { sql } from "drizzle-orm";
import { drizzle, type NodePgDatabase } from "drizzle-orm/node-postgres";
import { migrate as applyMigrations } from "drizzle-orm/node-postgres/migrator";
import { AppError, findAppError } from "@/server/errors";
import { openPool } from "./db";

const migrationsFolder = fileURLToPath(new URL("./migrations", import.meta.url));
/** Any fixed number: replicas that start together migrate one after the other. */
const migrationLock = 7_361_200_115;

const remedyOf: Record<string, string> = {
  "28P01": "the password is wrong",
  "28000": "the server refuses this user",
  "3D000": "the server has no such database",
};

function oneLine(url: string, error: unknown): AppError {
  const target = URL.canParse(url) ? `${new URL(url).hostname}:${new URL(url).port || 5432}${new URL(url).pathname}` : "its server";
  const known = findAppError(error);
  let cause = error;
  while (cause instanceof Error && cause.cause instanceof Error) cause = cause.cause;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const reason = remedyOf[code] ?? (cause instanceof Error ? cause.message || code : String(cause));
  return new AppError(known?.code ?? "upstream", `DATABASE_URL: cannot use the PostgreSQL at ${target}: ${reason}`, {
    system: "ledger",
    remedy: "Correct DATABASE_URL, or start that server.",
    status: 503,
    cause: error,
  });
}

/**
 * Brings the ledger at `url` to this version's schema; replicas may do so at the same time.
 * @throws AppError in one line: which server, and why it cannot be used
 */
export async function migrate(url: string): Promise<void> {
  const pool = openPool(url, { max: 1, statement_timeout: 120_000, query_timeout: 125_000 });
  try {
    await drizzle(pool).transaction(async (tx) => {
      await tx.execute(sql`select pg_advisory_xact_lock(${migrationLock})`);
      await applyMigrations(tx as unknown as NodePgDatabase, { migrationsFolder });
    });
  } catch (error) {
    throw oneLine(url, error);
  } finally {
    await pool.end();
  }
}
