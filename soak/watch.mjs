// Preloaded into a web server under trial: at SIGUSR2 it collects garbage and writes what it holds to the file that SOAK_WATCH names.
import { readdirSync, renameSync, writeFileSync } from "node:fs";

const file = process.env.SOAK_WATCH;

process.on("SIGUSR2", async () => {
  for (let turn = 0; turn < 4; turn++) {
    globalThis.gc();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  const pool = globalThis.penstockLedger?.pool;
  const held = {
    rssMib: rss / 2 ** 20,
    heapMib: (heapUsed + external) / 2 ** 20,
    handles: process.getActiveResourcesInfo().filter((kind) => kind !== "Timeout" && kind !== "Immediate").length,
    timers: process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length,
    files: readdirSync("/proc/self/fd").length,
    streams: globalThis.penstockHub?.clients.size ?? 0,
    ledgerBusy: pool ? pool.totalCount - pool.idleCount : 0,
  };
  writeFileSync(`${file}.new`, JSON.stringify(held));
  renameSync(`${file}.new`, file);
});
