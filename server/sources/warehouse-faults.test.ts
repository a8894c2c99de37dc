import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type PostgresProxy, startPostgresProxy } from "@/infra/local/fault-proxy/postgres-proxy";
import type { PostgresFault } from "@/infra/local/fault-proxy/rules";
import type { EnvironmentConfig, TableConfig } from "@/server/env";
import { AppError } from "@/server/errors";
import { type EmbeddedPostgres, startEmbedded } from "@/server/ledger/embedded";
import { forgetCalls } from "./call";
import { checkTable, closeWarehouses, listLoadsSince } from "./warehouse";

const folder = mkdtempSync(join(tmpdir(), "penstock-warehouse-faults-"));
const unhandled: unknown[] = [];
const note = (error: unknown) => unhandled.push(error);
const table: TableConfig = {
  name: "sales.orders",
  environment: "local",
  loadedAt: "loaded_at",
  dataThrough: "order_date",
  warnAfterMs: null,
  errorAfterMs: null,
};
let server: EmbeddedPostgres;
let proxy: PostgresProxy;
let environment: EnvironmentConfig;

beforeAll(async () => {
  process.on("unhandledRejection", note);
  server = await startEmbedded({ dataDir: join(folder, "data"), database: "warehouse", isDurable: false });
  const admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  await admin.query(readFileSync(new URL("../../extractor/glue/warehouse.sql", import.meta.url), "utf8"));
  await admin.end();
  proxy = await startPostgresProxy({ upstreamPort: server.port });
  const url = new URL(server.url);
  url.port = String(proxy.port);
  environment = { name: "local", region: "eu-west-1", mwaa: "penstock", ecs: [], glue: [], warehouse: { url: url.href } };
});
afterAll(async () => {
  process.off("unhandledRejection", note);
  await proxy.stop();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => forgetCalls());
afterEach(async () => {
  await proxy.set(null);
  await closeWarehouses();
  expect(unhandled).toEqual([]);
});

const loads = () => listLoadsSince(environment, new Date(0));
const failure = async (work: Promise<unknown>) => {
  const error = await work.then(
    (answer) => expect.fail(`it answered ${JSON.stringify(answer)}`),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(AppError);
  return error as AppError;
};

const told: [PostgresFault, RegExp, RegExp][] = [
  ["refuse", /cannot be reached \(ECONNREFUSED\)/, /the network between/],
  ["reset", /cannot be reached \(ECONNRESET\)|Connection terminated/, /the network between/],
  ["hang", /no answer/, /look at that system/],
  ["denied", /access denied: role "penstock_reader" is not permitted/, /role, its password/],
  ["garbage", /./, /look at that system/],
];

describe.each([
  ["before it was ever read", false],
  ["while it is read", true],
])("a warehouse that goes wrong %s", (_, isOpen) => {
  it.each(told)("with %s is named, within the deadline, and read again when it is over", async (fault, message, remedy) => {
    if (isOpen) await loads();
    await proxy.set(fault);
    const began = performance.now();
    const error = await failure(loads());
    expect(error).toMatchObject({ code: "upstream", system: "warehouse (local)" });
    expect(error.message).toMatch(/^warehouse \(local\)/);
    expect(error.message).toMatch(message);
    expect(error.remedy).toMatch(remedy);
    expect(performance.now() - began).toBeLessThan(9_500);
    await proxy.set(null);
    forgetCalls();
    expect(await loads()).toEqual([]);
  });
});

it.each([
  ["permission", /access denied: permission denied for schema/, /Grant/],
  ["statement-timeout", /took too long/, /index/],
  ["read-only", /read-only transaction/, /./],
] as const)(
  "a statement that is refused (%s) is told of that table, and the warehouse is not left alone for it",
  async (fault, message, remedy) => {
    await proxy.set(fault);
    const error = await failure(loads());
    expect(error).toMatchObject({ code: "invalid", system: "warehouse (local)" });
    expect(error.remedy).toMatch(remedy);
    for (let turn = 0; turn < 6; turn++) {
      expect((await checkTable(environment, table)).error).toMatch(message);
    }
    await proxy.set(null);
    expect(await checkTable(environment, table)).toMatchObject({ error: null });
  },
);
