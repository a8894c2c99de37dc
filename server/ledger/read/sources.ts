import "server-only";
import { asc } from "drizzle-orm";
import { ledger } from "../db";
import { sourceHealth } from "../schema";

export type SourceRow = typeof sourceHealth.$inferSelect;

export async function selectSources(): Promise<SourceRow[]> {
  return ledger().select().from(sourceHealth).orderBy(asc(sourceHealth.environment), asc(sourceHealth.source));
}
