import { Client } from "pg";
import { platform } from "./platform";

/** One statement on the dashboard's ledger: for what no source can be made to tell in time. */
export async function ledger(text: string, values: unknown[] = []): Promise<void> {
  const client = new Client({ connectionString: platform.ledgerUrl });
  await client.connect();
  try {
    await client.query(text, values);
  } finally {
    await client.end();
  }
}
