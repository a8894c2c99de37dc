import { chmodSync, copyFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { atMost, numberOption, percentile, print } from "./figures";
import { emptyLedger } from "./ledger";
import { memoryOf, startPenstock } from "./penstock";
import { startUpstream } from "./upstream";

/** From `npm start` to the first healthy answer, and what each process holds when nothing happens; beside the web server alone. */
const turns = numberOption("turns", 5);
const idleMs = numberOption("idle-seconds", 20) * 1_000;

const ledger = await emptyLedger("start");
// A copy: whoever else runs the same file, as we do, would bear a part of what it takes.
const node = join(tmpdir(), `penstock-bench-node-${process.pid}`);
copyFileSync(process.execPath, node);
chmodSync(node, 0o755);
const upstream = await startUpstream(0);

async function measure(runs: "all" | "web") {
  const ready: number[] = [];
  for (let turn = 0; turn < turns; turn++) {
    const penstock = await startPenstock({ ledgerUrl: ledger.url, awsUrl: upstream.url, runs, node });
    ready.push(penstock.readyMs);
    await penstock.stop();
  }
  const penstock = await startPenstock({ ledgerUrl: ledger.url, awsUrl: upstream.url, runs, node });
  await fetch(`${penstock.url}/api/runs`, { headers: penstock.headers });
  await delay(idleMs);
  const processes = memoryOf(penstock.pid);
  await penstock.stop();
  return { readyMs: percentile(ready, 0.5), processes, pssMib: processes.reduce((sum, each) => sum + each.pssMib, 0) };
}

try {
  const all = await measure("all");
  const web = await measure("web");
  const name = "next start alone";
  print({
    what: "ready, median",
    value: all.readyMs,
    unit: "ms",
    peer: { name, value: web.readyMs },
    target: atMost(all.readyMs, 1_000, "ms"),
  });
  for (const each of all.processes) print({ what: `idle, ${each.name || each.pid}: PSS`, value: each.pssMib, unit: "MiB" });
  print({
    what: "idle, all processes: PSS",
    value: all.pssMib,
    unit: "MiB",
    peer: { name, value: web.pssMib },
    target: atMost(all.pssMib, 130, "MiB"),
  });
} finally {
  rmSync(node);
  await upstream.stop();
  await ledger.stop();
}
