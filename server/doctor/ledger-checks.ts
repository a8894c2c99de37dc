import "server-only";
import { sql } from "drizzle-orm";
import type { Check } from "@/lib/schemas/doctor";
import { findAppError } from "@/server/errors";
import { ledger } from "@/server/ledger/db";
import { selectSources } from "@/server/ledger/read/sources";

const oldestMajor = 15;

/** The ledger answers, can be written, and is of a version that Penstock supports. */
export async function checkLedger(): Promise<Check[]> {
  const began = performance.now();
  const base = {
    environment: null,
    system: "ledger" as const,
    name: "database",
    access: "read" as const,
    reason: "Everything that Penstock knows",
    pages: ["every page"],
    resource: "DATABASE_URL",
    isOptional: false,
  };
  const judge = async (): Promise<string | null> => {
    await selectSources();
    const { rows } = await ledger().execute<{ version: string; standby: boolean }>(
      sql`select current_setting('server_version_num') as version, pg_is_in_recovery() as standby`,
    );
    const [found] = rows;
    if (found?.standby) return "It is a standby: nothing can be written to it.";
    const major = Math.floor(Number(found?.version) / 10_000);
    return major < oldestMajor ? `It is PostgreSQL ${major}.` : null;
  };
  const detail = await judge().catch((error: unknown) => findAppError(error)?.message ?? String(error));
  return [
    {
      ...base,
      state: detail === null ? "ok" : "failed",
      detail,
      remedy: detail === null ? null : `Bring it back, or let DATABASE_URL name the primary of a PostgreSQL ${oldestMajor} or newer.`,
      tookMs: Math.round(performance.now() - began),
    },
  ];
}
