import "server-only";
import { sql } from "drizzle-orm";
import { ledger } from "../db";
import { lease } from "../schema";

export interface LedgerSize {
  bytes: number;
  /** PostgreSQL's own estimates: counting would read everything. */
  tables: { name: string; rows: number; bytes: number }[];
}

export async function selectSize(): Promise<LedgerSize> {
  const { rows: tables } = await ledger().execute<{ name: string; rows: string; bytes: string }>(
    sql`select relname as name, n_live_tup as rows, pg_total_relation_size(relid) as bytes
        from pg_stat_user_tables where schemaname = 'public' order by relname`,
  );
  const { rows } = await ledger().execute<{ bytes: string }>(sql`select pg_database_size(current_database()) as bytes`);
  return {
    bytes: Number(rows[0]?.bytes ?? 0),
    tables: tables.map((each) => ({ name: each.name, rows: Number(each.rows), bytes: Number(each.bytes) })),
  };
}

/** Who collects, and whether its lease still runs by the database's clock. */
export async function selectLease(): Promise<{ holder: string; epoch: number; isHeld: boolean } | null> {
  const [found] = await ledger()
    .select({ holder: lease.holder, epoch: lease.epoch, isHeld: sql<boolean>`${lease.expiresAt} > clock_timestamp()` })
    .from(lease)
    .limit(1);
  return found ?? null;
}
