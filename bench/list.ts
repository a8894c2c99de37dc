import autocannon from "autocannon";
import pg from "pg";
import { encodeCursor } from "@/server/ledger/read/cursor";
import { atMost, numberOption, percentile, print } from "./figures";
import { largeLedger } from "./ledger";
import { processorMsBelow, startPenstock } from "./penstock";

/** Runs list at the door, first and deepest page, at a fixed rate with corrected percentiles; beside OFFSET on the same table. */
const rate = numberOption("rate", 20);
const seconds = numberOption("seconds", 10);
const limit = 25;
const order = "order by sort_at desc, environment desc, pipeline desc, run_id desc";

const ledger = await largeLedger();
const client = new pg.Client({ connectionString: ledger.url });
await client.connect();
const { rows } = await client.query<{ at: string; environment: string; pipeline: string; run_id: string }>(
  `select sort_at::text as at, environment, pipeline, run_id from run order by sort_at, environment, pipeline, run_id offset ${limit} limit 1`,
);
const last = rows[0];
if (!last) throw new Error("the ledger is empty");
const deepest = [last.at, last.environment, last.pipeline, last.run_id];

const penstock = await startPenstock({ ledgerUrl: ledger.url, awsUrl: null, runs: "web" });
const door = async (query: string) => {
  const url = `${penstock.url}/api/runs?limit=${limit}${query}`;
  const check = await fetch(url, { headers: penstock.headers });
  const page = (await check.json()) as { items: unknown[] };
  if (check.status !== 200 || page.items.length !== limit) throw new Error(`${url}: ${check.status}, ${page.items?.length} runs`);
  await autocannon({ url, headers: penstock.headers, connections: 2, overallRate: rate, duration: 3 });
  const busy = processorMsBelow(penstock.pid) + processorMsBelow(ledger.pid);
  const measured = await autocannon({ url, headers: penstock.headers, connections: 2, overallRate: rate, duration: seconds });
  const processorMs = (processorMsBelow(penstock.pid) + processorMsBelow(ledger.pid) - busy) / measured.requests.total;
  return { ...measured, processorMs };
};
const sql = async (text: string, values: unknown[], turns: number) => {
  const times: number[] = [];
  for (let turn = 0; turn < turns; turn++) {
    const began = performance.now();
    await client.query(text, values);
    times.push(performance.now() - began);
  }
  return percentile(times, 0.5);
};

try {
  const first = await door("");
  const deep = await door(`&cursor=${encodeCursor(deepest)}`);
  const keyset = `select * from run where not is_gone and (sort_at, environment, pipeline, run_id) < ($1::timestamptz, $2, $3, $4) ${order} limit ${limit + 1}`;
  const sqlFirst = await sql(`select * from run where not is_gone ${order} limit ${limit + 1}`, [], 50);
  const sqlDeep = await sql(keyset, deepest, 50);
  const offset = await sql(`select * from run where not is_gone ${order} limit ${limit + 1} offset ${ledger.runs - limit}`, [], 3);
  const runs = `${(ledger.runs / 1e6).toLocaleString("en")} M runs`;
  print({
    what: `${runs}, first page at the door, p50`,
    value: first.latency.p50,
    unit: "ms",
    target: atMost(first.latency.p50, 15, "ms"),
  });
  print({ what: `${runs}, first page at the door, p99`, value: first.latency.p99, unit: "ms" });
  print({
    what: `${runs}, deepest page at the door, p50`,
    value: deep.latency.p50,
    unit: "ms",
    target: atMost(deep.latency.p50, 15, "ms"),
  });
  print({ what: `${runs}, deepest page at the door, p99`, value: deep.latency.p99, unit: "ms" });
  const ratio = deep.latency.average / first.latency.average;
  print({ what: "deepest / first at the door, mean", value: ratio, unit: "", target: atMost(ratio, 1.2) });
  print({ what: "processor time of a page, server and ledger", value: deep.processorMs, unit: "ms" });
  print({ what: "first page, SQL alone", value: sqlFirst, unit: "ms" });
  print({ what: "deepest page, SQL alone, by key", value: sqlDeep, unit: "ms", peer: { name: "by OFFSET", value: offset } });
} finally {
  await penstock.stop();
  await client.end();
  await ledger.stop();
}
