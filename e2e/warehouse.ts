import { Client } from "pg";
import { platform } from "./platform";

/** Counts the rows of one of the warehouse's own tables. */
export const warehouseRows = (table: "sales.orders") => count(`select count(*)::int as n from ${table}`);

/** Tables into which a load is copying right now, before it merges them. */
export const stagingTables = () => count("select count(*)::int as n from pg_tables where schemaname = 'penstock_staging'");

async function count(query: string): Promise<number> {
  const client = new Client({ connectionString: platform.warehouseUrl });
  await client.connect();
  try {
    const { rows } = await client.query(query);
    return rows[0].n;
  } finally {
    await client.end();
  }
}
