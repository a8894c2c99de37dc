import { existsSync, mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { type EmbeddedPostgres, startEmbedded } from "@/server/ledger/embedded";
import { migrate } from "@/server/ledger/migrate";
import { option } from "./figures";
import { companyHistory } from "./history/company";
import { copyHistory, copyRuns, historyBytes } from "./history/copy";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = resolve(root, ".local", "bench");
const say = (line: string) => process.stdout.write(`${line}\n`);

/** Tuned as a server of this size would be, durable as in production. */
const settings = ["shared_buffers=1GB", "max_wal_size=8GB", "maintenance_work_mem=512MB", "max_connections=1300"];

const scales: Record<string, number> = { "100k": 100_000, "1M": 1_000_000, "10M": 10_000_000 };
/** The sample company so many times over: 47,500 runs and 176,000 attempts each, two fifths of them of one pipeline. */
const companies: Record<string, number> = { company: 1, "company-20": 20, "company-100": 100 };
const runsOfCompany = 47_500;

export interface BenchLedger extends EmbeddedPostgres {
  runs: number;
}

/** An empty ledger of its own, removed by `stop`. */
export async function emptyLedger(name: string): Promise<EmbeddedPostgres> {
  const dataDir = resolve(folder, `${name}-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  const server = await startEmbedded({ dataDir, database: "penstock", isDurable: true, settings });
  await migrate(server.url);
  return {
    ...server,
    async stop() {
      await server.stop();
      for (const each of [dataDir, `${dataDir}.log`]) rmSync(each, { recursive: true, force: true });
    },
  };
}

/**
 * The ledger of a large company: 1 M runs and 3 M attempts, or the sample company many times over, or what `--scale` says; generated once and kept in .local/bench.
 * @throws when the disk has no room for it
 */
export async function largeLedger(): Promise<BenchLedger> {
  const scale = option("scale") || "1M";
  const factor = companies[scale];
  const runs = factor === undefined ? scales[scale] : factor * runsOfCompany;
  if (runs === undefined) throw new Error(`--scale is one of ${Object.keys({ ...scales, ...companies }).join(", ")}`);
  const dataDir = resolve(folder, `ledger-${scale}`);
  const mark = `${dataDir}.made`;
  mkdirSync(folder, { recursive: true });
  if (!existsSync(mark)) {
    needRoom(scale, historyBytes(runs));
    rmSync(dataDir, { recursive: true, force: true });
  }
  const server = await startEmbedded({ dataDir, database: "penstock", isDurable: true, settings, say });
  await migrate(server.url);
  if (!existsSync(mark)) {
    const began = performance.now();
    const into = { until: new Date(), environment: "prod", say };
    const counts =
      factor === undefined
        ? await copyHistory(server.url, { ...into, seed: 2026, runs, pipelines: 500, days: 400 })
        : await copyRuns(server.url, companyHistory({ ...into, seed: "2026", days: 120, factor }), into);
    say(
      `  ${counts.runs.toLocaleString("en")} runs and ${counts.attempts.toLocaleString("en")} attempts in ${Math.round((performance.now() - began) / 1000)} s`,
    );
    writeFileSync(mark, new Date().toISOString());
  }
  return { ...server, runs: factor === undefined ? runs : await countRuns(server.url) };
}

async function countRuns(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ runs: string }>("select count(*) as runs from run");
  await client.end();
  return Number(rows[0]?.runs);
}

function needRoom(scale: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(folder);
  const gigabytes = (amount: number) => (amount / 1e9).toFixed(1);
  say(
    `  a ledger of ${scale} runs and three times as many attempts takes ${gigabytes(bytes)} GB of ${folder}; ${gigabytes(bavail * bsize)} GB are free`,
  );
  if (bavail * bsize < bytes * 1.2) throw new Error(`not enough room: free ${gigabytes(bytes * 1.2)} GB, or choose a smaller --scale`);
}
