import "server-only";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { isSample } from "@/lib/schemas/sample";
import type { User } from "@/lib/schemas/user";
import { version } from "@/package.json";
import { allow } from "./auth";
import { flushCalls } from "./calls";
import { findAppError } from "./errors";
import { callsThisHour, judgeSource } from "./health";
import { pingLedger } from "./ledger/db";
import { selectLease, selectSize } from "./ledger/read/size";
import { type CallRow, selectCalls, selectSources } from "./ledger/read/sources";
import { perSecond } from "./sources/budgets";
import { openStreams } from "./stream";

function create() {
  const register = new Registry();
  collectDefaultMetrics({ register });
  const metric = <L extends string>(name: string, help: string, labelNames: L[]) => ({ name, help, labelNames, registers: [register] });
  const ofSource = ["environment", "source"] as const;
  const counted = (name: string, what: string) =>
    new Counter(metric(name, `${what}, of all processes, since this one began to watch.`, [...ofSource, "operation"]));
  const gauge = <L extends string>(name: string, help: string, labelNames: L[] = []) => new Gauge(metric(name, help, labelNames));
  const build = gauge("penstock_build_info", "1; what runs.", ["version", "node"]);
  build.set({ version, node: process.version }, 1);
  const budget = gauge("penstock_source_budget_per_second", "Requests a second that Penstock allows itself.", ["source"]);
  for (const [source, allowed] of Object.entries(perSecond)) budget.set({ source }, allowed);
  return {
    register,
    requests: new Histogram({
      ...metric("penstock_http_request_seconds", "Time to the head of the answer, by route and status.", ["method", "route", "status"]),
      buckets: [0.005, 0.015, 0.05, 0.15, 0.5, 1.5, 5, 15],
    }),
    calls: counted("penstock_source_calls_total", "Requests to a system"),
    throttled: counted("penstock_source_throttled_total", "Requests that a system refused for want of capacity"),
    failed: counted("penstock_source_failed_total", "Requests that failed otherwise"),
    callsHour: gauge("penstock_source_calls_this_hour", "Requests of the collector in this clock hour.", [...ofSource]),
    age: gauge("penstock_source_age_seconds", "Time since a source was last read with success.", [...ofSource]),
    cursorAge: gauge("penstock_source_cursor_age_seconds", "Time since where the next look begins.", [...ofSource]),
    isOk: gauge("penstock_source_ok", "1 while a source is current.", [...ofSource]),
    ledger: gauge("penstock_ledger_up", "1 while the ledger answers."),
    ledgerBytes: gauge("penstock_ledger_bytes", "Size of the ledger's database."),
    tableRows: gauge("penstock_ledger_table_rows", "Rows by PostgreSQL's own estimate.", ["table"]),
    tableBytes: gauge("penstock_ledger_table_bytes", "Size of a table with its indexes.", ["table"]),
    hasLeader: gauge("penstock_leader", "1 while some collector holds the lease.", ["holder"]),
    epoch: gauge("penstock_leader_epoch", "Counts the changes of leadership."),
    streams: gauge("penstock_streams_open", "Browsers that are connected for changes."),
  };
}

type Metrics = ReturnType<typeof create>;
const shared = globalThis as typeof globalThis & { penstockMetrics?: Metrics; penstockSeenCalls?: Map<string, CallRow> };

/** One registry for all entries of a web process. */
function metrics(): Metrics {
  shared.penstockMetrics ??= create();
  return shared.penstockMetrics;
}

export function observeRequest(method: string, route: string, status: number, ms: number): void {
  metrics().requests.observe({ method, route, status: String(status) }, ms / 1000);
}

/** Counters go on by what the ledger's counts of this hour and the last have grown since the last time; what was there at the first look is not theirs. */
function countCalls({ calls, throttled, failed }: Metrics, rows: CallRow[]): void {
  const isFirst = shared.penstockSeenCalls === undefined;
  const before = shared.penstockSeenCalls ?? new Map<string, CallRow>();
  const seen = new Map<string, CallRow>();
  for (const row of rows) {
    const { environment, source, operation } = row;
    const key = JSON.stringify([environment, source, operation, row.hour]);
    const labels = { environment, source, operation };
    const known = isFirst ? row : before.get(key);
    calls.inc(labels, Math.max(0, row.calls - (known?.calls ?? 0)));
    throttled.inc(labels, Math.max(0, row.throttled - (known?.throttled ?? 0)));
    failed.inc(labels, Math.max(0, row.failed - (known?.failed ?? 0)));
    seen.set(key, row);
  }
  shared.penstockSeenCalls = seen;
}

/** Nobody is called for the sample, and nobody is to be woken for it. */
const isReal = ({ environment }: { environment: string }) => !isSample(environment);

/** A cursor that says from when on it reads. */
function cursorTime(cursor: unknown): number | null {
  const since = (cursor as { since?: unknown } | null)?.since;
  const at = typeof since === "string" ? Date.parse(since) : Number.NaN;
  return Number.isNaN(at) ? null : at;
}

async function readSources({ callsHour, age, cursorAge, isOk }: Metrics): Promise<void> {
  for (const each of [callsHour, age, cursorAge, isOk]) each.reset();
  const now = new Date();
  for (const row of (await selectSources()).filter(isReal)) {
    const labels = { environment: row.environment, source: row.source };
    const at = cursorTime(row.cursor);
    callsHour.set(labels, callsThisHour(row, now) ?? 0);
    if (row.succeededAt) age.set(labels, (now.getTime() - row.succeededAt.getTime()) / 1000);
    if (at !== null) cursorAge.set(labels, (now.getTime() - at) / 1000);
    isOk.set(labels, judgeSource(row, now).state === "ok" ? 1 : 0);
  }
}

async function readLedger({ ledgerBytes, tableRows, tableBytes, hasLeader, epoch }: Metrics): Promise<void> {
  const [size, lease] = await Promise.all([selectSize(), selectLease()]);
  ledgerBytes.set(size.bytes);
  for (const { name: table, rows, bytes } of size.tables) {
    tableRows.set({ table }, rows);
    tableBytes.set({ table }, bytes);
  }
  hasLeader.reset();
  if (!lease) return;
  hasLeader.set({ holder: lease.holder }, lease.isHeld ? 1 : 0);
  epoch.set(lease.epoch);
}

/** Prometheus text. It is written also while the ledger is down, and says so. */
export async function readMetrics(user: User): Promise<Response> {
  allow(user, "read");
  const all = metrics();
  all.streams.set(openStreams());
  try {
    await pingLedger();
    await flushCalls();
    countCalls(all, (await selectCalls(1)).filter(isReal));
    await readSources(all);
    await readLedger(all);
    all.ledger.set(1);
  } catch (error) {
    if (findAppError(error)?.system !== "ledger") throw error;
    all.ledger.set(0);
  }
  return new Response(await all.register.metrics(), { headers: { "content-type": all.register.contentType } });
}
