import { setTimeout as delay } from "node:timers/promises";
import { atMost, numberOption, percentile, print } from "./figures";
import { emptyLedger } from "./ledger";
import { needWellAirflow, startPenstock } from "./penstock";
import { startUpstream } from "./upstream";
import { openViewer } from "./viewers";

/** From a change upstream to the event at the browser, while runs are active; beside a page that polls every three seconds. */
const changes = numberOption("changes", 60);
const periodMs = 2_000;
const pollMs = 3_000;

const ledger = await emptyLedger("staleness");
const upstream = await startUpstream();
const penstock = await startPenstock({ ledgerUrl: ledger.url, awsUrl: upstream.url, runs: "all" });
const changedAt = new Map<string, number>();
const waits: number[] = [];
const polled: number[] = [];

try {
  await delay(15_000);
  const viewer = await openViewer(penstock, (keys, at) => {
    for (const key of keys) {
      const since = changedAt.get(key);
      if (since === undefined) continue;
      waits.push(at - since);
      changedAt.delete(key);
    }
  });
  const open = new Set<number>();
  const poll = setInterval(() => {
    for (const since of open) polled.push(performance.now() - since);
    open.clear();
  }, pollMs);
  for (let turn = 0; turn < changes; turn++) {
    const at = performance.now();
    changedAt.set(upstream.change(turn).key, at);
    open.add(at);
    await delay(400 + ((turn * 619) % 1_000));
  }
  await delay(2 * periodMs);
  clearInterval(poll);
  viewer.close();
  if (waits.length < changes) throw new Error(`${changes - waits.length} of ${changes} changes were never told`);
  await needWellAirflow(penstock);
  const p95 = percentile(waits, 0.95);
  print({
    what: `${changes} changes, upstream to event, p50`,
    value: percentile(waits, 0.5),
    unit: "ms",
    peer: { name: "polling every 3 s", value: percentile(polled, 0.5) },
  });
  print({
    what: "p95",
    value: p95,
    unit: "ms",
    peer: { name: "polling every 3 s", value: percentile(polled, 0.95) },
    target: atMost(p95, periodMs + 150, "ms (period + 150)"),
  });
} finally {
  await penstock.stop();
  await upstream.stop();
  await ledger.stop();
}
