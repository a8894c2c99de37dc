import "server-only";
import { drizzle, type NodePgDatabase } from "drizzle-orm/node-postgres";
import pg from "pg";
import { env } from "@/server/env";
import { AppError, ledgerDown } from "@/server/errors";
import * as schema from "./schema";

export type Ledger = NodePgDatabase<typeof schema>;
export type Transaction = Parameters<Parameters<Ledger["transaction"]>[0]>[0];
/** A query runs on either. */
export type Executor = Ledger | Transaction;

const connectTimeoutMs = 2_000;
const statementTimeoutMs = 5_000;

/** PostgreSQL's classes for "not there", "shutting down", "starting up", "too many connections", and its word for a statement that took too long. */
const unavailable = /^(08...|57P0[1-5]|57014|53...)$/;
const broken =
  /ECONN|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|Connection terminated|timeout exceeded|Query read timeout|not queryable/;

function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return unavailable.test(code) || broken.test(code) || (code === "" && broken.test(error.message));
}

/** The AppError of an unreachable ledger, or the error as it came. */
export function translateLedgerError(error: unknown): unknown {
  return !(error instanceof AppError) && isUnavailable(error) ? ledgerDown(error) : error;
}

type Asynchronous = (...parameters: never[]) => unknown;

function translating<F extends Asynchronous>(original: F, self: unknown): F {
  return ((...parameters: never[]) => {
    const result = original.apply(self, parameters);
    return result instanceof Promise
      ? result.catch((error) => {
          throw translateLedgerError(error);
        })
      : result;
  }) as unknown as F;
}

/** A pool whose connection failures are AppErrors naming the ledger. */
export function openPool(connectionString: string, options: pg.PoolConfig = {}): pg.Pool {
  const pool = new pg.Pool({
    connectionString,
    max: 20,
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: 30_000,
    statement_timeout: statementTimeoutMs,
    // The server may be gone without a word: a little longer than its own statement_timeout.
    query_timeout: statementTimeoutMs + 1_000,
    // Shorter than a lease: a leader that stands still in a transaction holds the lease's row, and the next one waits for it.
    idle_in_transaction_session_timeout: 5_000,
    application_name: "penstock",
    keepAlive: true,
    ...options,
  });
  // An idle connection that breaks is replaced at the next use; without a listener it would end the process.
  pool.on("error", () => undefined);
  pool.on("connect", (client) => {
    client.on("error", () => undefined);
    client.query = translating(client.query as Asynchronous, client) as typeof client.query;
  });
  pool.connect = translating(pool.connect as Asynchronous, pool) as typeof pool.connect;
  // Its own query connects by callback, past the line above.
  pool.query = translating(pool.query as Asynchronous, pool) as typeof pool.query;
  return pool;
}

const shared = globalThis as typeof globalThis & { penstockLedger?: { pool: pg.Pool; db: Ledger } };

function opened() {
  if (!shared.penstockLedger) {
    const pool = openPool(env().databaseUrl);
    shared.penstockLedger = { pool, db: drizzle(pool, { schema }) };
  }
  return shared.penstockLedger;
}

/** The ledger, one pool per process. */
export function ledger(): Ledger {
  return opened().db;
}

/** Points this process at another ledger and closes the one before: for tests and for processes that end. */
export async function switchLedger(connectionString: string | null): Promise<void> {
  const before = shared.penstockLedger;
  shared.penstockLedger = undefined;
  if (connectionString !== null) {
    const pool = openPool(connectionString);
    shared.penstockLedger = { pool, db: drizzle(pool, { schema }) };
  }
  await before?.pool.end();
}

/** Resolves when the ledger answers. @throws AppError naming the ledger, within a few seconds */
export async function pingLedger(): Promise<void> {
  await opened().pool.query("select 1");
}
