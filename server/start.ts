import "server-only";
import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type Env, startEnv } from "./env";
import { findAppError } from "./errors";
import type { EmbeddedPostgres } from "./ledger/embedded";
import { migrate } from "./ledger/migrate";

/** SIGTERM to end of both children; the embedded ledger stops after them. */
const stopDeadlineMs = 4_500;
const root = fileURLToPath(new URL("..", import.meta.url));
/** Set by compile.mjs. */
declare const isCompiled: boolean | undefined;

/** Both make much garbage and keep little: V8's 48 MiB of room for what is young would be most of what they hold. */
const youngMib = { collector: "--max-semi-space-size=2", web: "--max-semi-space-size=4" };

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

function startChildren(settings: Env, variables: NodeJS.ProcessEnv): Map<string, ChildProcess> {
  const next = createRequire(import.meta.url).resolve("next/dist/bin/next");
  const preload = fileURLToPath(new URL("./exit-with-parent.mjs", import.meta.url));
  const collector =
    typeof isCompiled === "undefined"
      ? ["--conditions=react-server", "--import", "tsx", fileURLToPath(new URL("./collector/main.ts", import.meta.url))]
      : [fileURLToPath(new URL("../.next/penstock/collector/main.mjs", import.meta.url))];
  const commands = new Map([
    ["collector", [youngMib.collector, ...collector]],
    ["web server", [youngMib.web, "--import", preload, next, "start", "--hostname", settings.host, "--port", String(settings.port)]],
  ]);
  return new Map(
    [...commands].map(([name, args]) => [
      name,
      // A channel that closes when we die tells the child; its own group keeps Ctrl-C from reaching it before us.
      spawn(process.execPath, args, { cwd: root, env: variables, stdio: ["ignore", "inherit", "inherit", "ipc"], detached: true }),
    ]),
  );
}

const hasEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null;

async function stopChildren(children: Map<string, ChildProcess>): Promise<void> {
  const running = [...children.values()].filter((child) => !hasEnded(child));
  const ended = Promise.all(running.map((child) => new Promise((done) => child.once("exit", done))));
  for (const child of running) child.kill("SIGTERM");
  const timer = setTimeout(() => {
    for (const child of running) if (!hasEnded(child)) child.kill("SIGKILL");
  }, stopDeadlineMs);
  await ended;
  clearTimeout(timer);
}

/** Runs the dashboard: the ledger at this version, the collector and the web server, until one of them or we are told to end. */
async function main(): Promise<never> {
  const { settings, isEmbedded, variables } = startEnv();
  const postgres = isEmbedded ? await startLedger() : null;
  const databaseUrl = postgres?.url ?? settings.databaseUrl;
  let children = new Map<string, ChildProcess>();
  let isEnding = false;
  const end = async (code: number) => {
    if (isEnding) return;
    isEnding = true;
    await stopChildren(children);
    await postgres?.stop();
    process.exit(code);
  };
  process.on("SIGTERM", () => void end(0));
  process.on("SIGINT", () => void end(0));
  process.on("SIGHUP", () => void end(0));
  try {
    await migrate(databaseUrl);
  } catch (error) {
    await postgres?.stop();
    fail(error);
  }
  void postgres?.exited.then(() => {
    if (isEnding) return;
    process.stderr.write("penstock: the embedded ledger ended; stopping the rest. .local/ledger.log says why\n");
    void end(1);
  });
  children = startChildren(settings, { ...variables, DATABASE_URL: databaseUrl });
  for (const [name, child] of children) {
    child.once("exit", (code, signal) => {
      if (isEnding) return;
      process.stderr.write(`penstock: the ${name} ended (${signal ?? `exit code ${code}`}); stopping the rest\n`);
      void end(1);
    });
  }
  return new Promise<never>(() => undefined);
}

await main().catch(fail);
