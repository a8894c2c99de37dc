import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { atMost, numberOption, percentile, print } from "./figures";
import { emptyLedger } from "./ledger";
import { type Penstock, startPenstock } from "./penstock";
import { openViewers } from "./viewers";

/** From NOTIFY to the last of a thousand browsers; beside a server that LISTENs on a connection for each. */
const clients = numberOption("clients", 1_000);
/** Of fewer than a hundred the slowest alone would be the p99. */
const rounds = numberOption("rounds", 300);

const ledger = await emptyLedger("fan-out");
const sender = new pg.Client({ connectionString: ledger.url });
await sender.connect();

/** Of each round: milliseconds until the last had heard. */
async function measure(server: Penstock, count: number): Promise<number[]> {
  let heard = 0;
  let tell: (at: number) => void = () => undefined;
  const viewers = await openViewers(server, count, (keys, at) => {
    if (keys.includes("round") && ++heard === count) tell(at);
  });
  await delay(1_000);
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    heard = 0;
    const last = new Promise<number>((resolve) => {
      tell = resolve;
    });
    const began = performance.now();
    await sender.query(`select pg_notify('penstock', '["round"]')`);
    times.push((await last) - began);
    await delay(150);
  }
  for (const viewer of viewers) viewer.close();
  return times;
}

async function naive(): Promise<Penstock & { close(): Promise<void> }> {
  const open = new Set<pg.Client>();
  const server = createServer(async (_, response: ServerResponse) => {
    const client = new pg.Client({ connectionString: ledger.url });
    await client.connect();
    open.add(client);
    client.on("error", () => undefined);
    client.on("notification", ({ payload }) => response.write(`event: change\ndata: ${JSON.stringify(JSON.parse(payload ?? "[]"))}\n\n`));
    await client.query("listen penstock");
    response.writeHead(200, { "content-type": "text/event-stream" }).write(": connected\n\n");
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    headers: { authorization: "" },
    readyMs: 0,
    pid: process.pid,
    stop: async () => undefined,
    async close() {
      server.closeAllConnections();
      server.close();
      await Promise.all([...open].map((client) => client.end()));
    },
  };
}

try {
  // With the options that `npm start` gives it.
  const penstock = await startPenstock({ ledgerUrl: ledger.url, awsUrl: null, runs: "web", nodeOptions: ["--max-semi-space-size=2"] });
  const own = await measure(penstock, clients).finally(() => penstock.stop());
  const peerServer = await naive();
  const peer = await measure(peerServer, clients);
  await peerServer.close();
  const what = `${clients.toLocaleString("en")} clients, notify to the last receipt`;
  const name = "LISTEN for each";
  print({ what: `${what}, p50`, value: percentile(own, 0.5), unit: "ms", peer: { name, value: percentile(peer, 0.5) } });
  print({
    what: `${what}, p99`,
    value: percentile(own, 0.99),
    unit: "ms",
    peer: { name, value: percentile(peer, 0.99) },
    target: atMost(percentile(own, 0.99), 60, "ms"),
  });
} finally {
  await sender.end();
  await ledger.stop();
}
