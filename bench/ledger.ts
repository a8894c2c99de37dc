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

/** While its rows are written for the first time, and can be again. */
const bulkSettings = ["shared_buffers=1GB", "max_wal_size=8GB", "maintenance_work_mem=1GB", "wal_level=minimal", "max_wal_senders=0"];

const days = 400;
/** Runs, and how often the same history is told, one telling after the other. */
const scales: Record<string, { runs: number; times: number }> = {
  "100k": { runs: 100_000, times: 1 },
  "1M": { runs: 1_000_000, times: 1 },
  "10M": { runs: 1_000_000, times: 10 },
};
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
  const plain = scales[scale];
  const runs = plain ? plain.runs * plain.times : (factor ?? Number.NaN) * runsOfCompany;
  if (Number.isNaN(runs)) throw new Error(`--scale is one of ${Object.keys({ ...scales, ...companies }).join(", ")}`);
  const dataDir = resolve(folder, `ledger-${scale}`);
  const mark = `${dataDir}.made`;
  mkdirSync(folder, { recursive: true });
  const place = { dataDir, database: "penstock", say };
  if (!existsSync(mark)) {
    needRoom(scale, historyBytes(runs));
    rmSync(dataDir, { recursive: true, force: true });
    const bulk = await startEmbedded({ ...place, isDurable: false, settings: bulkSettings });
    await migrate(bulk.url);
    await generate(bulk.url, plain, factor ?? 1);
    await bulk.stop();
    writeFileSync(mark, new Date().toISOString());
  }
  const server = await startEmbedded({ ...place, isDurable: true, settings });
  await migrate(server.url);
  return { ...server, runs: await countRuns(server.url) };
}

async function generate(url: string, plain: { runs: number; times: number } | undefined, factor: number): Promise<void> {
  const began = performance.now();
  const into = { until: new Date(), environment: "prod", say };
  if (plain) {
    const repetition = { times: plain.times, days: days / plain.times };
    const simulation = { ...into, seed: 2026, runs: plain.runs, pipelines: 500, days: repetition.days };
    await copyHistory(url, plain.times > 1 ? { ...simulation, repetition } : simulation);
  } else await copyRuns(url, companyHistory({ ...into, seed: "2026", days: 120, factor }), into);
  say(`  ${(await countRuns(url)).toLocaleString("en")} runs in ${Math.round((performance.now() - began) / 1000)} s`);
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
