import "server-only";
import type { Check } from "@/lib/schemas/doctor";
import { type EnvironmentConfig, env } from "@/server/env";
import { accountOf } from "@/server/sources/account";
import { probeWarehouse, type Told } from "@/server/sources/warehouse-probe";

const pages = ["Status", "Tables", "Table"];
/** PostgreSQL: no privilege, and a login that was refused. */
const refused = /^(42501|28\w{3})$/;

const stateOf = (told: Told): Check["state"] => (told.error === null ? "ok" : refused.test(told.code ?? "") ? "missing" : "failed");

function selected(
  rest: Omit<Check, "name" | "reason" | "resource" | "state" | "detail" | "remedy">,
  name: string,
  told: Told,
  user: string | null,
  said: Pick<Check, "reason"> & Partial<Pick<Check, "pages">>,
): Check {
  const state = stateOf(told);
  const who = user ?? "the reader";
  const grant = /for schema/.test(told.error ?? "") ? `USAGE ON SCHEMA ${name.split(".")[0]}` : `SELECT ON ${name}`;
  const remedy = state === "missing" ? `GRANT ${grant} TO ${who}` : "Correct the table and its columns in penstock.yaml.";
  return { ...rest, ...said, name: "select", resource: name, state, detail: told.error, remedy: told.error === null ? null : remedy };
}

/** The login, what the server does to a statement that takes too long, and a select on each configured table. */
export async function checkWarehouse(environment: EnvironmentConfig): Promise<Check[]> {
  const { warehouse } = environment;
  if (!warehouse) return [];
  const began = performance.now();
  const tables = env().tables.filter((table) => table.environment === environment.name);
  const { login, user, isReadOnly, endsLongStatements, tables: asked, loadRecord } = await probeWarehouse(environment, tables);
  const isIam = "rds" in warehouse;
  const account = isIam ? await accountOf(environment).catch(() => "*") : "*";
  // Its resource id only AWS knows; `aws rds describe-db-instances` tells it.
  const databaseUser = isIam
    ? `arn:aws:rds-db:${environment.region}:${account}:dbuser:<resource id of ${warehouse.rds.host}>/${warehouse.rds.user}`
    : null;
  const base = { environment: environment.name, system: "warehouse" as const, access: "read" as const, pages, tried: null };
  const tookMs = Math.round(performance.now() - began);
  const rest = { ...base, tookMs, isOptional: false };
  const checks: Check[] = [
    {
      ...rest,
      name: isIam ? "rds-db:connect" : "login",
      reason: "Freshness of the tables and the loader's record",
      resource: databaseUser ?? user,
      state: stateOf(login),
      detail: login.error,
      remedy:
        login.error === null
          ? null
          : isIam
            ? `Allow rds-db:connect on ${databaseUser}, and GRANT rds_iam TO ${warehouse.rds.user} in the warehouse.`
            : "Check warehouse.url.",
    },
  ];
  if (login.error !== null) return checks;
  checks.push(
    {
      ...rest,
      name: "read-only session",
      reason: "A probe must not be able to write",
      resource: user,
      state: isReadOnly ? "ok" : "failed",
      detail: isReadOnly ? null : "The session may write although Penstock asked for one that may not.",
      remedy: isReadOnly ? null : `ALTER ROLE ${user ?? "…"} SET default_transaction_read_only = on`,
    },
    {
      ...rest,
      name: "statement timeout",
      reason: "A probe must never be what slows the warehouse",
      resource: user,
      state: endsLongStatements ? "ok" : "failed",
      detail: endsLongStatements ? null : "A statement went on after its time was up.",
      remedy: endsLongStatements
        ? null
        : "A pooler between Penstock and the warehouse may drop the setting: let it pass statement_timeout.",
    },
    ...asked.map(({ table, told }) => selected(rest, table.name, told, user, { reason: `Freshness of ${table.name}` })),
    ...(loadRecord === null
      ? []
      : [
          selected(rest, "penstock.table_load", loadRecord, user, {
            reason: "The loader's own record: which run wrote what, and when",
            pages: ["Table", "Run", "Tables"],
          }),
        ]),
  );
  return checks;
}
