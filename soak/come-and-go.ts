import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { emptyLedger } from "../bench/ledger";
import { type Penstock, startPenstock } from "../bench/penstock";

interface Held {
  rssMib: number;
  heapMib: number;
  handles: number;
  timers: number;
  files: number;
  streams: number;
  ledgerBusy: number;
}

const at = process.argv.indexOf("--count");
const count = at < 0 ? 10_000 : Number(process.argv[at + 1]);
const atOnce = 50;
const warmUp = Math.min(1_000, count);
/** What one trial may leave by chance: pages of V8's heap that are half full. */
const mostHeapMib = 4;
const mostRssMib = 16;

const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
const folder = mkdtempSync(join(tmpdir(), "penstock-soak-"));
const file = join(folder, "held.json");

async function held(penstock: Penstock): Promise<Held> {
  rmSync(file, { force: true });
  process.kill(penstock.pid, "SIGUSR2");
  while (!existsSync(file)) await delay(20);
  return JSON.parse(readFileSync(file, "utf8")) as Held;
}

/** Requests that were given up are answered all the same: what is left of them has so long to end. */
const longestRestMs = 180_000;

/** The pool of the ledger lets go of what it has not used for half a minute. */
const poolRestMs = 35_000;

/** When nobody is connected any more, no answer is under way and no file is open that was not `before`, or when that has been waited for long enough. */
async function settled(penstock: Penstock, before?: Held): Promise<Held> {
  const until = performance.now() + longestRestMs;
  for (;;) {
    await delay(poolRestMs);
    const now = await held(penstock);
    const isBack = now.streams === 0 && now.ledgerBusy === 0 && (!before || now.files <= before.files);
    if (isBack || performance.now() > until) return now;
  }
}

/** A browser that opens its stream, hears that it is open, and leaves. */
const reconnect = (penstock: Penstock) =>
  new Promise<void>((done, fail) => {
    const request = get(`${penstock.url}/api/stream`, { headers: penstock.headers, agent: false }, (response) => {
      if (response.statusCode !== 200) fail(new Error(`/api/stream: ${response.statusCode}`));
      response.once("data", () => request.destroy());
      response.once("error", () => undefined);
    });
    request.once("error", () => undefined);
    request.once("close", () => done());
  });

const doors = ["/api/runs", "/api/pipelines", "/api/status", "/api/sources", "/api/openapi.json"];

/** A request that is given up before, while or after it is answered. */
const abort = (penstock: Penstock, turn: number) =>
  new Promise<void>((done) => {
    const request = get(`${penstock.url}${doors[turn % doors.length]}`, { headers: penstock.headers, agent: false }, (response) => {
      response.once("data", () => request.destroy());
      response.once("error", () => undefined);
    });
    request.once("error", () => undefined);
    request.once("close", () => done());
    setTimeout(() => request.destroy(), (turn * 7) % 30);
  });

async function times(total: number, work: (turn: number) => Promise<void>): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (next < total) await work(next++);
    }),
  );
}

const ledger = await emptyLedger("soak");
const penstock = await startPenstock({
  ledgerUrl: ledger.url,
  awsUrl: null,
  runs: "web",
  nodeOptions: ["--expose-gc", "--import", "./soak/watch.mjs"],
  variables: { SOAK_WATCH: file },
});

function compare(what: string, before: Held, after: Held): void {
  const change = (name: keyof Held, unit = "") => `${before[name].toFixed(unit ? 1 : 0)} → ${after[name].toFixed(unit ? 1 : 0)}${unit}`;
  say({ figure: `${what}: heap`, value: change("heapMib", " MiB") });
  say({ figure: `${what}: resident`, value: change("rssMib", " MiB") });
  say({ figure: `${what}: files, handles, timers`, value: [change("files"), change("handles"), change("timers")].join(" · ") });
  say({ check: `${what}: the heap is back (${change("heapMib", " MiB")})`, isRight: after.heapMib - before.heapMib <= mostHeapMib });
  say({ check: `${what}: memory is back (${change("rssMib", " MiB")})`, isRight: after.rssMib - before.rssMib <= mostRssMib });
  say({ check: `${what}: no file stays open (${change("files")})`, isRight: after.files <= before.files });
  say({ check: `${what}: no handle stays (${change("handles")})`, isRight: after.handles <= before.handles });
  say({ check: `${what}: no stream is kept`, isRight: after.streams === 0 });
  say({ check: `${what}: no ledger connection is held`, isRight: after.ledgerBusy === 0 });
}

try {
  await times(warmUp, () => reconnect(penstock));
  await times(warmUp, (turn) => abort(penstock, turn));
  const before = await settled(penstock);
  await times(count, () => reconnect(penstock));
  const between = await settled(penstock, before);
  compare(`${count.toLocaleString("en")} reconnects`, before, between);
  await times(count, (turn) => abort(penstock, turn));
  const after = await settled(penstock, between);
  compare(`${count.toLocaleString("en")} aborted requests`, between, after);
  const answer = await fetch(`${penstock.url}/api/runs`, { headers: penstock.headers });
  say({ check: "it answers as before", isRight: answer.status === 200 });
} finally {
  await penstock.stop();
  await ledger.stop();
  rmSync(folder, { recursive: true, force: true });
}
