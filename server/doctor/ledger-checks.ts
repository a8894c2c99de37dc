import "server-only";
import { sql } from "drizzle-orm";
import type { Check } from "@/lib/schemas/doctor";
import { findAppError } from "@/server/errors";
import { ledger } from "@/server/ledger/db";
import { selectSources } from "@/server/ledger/read/sources";
import { hearsNotifications } from "./hears-notifications";

const oldestMajor = 15;
const everyPage = ["every page"];

/** Null: all is well. */
type Trouble = { detail: string; remedy: string; isMissing?: boolean } | null;
type Matter = { name: string; reason: string; pages: string[]; isOptional?: boolean; judge: () => Promise<Trouble> };

const rows = async <T extends Record<string, unknown>>(text: ReturnType<typeof sql>) => (await ledger().execute<T>(text)).rows;

async function answers(): Promise<Trouble> {
  const [found] = await rows<{ version: string; standby: boolean }>(
    sql`select current_setting('server_version_num') as version, pg_is_in_recovery() as standby`,
  );
  const remedy = `Let DATABASE_URL name the primary of a PostgreSQL ${oldestMajor} or newer.`;
  if (found?.standby) return { detail: "It is a standby: nothing can be written to it.", remedy };
  const major = Math.floor(Number(found?.version) / 10_000);
  if (major < oldestMajor) return { detail: `It is PostgreSQL ${major}.`, remedy };
  await selectSources();
  return null;
}

/** The next version brings its migrations, which make tables and alter those that are there. */
async function mayMigrate(): Promise<Trouble> {
  const [found] = await rows<{ user: string; may: boolean; others: string[] | null }>(
    sql`select current_user as "user", has_schema_privilege('public', 'create') as may,
      (select array_agg(distinct tableowner::text) from pg_tables
        where schemaname in ('public', 'drizzle') and not pg_has_role(tableowner, 'usage')) as others`,
  );
  if (!found?.may) {
    return {
      isMissing: true,
      detail: `${found?.user} may not create tables in the schema public.`,
      remedy: `GRANT CREATE ON SCHEMA public TO ${found?.user}`,
    };
  }
  const owner = found.others?.join(", ");
  if (!owner) return null;
  return { isMissing: true, detail: `The tables belong to ${owner}: they cannot be altered.`, remedy: `GRANT ${owner} TO ${found.user}` };
}

async function mayWrite(): Promise<Trouble> {
  const [found] = await rows<{ user: string; closed: string[] | null }>(
    sql`select current_user as "user", array_agg(tablename::text order by tablename) as closed from pg_tables
      where schemaname = 'public' and not (
        has_table_privilege(quote_ident(schemaname) || '.' || quote_ident(tablename), 'select')
        and has_table_privilege(quote_ident(schemaname) || '.' || quote_ident(tablename), 'insert'))`,
  );
  if (!found?.closed) return null;
  return {
    isMissing: true,
    detail: `${found.user} may not read and write ${found.closed.join(", ")}.`,
    remedy: `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${found.user}`,
  };
}

async function mayListen(): Promise<Trouble> {
  if (await hearsNotifications()) return null;
  return {
    detail: "A notification that was sent did not come back: what is between does not keep a session.",
    remedy:
      "Let DATABASE_URL name PostgreSQL itself, or a pooler in session mode. Until then the ledger is asked for changes every second.",
  };
}

const matters: Matter[] = [
  { name: "database", reason: "Everything that Penstock knows", pages: everyPage, judge: answers },
  {
    name: "CREATE and ALTER",
    reason: "A new version of Penstock changes its own tables at its start",
    pages: everyPage,
    judge: mayMigrate,
  },
  { name: "SELECT and INSERT", reason: "What is collected, done and signed is written down", pages: everyPage, judge: mayWrite },
  {
    name: "LISTEN",
    reason: "Changes are pushed to browsers as they happen, over a connection that stays",
    pages: everyPage,
    isOptional: true,
    judge: mayListen,
  },
];

const base = { environment: null, system: "ledger" as const, access: "read" as const, tried: null };

/** The ledger answers, is of a version that Penstock supports, can be changed and written, and tells of changes. @param resource how a person knows it */
export async function checkLedger(resource: string): Promise<Check[]> {
  const checks: Check[] = [];
  for (const { name, reason, pages, isOptional = false, judge } of matters) {
    const began = performance.now();
    const isDown = checks[0]?.state === "failed";
    const trouble = isDown
      ? null
      : await judge().catch((error: unknown): Trouble => {
          const own = findAppError(error);
          return { detail: own?.message ?? String(error), remedy: own?.remedy ?? `Bring ${resource} back.` };
        });
    checks.push({
      ...base,
      name,
      reason,
      pages,
      isOptional,
      resource,
      state: isDown ? "not_tried" : trouble === null ? "ok" : trouble.isMissing ? "missing" : "failed",
      detail: isDown ? "The database cannot be used." : (trouble?.detail ?? null),
      remedy: trouble?.remedy ?? null,
      tookMs: Math.round(performance.now() - began),
    });
  }
  return checks;
}

/** Of a ledger that there is nothing of yet. */
export const absentLedger = (resource: string, detail: string): Check[] => [
  {
    ...base,
    name: "database",
    reason: "Everything that Penstock knows",
    pages: everyPage,
    isOptional: true,
    resource,
    state: "not_tried",
    detail,
    remedy: null,
    tookMs: 0,
  },
];
