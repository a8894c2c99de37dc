import "server-only";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { User } from "@/lib/schemas/user";
import { allow } from "./auth";
import { env } from "./env";
import { findAppError } from "./errors";
import { callsThisHour, judgeSource } from "./health";
import { pingLedger } from "./ledger/db";
import { selectSources } from "./ledger/read/sources";
import { takeCalls } from "./sources/call";
import { openStreams } from "./stream";

function create() {
  const register = new Registry();
  collectDefaultMetrics({ register });
  const metric = <L extends string>(name: string, help: string, labelNames: L[]) => ({ name, help, labelNames, registers: [register] });
  return {
    register,
    requests: new Histogram({
      ...metric("penstock_http_request_seconds", "Time to the head of the answer, by route and status.", ["method", "route", "status"]),
      buckets: [0.005, 0.015, 0.05, 0.15, 0.5, 1.5, 5, 15],
    }),
    calls: new Counter(
      metric("penstock_source_calls_total", "Requests that this web process made to a system.", ["environment", "source", "operation"]),
    ),
    callsHour: new Gauge(
      metric("penstock_source_calls_this_hour", "Requests of the collector in this clock hour.", ["environment", "source"]),
    ),
    age: new Gauge(metric("penstock_source_age_seconds", "Time since a source was last read with success.", ["environment", "source"])),
    isOk: new Gauge(metric("penstock_source_ok", "1 while a source is current.", ["environment", "source"])),
    ledger: new Gauge(metric("penstock_ledger_up", "1 while the ledger answers.", [])),
    streams: new Gauge(metric("penstock_streams_open", "Browsers that are connected for changes.", [])),
  };
}

const shared = globalThis as typeof globalThis & { penstockMetrics?: ReturnType<typeof create> };

/** One registry for all entries of a web process. */
function metrics() {
  shared.penstockMetrics ??= create();
  return shared.penstockMetrics;
}

export function observeRequest(method: string, route: string, status: number, ms: number): void {
  metrics().requests.observe({ method, route, status: String(status) }, ms / 1000);
}

/** Prometheus text. It is written also while the ledger is down, and says so. */
export async function readMetrics(user: User): Promise<Response> {
  allow(user, "read");
  const { register, calls, callsHour, age, isOk, ledger, streams } = metrics();
  streams.set(openStreams());
  for (const { name: environment } of env().environments) {
    for (const source of ["airflow", "logs"]) {
      for (const count of takeCalls(environment, source)) calls.inc({ environment, source, operation: count.operation }, count.calls);
    }
  }
  for (const gauge of [callsHour, age, isOk]) gauge.reset();
  try {
    await pingLedger();
    ledger.set(1);
    const now = new Date();
    for (const row of await selectSources()) {
      const labels = { environment: row.environment, source: row.source };
      callsHour.set(labels, callsThisHour(row, now) ?? 0);
      if (row.succeededAt) age.set(labels, (now.getTime() - row.succeededAt.getTime()) / 1000);
      isOk.set(labels, judgeSource(row, now).state === "ok" ? 1 : 0);
    }
  } catch (error) {
    if (findAppError(error)?.system !== "ledger") throw error;
    ledger.set(0);
  }
  return new Response(await register.metrics(), { headers: { "content-type": register.contentType } });
}
