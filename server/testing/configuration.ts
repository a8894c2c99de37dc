import "server-only";
import type { Env } from "@/server/env";
import { log } from "@/server/log";

const shared = globalThis as typeof globalThis & { penstockEnv?: Env | undefined };

/** A configuration with one environment and three tables; what a test is about goes into `changes`. */
export function configure(changes: Partial<Env> = {}): Env {
  const configured: Env = {
    databaseUrl: "postgresql://nobody@127.0.0.1:1/none",
    publicUrl: "http://localhost:3000",
    isDemo: true,
    host: "127.0.0.1",
    port: 3000,
    authSecret: "a secret of at least thirty-two characters",
    auth: null,
    zone: "UTC",
    logLevel: "silent",
    awsEndpointUrl: null,
    replica: "test:1",
    environments: [{ name: "local", region: "eu-west-1", mwaa: "penstock", ecs: ["penstock"], glue: ["penstock-load"] }],
    sample: null,
    tables: [
      {
        name: "sales.orders",
        environment: "local",
        loadedAt: "loaded_at",
        dataThrough: "order_date",
        expect: { by: "08:00", zone: "UTC", days: "all", graceMs: 15 * 60_000 },
        warnAfterMs: null,
        errorAfterMs: null,
        producedBy: { dag: "sales_daily", task: "load" },
      },
      { name: "sales.customers", environment: "local", loadedAt: "loaded_at", warnAfterMs: 26 * 3_600_000, errorAfterMs: 36 * 3_600_000 },
      { name: "finance.fx_rates", environment: "local", warnAfterMs: null, errorAfterMs: null },
    ],
    refresh: [],
    alerts: [],
    ...changes,
  };
  log.level = configured.logLevel;
  shared.penstockEnv = configured;
  return configured;
}
