import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { hashToken } from "@/server/ledger/seed-tokens";

const root = fileURLToPath(new URL("..", import.meta.url));

export interface Penstock {
  url: string;
  port: number;
  headers: { authorization: string };
  /** From spawn to the first healthy answer. */
  readyMs: number;
  pid: number;
  stop(): Promise<void>;
}

export interface PenstockOptions {
  ledgerUrl: string;
  /** Null: no AWS, and no collector. */
  awsUrl: string | null;
  /** The web server alone, or all that `npm start` runs. */
  runs: "web" | "all";
  /** Node's own options for the web server, when it runs alone. */
  nodeOptions?: string[];
  /** What its environment has beside the usual. */
  variables?: Record<string, string>;
  /** The program to run them with, when not the one that measures. */
  node?: string;
  /** Days of the sample company to tell, where there is to be one. */
  sampleDays?: number;
}

const freePort = () =>
  new Promise<number>((found) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => found(port));
    });
  });

/** The built dashboard in production mode on `ledgerUrl`, with a viewer's token. */
export async function startPenstock({
  ledgerUrl,
  awsUrl,
  runs,
  nodeOptions = [],
  node = process.execPath,
  variables = {},
  sampleDays,
}: PenstockOptions): Promise<Penstock> {
  const folder = mkdtempSync(join(tmpdir(), "penstock-bench-"));
  const config = join(folder, "penstock.yaml");
  const sample = sampleDays === undefined ? "" : `sample: { seed: 1, days: ${sampleDays} }\n`;
  writeFileSync(config, `${sample}environments:\n  - { name: prod, region: eu-west-1, mwaa: prod }\n`);
  const token = randomBytes(32).toString("base64url");
  await addToken(ledgerUrl, token);
  const port = await freePort();
  const all = ["--conditions=react-server", "--max-semi-space-size=2", "server/start.mjs"];
  const web = [...nodeOptions, "node_modules/next/dist/bin/next", "start", "--hostname", "127.0.0.1", "--port", String(port)];
  const url = `http://127.0.0.1:${port}`;
  const began = performance.now();
  const child = spawn(node, runs === "all" ? all : web, {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      PATH: process.env.PATH,
      ...variables,
      HOME: process.env.HOME,
      NODE_ENV: "production",
      NODE_NO_WARNINGS: "1",
      NEXT_TELEMETRY_DISABLED: "1",
      DATABASE_URL: ledgerUrl,
      PENSTOCK_CONFIG: config,
      PENSTOCK_DEMO: "1",
      PENSTOCK_LOG_LEVEL: "error",
      NEXTAUTH_SECRET: randomBytes(32).toString("hex"),
      HOSTNAME: "127.0.0.1",
      PORT: String(port),
      PENSTOCK_PUBLIC_URL: url,
      NEXTAUTH_URL: url,
      AWS_ENDPOINT_URL: awsUrl ?? "http://127.0.0.1:1",
      AWS_ACCESS_KEY_ID: "bench",
      AWS_SECRET_ACCESS_KEY: "bench",
    },
  });
  // A measurement that fails leaves nothing running.
  process.once("exit", () => child.kill("SIGKILL"));
  await untilHealthy(child, url);
  return {
    url,
    port,
    headers: { authorization: `Bearer ${token}` },
    readyMs: performance.now() - began,
    pid: child.pid ?? 0,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = new Promise((done) => child.once("exit", done));
        child.kill("SIGTERM");
        await ended;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function untilHealthy(child: ChildProcess, url: string): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error("Penstock did not start");
    const answer = await fetch(`${url}/api/health`).catch(() => null);
    if (answer?.ok) return;
    await delay(10);
  }
}

/** @throws when reading Airflow fails: what is measured then is how Penstock waits for it */
export async function needWellAirflow({ url, headers }: Penstock): Promise<void> {
  const answer = await fetch(`${url}/api/sources`, { headers });
  const { items } = (await answer.json()) as { items: { name: string; state: string; reason?: string }[] };
  const airflow = items.find(({ name }) => name === "airflow");
  if (airflow?.state !== "ok" || airflow.reason !== undefined) throw new Error(`Airflow is ${airflow?.state}: ${airflow?.reason}`);
}

async function addToken(url: string, token: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(
    `insert into api_token (id, name, role, token_hash, created_at, created_by) values ('bench', 'bench', 'viewer', $1, now(), 'bench')
     on conflict (id) do update set token_hash = excluded.token_hash`,
    [hashToken(token)],
  );
  await client.end();
}

export interface Memory {
  name: string;
  pid: number;
  /** Own and a fair share of what is shared with others. */
  pssMib: number;
  rssMib: number;
}

/** The process and all below it. */
export function memoryOf(pid: number): Memory[] {
  const read = (file: string) => readFileSync(`/proc/${pid}/${file}`, "utf8");
  const rollup = read("smaps_rollup");
  const kib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(rollup)?.[1] ?? 0);
  const name = read("cmdline")
    .split("\0")
    .filter((part) => part !== "" && !part.startsWith("--"))
    .slice(0, 3)
    .map((part) => part.replace(root, ""))
    .join(" ");
  const children = read(`task/${pid}/children`).trim().split(" ").filter(Boolean).map(Number);
  return [{ name, pid, pssMib: kib("Pss") / 1024, rssMib: kib("Rss") / 1024 }, ...children.flatMap(memoryOf)];
}

/** Processor time of a process and all below it. */
export function processorMsBelow(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
  const ticks = Number(fields[11]) + Number(fields[12]);
  return ticks * 10 + children.reduce((sum, each) => sum + processorMsBelow(each), 0);
}
