import "server-only";
import { columnChanges } from "@/lib/column-changes";
import type { TableSchema } from "@/lib/schemas/table";
import { selectSchemaVersions } from "./ledger/read/tables";

/** A table's columns and how they changed; null when they were never read. */
export async function readTableSchema(environment: string, table: string): Promise<TableSchema | null> {
  const versions = await selectSchemaVersions(environment, table);
  const newest = versions[0];
  const oldest = versions.at(-1);
  if (!newest || !oldest) return null;
  const changes = versions.slice(0, -1).flatMap(({ since, columns }, index) => {
    const changed = columnChanges(versions[index + 1]?.columns ?? [], columns);
    return changed ? [{ at: since.toISOString(), ...changed }] : [];
  });
  return { columns: newest.columns, since: changes[0]?.at ?? oldest.since.toISOString(), changes };
}
