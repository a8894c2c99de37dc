import { readFileSync } from "node:fs";
import { join } from "node:path";
import { connected, setPassword, urlOf } from "./databases";
import type { Keys } from "./keys";

export const loader = "penstock_loader";
export const reader = "penstock_reader";
export const warehouseName = "warehouse";

/** Applies the warehouse's schema and gives its roles their passwords, as an operator does on RDS. */
export async function applyWarehouse(root: string, url: string, keys: Keys): Promise<void> {
  const schema = readFileSync(join(root, "extractor", "glue", "warehouse.sql"), "utf8");
  await connected(url, async (client) => {
    await client.query(schema);
    await client.query(setPassword(loader, keys.loaderPassword));
    await client.query(setPassword(reader, keys.readerPassword));
  });
}

/** What Secrets Manager holds for a role of the warehouse. */
export const warehouseSecret = (port: number, username: string, password: string) => ({
  host: "127.0.0.1",
  port,
  dbname: warehouseName,
  username,
  password,
});

export const warehouseUrls = (url: string, keys: Keys) => ({
  loader: urlOf(url, warehouseName, { user: loader, password: keys.loaderPassword }),
  reader: urlOf(url, warehouseName, { user: reader, password: keys.readerPassword }),
});
