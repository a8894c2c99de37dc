import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { type Binaries, findBinaries, runAs, unprivileged } from "./embedded-binaries";

export interface EmbeddedOptions {
  /** Folder of the cluster; made by initdb when absent. `<dataDir>.log` beside it is the server's log. */
  dataDir: string;
  /** 0 or absent: a free one. */
  port?: number;
  /** Superuser; its password is random and kept in the data folder. */
  user?: string;
  /** Made when absent. */
  database: string;
  /** False: fsync off, for data that can be made again. */
  isDurable: boolean;
  /** Further `-c` settings, such as `max_connections=200`. */
  settings?: string[];
  /** One line for each thing a person should know. */
  say?: (line: string) => void;
}

export interface EmbeddedPostgres {
  url: string;
  port: number;
  pid: number;
  password: string;
  /** Resolves when the server ended, for whatever reason. */
  exited: Promise<void>;
  /** Fast shutdown; resolves when the process is gone. */
  stop(): Promise<void>;
}

const startDeadlineMs = 60_000;
const stopDeadlineMs = 8_000;

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
};

/** Start time and command of a process: tells it from a later one with the same id. */
function describeProcess(pid: number): string | null {
  const found = spawnSync("ps", ["-o", "lstart=,command=", "-p", String(pid)], { encoding: "utf8" });
  if (found.status === 0) return found.stdout.trim();
  return existsSync(`/proc/${pid}/cmdline`) ? readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ") : null;
}

async function waitForEnd(pid: number, deadlineMs: number): Promise<boolean> {
  const until = Date.now() + deadlineMs;
  while (isAlive(pid)) {
    if (Date.now() > until) return false;
    await delay(20);
  }
  return true;
}

async function stopServer(pid: number): Promise<void> {
  for (const signal of ["SIGINT", "SIGQUIT", "SIGKILL"] as const) {
    if (!isAlive(pid)) return;
    process.kill(pid, signal);
    if (await waitForEnd(pid, stopDeadlineMs)) return;
  }
}

/** Ends the server that a crash left on this folder; refuses when its owner still runs. */
async function clearLeftover(dataDir: string, say: (line: string) => void): Promise<void> {
  const ownerFile = `${dataDir}.owner`;
  const owner = existsSync(ownerFile) ? (JSON.parse(readFileSync(ownerFile, "utf8")) as { pid: number; process: string | null }) : null;
  if (owner && owner.pid !== process.pid && isAlive(owner.pid) && describeProcess(owner.pid) === owner.process) {
    throw new Error(`${dataDir} is in use by process ${owner.pid} (${owner.process ?? "unknown"}): stop that one first`);
  }
  const pidFile = resolve(dataDir, "postmaster.pid");
  if (!existsSync(pidFile)) return;
  const [pidText = "", folder = ""] = readFileSync(pidFile, "utf8").split("\n");
  const pid = Number(pidText);
  // After a reboot the id may be anybody's: only a process that runs on this very folder is ours.
  if (Number.isInteger(pid) && pid > 1 && resolve(folder) === resolve(dataDir) && describeProcess(pid)?.includes(dataDir)) {
    await stopServer(pid);
    say(`stopped the PostgreSQL that an earlier run left behind (process ${pid})`);
  }
  rmSync(pidFile, { force: true });
}

