import "server-only";
import { desc, eq } from "drizzle-orm";
import { columnChanges } from "@/lib/column-changes";
import type { TableSchemaFact } from "@/lib/schemas/facts";
import type { Transaction } from "@/server/ledger/db";
import { tableSchema } from "@/server/ledger/schema";
import { upsertChanged } from "@/server/ledger/upsert";
import type { Changes, Scope } from "./scope";

/** Versions of tables, in any order. */
export async function ingestTableSchemas(tx: Transaction, scope: Scope, changes: Changes, facts: TableSchemaFact[]): Promise<void> {
  const rows = facts.map((fact) => ({ environment: scope.environment, ...fact }));
  const written = await upsertChanged(tx, rows, { table: tableSchema, key: ["environment", "tableName", "since"] });
  if (written.length > 0) changes.keys.add("tables");
}

/** Of what was seen just now: the tables that differ from their newest version, or have none. */
export async function unknownSchemas(tx: Transaction, scope: Scope, seen: TableSchemaFact[]): Promise<TableSchemaFact[]> {
  const newest = await tx
    .selectDistinctOn([tableSchema.tableName], { tableName: tableSchema.tableName, columns: tableSchema.columns })
    .from(tableSchema)
    .where(eq(tableSchema.environment, scope.environment))
    .orderBy(tableSchema.tableName, desc(tableSchema.since));
  const known = new Map(newest.map(({ tableName, columns }) => [tableName, columns]));
  return seen.filter(({ tableName, columns }) => {
    const before = known.get(tableName);
    return before === undefined || columnChanges(before, columns) !== null;
  });
}
