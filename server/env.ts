import "server-only";
import { existsSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, resolve } from "node:path";
import { z } from "zod";
import { sampleEnvironment } from "@/lib/schemas/sample";
import { type ConfigProblem, parseConfigFile } from "./config-file";
import type { AuthConfig, ConfigFile, EnvironmentConfig, WarehouseConfig } from "./config-schema";
import { parseDbtSources } from "./dbt-sources";
import { AppError } from "./errors";
import { sampleTables } from "./sample-tables";

export type { AuthConfig, EnvironmentConfig, WarehouseConfig };
export type TableConfig = ConfigFile["tables"][number] & { environment: string };
export type RefreshConfig = ConfigFile["refresh"][number] & { environment: string };

/** The simulated company. It is no EnvironmentConfig, so that nothing can make an AWS client, a probe or an action for it. */
export interface SampleConfig {
  kind: "sample";
  name: typeof sampleEnvironment;
  seed: string;
  days: number;
}

export interface Env {
  /** PostgreSQL of the ledger. */
  databaseUrl: string;
  /** Origin that browsers use, without a trailing slash. */
  publicUrl: string;
  isDemo: boolean;
  host: string;
  port: number;
  authSecret: string;
  /** Null only in the demo. */
  auth: AuthConfig | null;
  /** Zone of the pages' clock and of tables that name none. */
  zone: string;
  logLevel: string;
  /** Where AWS is, when it is not AWS. */
  awsEndpointUrl: string | null;
  /** Names this process among the replicas. */
  replica: string;
  /** The real ones. */
  environments: EnvironmentConfig[];
  /** Null: not configured, and then nothing of it is shown. */
  sample: SampleConfig | null;
  /** Of all environments, the sample too. */
  tables: TableConfig[];
  refresh: RefreshConfig[];
  alerts: ConfigFile["alerts"];
}

const loopback = ["127.0.0.1", "::1", "localhost"];

export const Variables = z.object({
  DATABASE_URL: z
    .string("a PostgreSQL URL such as postgresql://user:password@host:5432/penstock; it is not set")
    .refine(
      (url) => URL.canParse(url) && /^postgres(ql)?:$/.test(new URL(url).protocol) && new URL(url).hostname !== "",
      "a PostgreSQL URL such as postgresql://user:password@host:5432/penstock",
    )
    .describe("the ledger; `npm start` without it runs an embedded PostgreSQL"),
  PENSTOCK_CONFIG: z.string().min(1).default("./penstock.yaml").describe("the file described above"),
  PENSTOCK_DEMO: z.enum(["", "0", "1"], "1 or nothing").optional().describe("1: four demo people, on a loopback address only"),
  PENSTOCK_PUBLIC_URL: z
    .url({ protocol: /^https?$/, error: "the URL that browsers use, such as https://penstock.example.com" })
    .optional()
    .describe("wins over publicUrl of the file"),
  PENSTOCK_LOG_LEVEL: z
    .enum(["debug", "info", "warn", "error", "silent"], "debug, info, warn, error or silent")
    .default("info")
    .describe("logs are JSON, one event a line"),
  NEXTAUTH_SECRET: z
    .string("32 or more random characters; it is not set")
    .min(32, "32 or more random characters")
    .describe("signs sessions; the same for all replicas"),
  HOSTNAME: z.string().min(1).default("127.0.0.1").describe("address to listen on"),
  PORT: z.coerce.number("a port such as 3000").int("a port such as 3000").min(0).max(65_535).default(3000).describe("port to listen on"),
  AWS_ENDPOINT_URL: z
    .url({ protocol: /^https?$/, error: "an http or https URL" })
    .optional()
    .describe("where AWS is, when it is not AWS"),
});

const fail = (message: string, remedy?: string) => new AppError("invalid", message, { system: "configuration", remedy });

