import "server-only";
import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { adoptEnv, type Env, startEnv } from "./env";
import { findAppError } from "./errors";
import type { EmbeddedPostgres } from "./ledger/embedded";
import { migrate } from "./ledger/migrate";

/** SIGTERM to end of the web server and the collector; the embedded ledger stops after them. */
const stopDeadlineMs = 4_500;
const root = fileURLToPath(new URL("..", import.meta.url));

/** It makes much garbage and keeps little: V8's 48 MiB of room for what is young would be most of what it holds. */
const webOptions = ["--max-semi-space-size=2"];

const say = (line: string) => process.stdout.write(`penstock: ${line}\n`);

function fail(error: unknown): never {
  const own = findAppError(error);
  process.stderr.write(`penstock: ${own?.message ?? (error instanceof Error ? error.message : String(error))}\n`);
  if (own?.remedy) process.stderr.write(`penstock: ${own.remedy}\n`);
  process.exit(1);
}

async function startLedger(): Promise<EmbeddedPostgres> {
  const { startEmbedded } = await import("./ledger/embedded");
  const postgres = await startEmbedded({ dataDir: resolve(root, ".local", "ledger"), database: "penstock", isDurable: true, say });
  say(`ledger: embedded PostgreSQL in .local/ledger on port ${postgres.port}`);
  return postgres;
}

function startWeb(settings: Env, variables: NodeJS.ProcessEnv): ChildProcess {
  const next = createRequire(import.meta.url).resolve("next/dist/bin/next");
  const preload = fileURLToPath(new URL("./exit-with-parent.mjs", import.meta.url));
  const args = [...webOptions, "--import", preload, next, "start", "--hostname", settings.host, "--port", String(settings.port)];
  // A channel that closes when we die tells the child; its own group keeps Ctrl-C from reaching it before us.
  return spawn(process.execPath, args, { cwd: root, env: variables, stdio: ["ignore", "inherit", "inherit", "ipc"], detached: true });
}

async function stopWeb(web: ChildProcess): Promise<void> {
  if (web.exitCode !== null || web.signalCode !== null) return;
  const ended = new Promise((done) => web.once("exit", done));
  web.kill("SIGTERM");
  const timer = setTimeout(() => web.kill("SIGKILL"), stopDeadlineMs);
  await ended;
  clearTimeout(timer);
}

/** Runs the dashboard: the ledger at this version, the web server beside us and the collector in us, until one of them or we are told to end. */
async function main(): Promise<never> {
  const { settings, isEmbedded, variables } = startEnv();
  const postgres = isEmbedded ? await startLedger() : null;
  const databaseUrl = postgres?.url ?? settings.databaseUrl;
  const stop = new AbortController();
  let web: ChildProcess | null = null;
  let collecting: Promise<void> = Promise.resolve();
  const end = async (code: number) => {
    if (stop.signal.aborted) return;
    stop.abort();
    const collected = collecting.catch(() => undefined);
    await Promise.all([web && stopWeb(web), Promise.race([collected, delay(stopDeadlineMs)])]);
    await postgres?.stop();
    process.exit(code);
  };
  const endAfter = (reason: string) => {
    if (stop.signal.aborted) return;
    process.stderr.write(`penstock: ${reason}; stopping the rest\n`);
    void end(1);
  };
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => void end(0));
  try {
    await migrate(databaseUrl);
  } catch (error) {
    await postgres?.stop();
    fail(error);
  }
  void postgres?.exited.then(() => endAfter("the embedded ledger ended (.local/ledger.log says why)"));
  web = startWeb(settings, { ...variables, DATABASE_URL: databaseUrl });
  web.once("exit", (code, signal) => endAfter(`the web server ended (${signal ?? `exit code ${code}`})`));
  adoptEnv({ ...settings, databaseUrl });
  const { runCollector } = await import("./collector/run");
  if (!stop.signal.aborted) collecting = runCollector(stop.signal);
  collecting.catch((error) => endAfter(`the collector ended (${error instanceof Error ? error.message : error})`));
  return new Promise<never>(() => undefined);
}

await main().catch(fail);