function initialise(binaries: Binaries, options: EmbeddedOptions): void {
  const fresh = `${options.dataDir}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true, mode: 0o700 });
  const passwordFile = `${options.dataDir}.pw`;
  const password = randomBytes(24).toString("hex");
  const runner = unprivileged();
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (runner.owner !== null) {
    execFileSync("chown", [String(runner.owner), fresh, passwordFile]);
  }
  const initdb = [binaries.initdb, "-D", fresh, "-U", options.user ?? "postgres", "-A", "scram-sha-256", `--pwfile=${passwordFile}`];
  const [command, ...rest] = runAs(runner, [...initdb, "-E", "UTF8", "--locale=C", ...(options.isDurable ? [] : ["--no-sync"])]);
  const made = spawnSync(command, rest, { encoding: "utf8" });
  rmSync(passwordFile, { force: true });
  if (made.status !== 0) {
    throw new Error(
      `initdb failed in ${options.dataDir}: ${(made.stderr || made.error?.message || "").trim().split("\n").slice(-3).join(" ")}`,
    );
  }
  writeFileSync(resolve(fresh, "penstock.password"), password, { mode: 0o600 });
  renameSync(fresh, options.dataDir);
}

const freePort = () =>
  new Promise<number>((found, fail) => {
    const server = createServer();
    server.once("error", fail);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => found(typeof address === "object" && address ? address.port : 0));
    });
  });

function tail(file: string): string {
  return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n").slice(-4).join(" | ") : "";
}

async function waitUntilReady(child: ChildProcess, url: string, database: string, logFile: string): Promise<void> {
  const until = Date.now() + startDeadlineMs;
  const admin = new URL(url);
  admin.pathname = "/postgres";
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`PostgreSQL did not start: ${tail(logFile)}`);
    const client = new pg.Client({ connectionString: admin.href, connectionTimeoutMillis: 2_000 });
    client.on("error", () => undefined);
    try {
      await client.connect();
      const known = await client.query("select 1 from pg_database where datname = $1", [database]);
      if (known.rowCount === 0) await client.query(`create database ${pg.escapeIdentifier(database)}`);
      await client.end();
      return;
    } catch (error) {
      await client.end().catch(() => undefined);
      if (Date.now() > until) throw new Error(`PostgreSQL does not answer: ${(error as Error).message}; ${tail(logFile)}`);
      await delay(25);
    }
  }
}

const urlOf = (user: string, password: string, port: number, database: string) =>
  `postgresql://${user}:${password}@127.0.0.1:${port}/${database}`;

/** The server that runs on this folder, started by whomever; null when none does. */
export function runningEmbedded({ dataDir, user = "postgres", database }: Pick<EmbeddedOptions, "dataDir" | "user" | "database">) {
  const folder = resolve(dataDir);
  const pidFile = resolve(folder, "postmaster.pid");
  if (!existsSync(pidFile)) return null;
  const [pid, , , port] = readFileSync(pidFile, "utf8").split("\n").map(Number);
  if (!pid || !port || !describeProcess(pid)?.includes(folder)) return null;
  return { url: urlOf(user, readPassword(folder), port, database) };
}

const readPassword = (dataDir: string) => readFileSync(resolve(dataDir, "penstock.password"), "utf8").trim();

/**
 * Starts a real PostgreSQL from the npm package, on loopback TCP only. What an earlier crash left running on the folder is stopped first.
 * The server also ends when this process does, however that happens (on Linux).
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const dataDir = resolve(options.dataDir);
  const say = options.say ?? (() => undefined);
  const binaries = findBinaries();
  mkdirSync(dirname(dataDir), { recursive: true });
  await clearLeftover(dataDir, say);
  if (!existsSync(resolve(dataDir, "PG_VERSION"))) initialise(binaries, { ...options, dataDir });
  const password = readPassword(dataDir);
  const port = options.port || (await freePort());
  const relaxed = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"];
  const settings = ["listen_addresses=127.0.0.1", `port=${port}`, "unix_socket_directories=", "timezone=UTC", "log_timezone=UTC"]
    .concat(options.isDurable ? [] : relaxed, options.settings ?? [])
    .flatMap((setting) => ["-c", setting]);

  const logFile = `${dataDir}.log`;
  const output = openSync(logFile, "w");
  chmodSync(logFile, 0o600);
  const [command, ...rest] = runAs(unprivileged(), [binaries.postgres, "-D", dataDir, ...settings], { endsWithParent: true });
  // A process group of its own: Ctrl-C in a terminal must not end the ledger before those who write to it.
  const child = spawn(command, rest, { stdio: ["ignore", output, output], detached: true });
  closeSync(output);
  const exited = new Promise<void>((done) => {
    child.once("exit", () => done());
    child.once("error", () => done());
  });
  const url = urlOf(options.user ?? "postgres", password, port, options.database);
  try {
    await waitUntilReady(child, url, options.database, logFile);
  } catch (error) {
    if (child.pid) await stopServer(child.pid);
    throw error;
  }
  const pid = child.pid ?? 0;
  writeFileSync(`${dataDir}.owner`, JSON.stringify({ pid: process.pid, process: describeProcess(process.pid) }));
  return {
    url,
    port,
    pid,
    password,
    exited,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) await stopServer(pid);
      await exited;
      rmSync(`${dataDir}.owner`, { force: true });
    },
  };
}