/** Checks that span keys: names that must exist, be unique, or be given when there is a choice. */
function crossRules(config: ConfigFile): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const names = config.environments.map((environment) => environment.name);
  if (names.length === 0 && !config.sample)
    problems.push({ path: ["environments"], expected: "at least one environment, or sample: true" });
  if (names.length === 0 && config.tables.length > 0) problems.push({ path: ["tables"], expected: "environments, whose tables they are" });
  for (const [index, name] of names.entries()) {
    if (names.indexOf(name) !== index)
      problems.push({ path: ["environments", index, "name"], expected: "a name of its own for each environment" });
  }
  const queues = config.environments.map((environment) => environment.events);
  for (const [index, queue] of queues.entries()) {
    if (queue !== undefined && queues.indexOf(queue) !== index)
      problems.push({ path: ["environments", index, "events"], expected: "a queue of its own: whoever reads a message deletes it" });
  }
  if (config.dbt && config.tables.length > 0) problems.push({ path: ["dbt"], expected: "either tables or dbt, not both" });
  if (config.dbt && config.dbt.environment === undefined && names.length > 1) {
    problems.push({ path: ["dbt", "environment"], expected: `one of ${names.join(", ")}, as there is more than one environment` });
  }
  const seen = new Set<string>();
  for (const list of ["tables", "refresh"] as const) {
    for (const [index, entry] of config[list].entries()) {
      if (entry.environment === undefined && names.length > 1) {
        problems.push({
          path: [list, index, "environment"],
          expected: `one of ${names.join(", ")}, as there is more than one environment`,
        });
      } else if (entry.environment !== undefined && !names.includes(entry.environment)) {
        problems.push({ path: [list, index, "environment"], expected: `one of ${names.join(", ")}` });
      }
      if (!("name" in entry)) continue;
      const key = `${entry.environment ?? names[0]} ${entry.name}`;
      if (seen.has(key)) problems.push({ path: [list, index, "name"], expected: "each table once" });
      seen.add(key);
    }
  }
  return problems;
}

function readVariables(variables: Record<string, string | undefined>) {
  const parsed = Variables.safeParse(variables);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => `${String(issue.path[0])}: expected ${issue.message}`);
  throw fail(lines.join("\n"), "Set these environment variables and start again.");
}

/** The tables of the file itself, or of the dbt sources that it names (relative to itself). */
function tablesOf(config: ConfigFile, file: string): ConfigFile["tables"] {
  if (!config.dbt) return config.tables;
  const sources = resolve(dirname(file), config.dbt.sources);
  if (!existsSync(sources)) throw fail(`${file}, dbt.sources: expected a readable file; ${sources} does not exist`);
  return parseDbtSources(sources, readFileSync(sources, "utf8"));
}

/**
 * The whole configuration, from environment variables and the file that PENSTOCK_CONFIG names.
 * @throws AppError `invalid` whose message names each variable, or file line and key, and what was expected there
 */
export function parseEnv(variables: Record<string, string | undefined>): Env {
  const vars = readVariables(variables);
  if (!existsSync(vars.PENSTOCK_CONFIG)) {
    throw fail(
      `PENSTOCK_CONFIG: expected a readable file; ${vars.PENSTOCK_CONFIG} does not exist`,
      "Copy penstock.example.yaml and adapt it.",
    );
  }
  const config = parseConfigFile(vars.PENSTOCK_CONFIG, readFileSync(vars.PENSTOCK_CONFIG, "utf8"), variables, crossRules);
  const isDemo = vars.PENSTOCK_DEMO === "1";
  if (isDemo && !loopback.includes(vars.HOSTNAME)) {
    throw fail(`HOSTNAME: expected a loopback address while PENSTOCK_DEMO=1; found ${JSON.stringify(vars.HOSTNAME)}`);
  }
  if (!isDemo && !config.auth) {
    throw fail(
      `${vars.PENSTOCK_CONFIG} line 1, auth: expected auth.oidc and auth.groups; nothing is there and nobody could sign in`,
      "Add auth, see penstock.example.yaml. PENSTOCK_DEMO=1 is for one machine's own use.",
    );
  }
  const publicUrl = vars.PENSTOCK_PUBLIC_URL ?? config.publicUrl ?? (isDemo ? `http://localhost:${vars.PORT}` : undefined);
  if (publicUrl === undefined) {
    throw fail(
      `${vars.PENSTOCK_CONFIG} line 1, publicUrl: expected the URL that browsers use, such as https://penstock.example.com; nothing is there`,
    );
  }
  const only = config.environments[0]?.name ?? "";
  return {
    databaseUrl: vars.DATABASE_URL,
    publicUrl: new URL(publicUrl).origin,
    isDemo,
    host: vars.HOSTNAME,
    port: vars.PORT,
    authSecret: vars.NEXTAUTH_SECRET,
    auth: config.auth ?? null,
    zone: config.zone ?? "UTC",
    logLevel: vars.PENSTOCK_LOG_LEVEL,
    awsEndpointUrl: vars.AWS_ENDPOINT_URL ?? null,
    replica: `${hostname()}:${process.pid}`,
    environments: config.environments,
    sample: config.sample && { kind: "sample", name: sampleEnvironment, days: config.sample.days, seed: String(config.sample.seed) },
    tables: [
      ...tablesOf(config, vars.PENSTOCK_CONFIG).map((table) => ({
        ...table,
        environment: table.environment ?? config.dbt?.environment ?? only,
      })),
      ...(config.sample ? sampleTables() : []),
    ],
    refresh: config.refresh.map((rule) => ({ ...rule, environment: rule.environment ?? only })),
    alerts: config.alerts,
  };
}

