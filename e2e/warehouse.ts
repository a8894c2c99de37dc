import { Client } from "pg";
import { platform } from "./platform";

/** Counts the rows of one of the warehouse's own tables. */
export async function warehouseRows(table: "sales.orders"): Promise<number> {
  const client = new Client({ connectionString: platform.warehouseUrl });
  await client.connect();
  try {
    const { rows } = await client.query(`select count(*)::int as n from ${table}`);
    return rows[0].n;
  } finally {
    await client.end();
  }
}
