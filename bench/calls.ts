import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { atMost, numberOption, print } from "./figures";
import { emptyLedger } from "./ledger";
import { needWellAirflow, startPenstock } from "./penstock";
import { startUpstream } from "./upstream";
import { openViewers } from "./viewers";

/** What viewers cost AWS: calls upstream with a thousand open pages and with one, 50 runs running; beside pages that ask through. */
const seconds = numberOption("seconds", 60);
const many = numberOption("viewers", 1_000);
/** How many of the viewers read the list again at each event: the load of reading is another benchmark's. */
const readers = 20;
const pollMs = 3_000;

const ledger = await emptyLedger("calls");
const upstream = await startUpstream();
const penstock = await startPenstock({ ledgerUrl: ledger.url, awsUrl: upstream.url, runs: "all" });

async function callsWith(count: number): Promise<number> {
  let events = 0;
  let reading = Promise.resolve();
  const viewers = await openViewers(penstock, count, () => {
    if (events++ % Math.max(1, Math.floor(count / readers)) !== 0) return;
    reading = reading
      .then(() => fetch(`${penstock.url}/api/runs`, { headers: penstock.headers }))
      .then((answer) => answer.text().then(() => undefined));
  });
  await delay(2_000);
  upstream.takeCalls();
  const began = performance.now();
  for (let turn = 0; performance.now() - began < seconds * 1_000; turn++) {
    upstream.change(turn);
    await delay(1_000);
  }
  const calls = upstream.takeCalls() / ((performance.now() - began) / 60_000);
  if (events === 0) throw new Error("no viewer heard of a change");
  for (const viewer of viewers) viewer.close();
  await reading;
  return calls;
}

/** A page that asks Airflow for runs and tasks through a route, every three seconds. */
async function passThroughWith(count: number): Promise<number> {
  const ask = (Path: string) =>
    fetch(`${upstream.url}/restapi/prod`, { method: "POST", body: JSON.stringify({ Path }) }).then((answer) => answer.text());
  const server = createServer((_, response) => {
    Promise.all([ask("/dags/~/dagRuns"), ask("/dags/~/dagRuns/~/taskInstances")]).then(([runs]) => response.end(runs));
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address() as AddressInfo;
  upstream.takeCalls();
  // One round of each viewer's polls; every minute has twenty of them.
  for (let done = 0; done < count; done += 50)
    await Promise.all(
      Array.from({ length: Math.min(50, count - done) }, () => fetch(`http://127.0.0.1:${port}/`).then((answer) => answer.text())),
    );
  server.closeAllConnections();
  server.close();
  return (upstream.takeCalls() * 60_000) / pollMs;
}

try {
  await delay(15_000); // history and details are read once, after the start
  const one = await callsWith(1);
  const thousand = await callsWith(many);
  await needWellAirflow(penstock);
  await penstock.stop();
  const through = { one: await passThroughWith(1), many: await passThroughWith(many) };
  const ratio = thousand / one;
  print({ what: "calls a minute, 1 viewer", value: one, unit: "", peer: { name: "pass-through", value: through.one } });
  print({
    what: `calls a minute, ${many.toLocaleString("en")} viewers`,
    value: thousand,
    unit: "",
    peer: { name: "pass-through", value: through.many },
  });
  print({
    what: `calls(${many.toLocaleString("en")}) / calls(1)`,
    value: ratio,
    unit: "",
    peer: { name: "pass-through", value: through.many / through.one },
    target: atMost(Number(ratio.toFixed(3)), 1.02),
  });
} finally {
  await penstock.stop();
  await upstream.stop();
  await ledger.stop();
}