const shared = globalThis as typeof globalThis & { penstockEnv?: Env };

/** The configuration of this process, parsed once. */
export function env(): Env {
  shared.penstockEnv ??= parseEnv(process.env);
  return shared.penstockEnv;
}

/** For a process that checked its configuration by `startEnv`, and may have started the ledger since. */
export function adoptEnv(settings: Env): void {
  shared.penstockEnv = settings;
}

/** By name; the sample last, where it is configured. */
export const configuredEnvironments = (): string[] => [
  ...env().environments.map(({ name }) => name),
  ...(env().sample ? [sampleEnvironment] : []),
];

/** @throws AppError a helpful `not_found` for an environment that is not configured */
export function knownEnvironment(name: string): string {
  if (configuredEnvironments().includes(name)) return name;
  throw new AppError("not_found", `There is no environment ${JSON.stringify(name)}`, {
    remedy: `Known environments: ${configuredEnvironments().join(", ")}.`,
  });
}

/**
 * What lists, sentences and totals are of: the chosen environment, else the real ones; the sample among them never, unless there is nothing else.
 * @throws AppError `not_found` for an environment that is not configured
 */
export function shownEnvironments(chosen: string | undefined): string[] {
  if (chosen !== undefined) return [knownEnvironment(chosen)];
  const real = env().environments.map(({ name }) => name);
  return real.length > 0 ? real : configuredEnvironments();
}

/**
 * The environment of that name, to ask it or to act on it.
 * @throws AppError `not_found`; `conflict` for the sample, behind which nothing runs
 */
export function environmentNamed(name: string): EnvironmentConfig {
  const found = env().environments.find((environment) => environment.name === knownEnvironment(name));
  if (found) return found;
  throw new AppError("conflict", "This is sample data of a simulated company: nothing runs there, so nothing can be started or changed", {
    remedy: "Choose an environment of your own.",
  });
}

/**
 * next-auth reads these two variables by itself: they follow the configuration.
 * @throws AppError `invalid` when NEXTAUTH_URL names another origin, to which people would be sent after sign-in
 */
export function shareAuthVariables(): void {
  const { publicUrl, authSecret } = env();
  const given = process.env.NEXTAUTH_URL;
  if (given !== undefined && (!URL.canParse(given) || new URL(given).origin !== publicUrl)) {
    throw fail(
      `NEXTAUTH_URL: expected ${publicUrl}, the public URL; found ${JSON.stringify(given)}`,
      "Leave it out, or set it to the public URL.",
    );
  }
  process.env.NEXTAUTH_URL = publicUrl;
  process.env.NEXTAUTH_SECRET = authSecret;
}

/** For `npm start`, before there is a ledger: the checked configuration, whether a ledger is to be started, and what the web server inherits. */
export function startEnv(): { settings: Env; isEmbedded: boolean; variables: NodeJS.ProcessEnv } {
  const isEmbedded = !process.env.DATABASE_URL;
  const settings = parseEnv(isEmbedded ? { ...process.env, DATABASE_URL: "postgresql://postgres@127.0.0.1/penstock" } : process.env);
  // The SDK is pinned to a version that runs on this Node; what later ones will need concerns whoever raises the pin.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";
  const variables = {
    ...process.env,
    HOSTNAME: settings.host,
    PORT: String(settings.port),
    PENSTOCK_CONFIG: resolve(/*turbopackIgnore: true*/ process.env.PENSTOCK_CONFIG ?? "penstock.yaml"),
    NEXTAUTH_URL: process.env.NEXTAUTH_URL ?? settings.publicUrl,
  };
  return { settings, isEmbedded, variables };
}
