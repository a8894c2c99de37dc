import { type ChildProcess, execFile, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { Client } from "pg";
import { z } from "zod";
import type { Role } from "@/lib/schemas/user";
import { platform, processesWith, readState, stateDir, Tokens } from "./platform";

const readyMs = 90_000;
/** `npm start` ends within five seconds of SIGTERM; a busy machine gets more. */
const stopMs = 15_000;
const fromTheServer = ["--conditions=react-server", "--import", "tsx"];

export interface PenstockSpec {
  /** Unique among those that run at a time: names its files, its log and, without `ledgerUrl`, its database. */
  name: string;
  /** The content of penstock.yaml; without it, the platform's own. */
  config?: object;
  /** Without it, an empty ledger of its own on the platform's ledger server. */
  ledgerUrl?: string;
  port: number;
  env?: Record<string, string>;
}

/** `collector`: the process of `npm start`, in which it runs. */
export type PenstockPart = "collector" | "web server";

export interface Penstock {
  url: string;
  /** Of its own ledger, or of the platform's; in another one's, whoever made it has them. */
  tokens: Record<Role, string>;
  ledgerUrl: string;
  logFile: string;
  /** As an operator stops it: SIGTERM, and the end of everything. */
  stop(): Promise<void>;
  /** As a machine that loses power: SIGKILL to all of it at once, or to one part. */
  kill(part?: PenstockPart): Promise<void>;
  processes(): { part: PenstockPart; pid: number }[];
}

const isGone = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null;

/** Starts one more Penstock, collector and web server, beside the test platform's: `npm start` with a configuration, a port and a ledger of its own. */
export async function startPenstock(spec: PenstockSpec): Promise<Penstock> {
  const folder = path.join(stateDir, "second", spec.name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const url = `http://localhost:${spec.port}`;
  const marker = `PENSTOCK_SECOND=${folder}`;
  const ledgerUrl = spec.ledgerUrl ?? (await emptyLedger(spec.name));
  const { env } = readState("dashboard.json", z.object({ env: z.record(z.string(), z.string()) }));
  const config = path.join(folder, "penstock.yaml");
  // JSON is YAML.
  writeFileSync(config, spec.config ? JSON.stringify(spec.config) : readFileSync(path.join(stateDir, "penstock.yaml")));
  const variables = {
    ...env,
    DATABASE_URL: ledgerUrl,
    PENSTOCK_CONFIG: config,
    PENSTOCK_PUBLIC_URL: url,
    NEXTAUTH_URL: url,
    PORT: String(spec.port),
    PENSTOCK_SECOND: folder,
    ...spec.env,
  } as unknown as NodeJS.ProcessEnv;
  const tokensFile = spec.ledgerUrl ? path.join(stateDir, "tokens.json") : path.join(folder, "tokens.json");
  if (!spec.ledgerUrl)
    await promisify(execFile)(process.execPath, [...fromTheServer, "server/ledger/seed-tokens.ts", tokensFile], { env: variables });

  const logFile = path.join(folder, "penstock.log");
  const output = openSync(logFile, "a");
  const child = spawn(process.execPath, ["--conditions=react-server", "server/start.mjs"], {
    env: variables,
    stdio: ["ignore", output, output],
  });
  closeSync(output);
  const partOf = (pid: number): PenstockPart => (pid === child.pid ? "collector" : "web server");
  const processes = () => processesWith(marker).map((pid) => ({ part: partOf(pid), pid }));
  const ended = async (pids: number[]) => {
    const until = Date.now() + stopMs;
    while (processesWith(marker).some((pid) => pids.includes(pid))) {
      if (Date.now() > until) throw new Error(`${spec.name} has not ended; see ${logFile}`);
      await delay(50);
    }
  };
  const penstock: Penstock = {
    url,
    tokens: Tokens.parse(JSON.parse(readFileSync(tokensFile, "utf8"))),
    ledgerUrl,
    logFile,
    processes,
    async stop() {
      child.kill("SIGTERM");
      await ended(processesWith(marker));
    },
    async kill(part) {
      // The parent last: its end would tell the others to end in order.
      const doomed = processes()
        .filter((each) => part === undefined || each.part === part)
        .sort((a, b) => Number(a.part === "collector") - Number(b.part === "collector"))
        .map((each) => each.pid);
      if (doomed.length === 0) throw new Error(`${spec.name} has no ${part ?? "process"} to kill`);
      for (const pid of doomed) process.kill(pid, "SIGKILL");
      await ended(doomed);
    },
  };
  await untilHealthy(penstock, child).catch(async (error: unknown) => {
    if (!isGone(child)) await penstock.kill();
    throw error;
  });
  return penstock;
}

async function untilHealthy({ url, logFile }: Penstock, child: ChildProcess): Promise<void> {
  const until = Date.now() + readyMs;
  const isHealthy = () =>
    fetch(`${url.replace("localhost", "127.0.0.1")}/api/health`, { signal: AbortSignal.timeout(3_000) }).then(
      (response) => response.ok,
      () => false,
    );
  while (!(await isHealthy())) {
    if (isGone(child) || Date.now() > until)
      throw new Error(`${isGone(child) ? "it ended" : "it was not ready in time"}:\n${readFileSync(logFile, "utf8").slice(-4_000)}`);
    await delay(200);
  }
}

/** A database of that name on the platform's ledger server, made anew. */
async function emptyLedger(name: string): Promise<string> {
  const database = `penstock_${name.replace(/\W/g, "_").toLowerCase()}`;
  const client = new Client({ connectionString: platform.ledgerUrl });
  await client.connect();
  try {
    await client.query(`drop database if exists ${database} with (force)`);
    await client.query(`create database ${database}`);
  } finally {
    await client.end();
  }
  const url = new URL(platform.ledgerUrl);
  url.pathname = `/${database}`;
  return url.href;
}
