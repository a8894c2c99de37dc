import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { EnvironmentConfig, TableConfig } from "@/server/env";
import { findAppError } from "@/server/errors";
import { type EmbeddedPostgres, startEmbedded } from "@/server/ledger/embedded";
import { configure } from "@/server/testing/configuration";
import { forgetCalls } from "./call";
import { checkTable, closeWarehouses, connection, listLoadsSince, readColumns } from "./warehouse";

const folder = mkdtempSync(join(tmpdir(), "penstock-warehouse-"));
const options = { dataDir: join(folder, "data"), database: "warehouse", isDurable: false };
let server: EmbeddedPostgres;
let admin: pg.Client;
let environment: EnvironmentConfig;

beforeAll(async () => {
  server = await startEmbedded(options);
  admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  // The warehouse's own definition: what the loader writes is what is read here.
  const definition = readFileSync(new URL("../../extractor/glue/warehouse.sql", import.meta.url), "utf8");
  await admin.query(definition);
});
afterAll(async () => {
  await admin.end();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  forgetCalls();
  environment = { name: "local", region: "eu-west-1", mwaa: "penstock", ecs: [], glue: [], warehouse: { url: server.url } };
});
afterEach(() => closeWarehouses());

const table = (changes: Partial<TableConfig> = {}): TableConfig => ({
  name: "sales.orders",
  environment: "local",
  loadedAt: "loaded_at",
  dataThrough: "order_date",
  warnAfterMs: null,
  errorAfterMs: null,
  ...changes,
});

async function load(runKey: string, finishedAt: string, dataThrough = "2026-11-22") {
  await admin.query(
    `insert into penstock.table_load (run_key, table_name, content_sha256, rows_read, rows_inserted, rows_updated, rows_rejected, data_through, started_at, finished_at)
     values ($1, 'sales.orders', 'x', 12, 10, 1, 1, $3, $2::timestamptz - interval '1 minute', $2)`,
    [runKey, finishedAt, dataThrough],
  );
}

describe("a table", () => {
  it("that is empty is read, and says nothing of when it was loaded", async () => {
    expect(await checkTable(environment, table())).toMatchObject({ error: null, loadedAt: null, dataThrough: null });
  });

  it("tells its newest load and its data's last day, as the day that it is", async () => {
    await admin.query(`insert into sales.orders (order_id, customer_id, order_date, status, currency, total_amount, updated_at, loaded_at)
      values (1, 1, '2026-11-21', 'paid', 'EUR', 10, now(), '2026-11-22T06:20:00Z'), (2, 1, '2026-11-22', 'paid', 'EUR', 10, now(), '2026-11-22T06:19:00Z')`);
    const fact = await checkTable(environment, table());
    expect(fact).toMatchObject({
      error: null,
      dataThrough: "2026-11-22",
      loadedAt: new Date("2026-11-22T06:20:00Z"),
      evidence: "loaded_at_column",
    });
    expect((await checkTable(environment, table({ dataThrough: "loaded_at" }))).dataThrough).toBe("2026-11-22T06:20:00.000Z");
  });

  it("is looked at by its indexes alone", async () => {
    await admin.query("set enable_seqscan = off");
    for (const column of ["loaded_at", "order_date"]) {
      const plan = await admin.query(`explain (format json) select max(${column}) from sales.orders`);
      expect(JSON.stringify(plan.rows[0])).toMatch(/Index Only Scan/);
    }
  });

  it.each([
    ["it does not exist", { name: "sales.nothing" }, /relation "sales.nothing" does not exist/],
    ["its column does not exist", { loadedAt: "loaded" }, /column "loaded" does not exist/],
  ])("says what is wrong with it when %s", async (_, changes, message) => {
    const fact = await checkTable(environment, table(changes));
    expect(fact.error).toMatch(message);
    expect(fact).toMatchObject({ loadedAt: null, dataThrough: null });
  });

  it("reads a time without a zone as UTC, wherever this process is", async () => {
    await admin.query("create table public.zoneless (loaded_at timestamp, day_key integer, note text)");
    await admin.query("insert into public.zoneless values ('2026-11-22 06:20:00.5', 20261122, 'soon')");
    vi.stubEnv("TZ", "America/New_York");
    const zoneless = (changes: Partial<TableConfig>) => checkTable(environment, table({ name: "public.zoneless", ...changes }));
    const fact = await zoneless({ dataThrough: "loaded_at" });
    vi.unstubAllEnvs();
    expect(fact).toMatchObject({ error: null, loadedAt: new Date("2026-11-22T06:20:00.500Z"), dataThrough: "2026-11-22T06:20:00.500Z" });
    expect((await zoneless({ dataThrough: "day_key" })).error).toMatch(
      /newest day_key of public.zoneless is no day and no time: "20261122"/,
    );
    expect((await zoneless({ loadedAt: "note" })).error).toMatch(/"soon"/);
  });

  it("never waits long for a lock", async () => {
    await admin.query("begin; lock table sales.orders in access exclusive mode");
    try {
      expect((await checkTable(environment, table())).error).toMatch(/lock timeout/);
    } finally {
      await admin.query("rollback");
    }
  });
});

it("that is misconfigured does not make the warehouse look away", async () => {
  for (let turn = 0; turn < 8; turn++) await checkTable(environment, table({ name: "sales.nothing" }));
  expect((await checkTable(environment, table())).error).toBeNull();
});

describe("the columns of tables", () => {
  const named = (...names: string[]) => names.map((name) => table({ name }));

  it("come with the types that PostgreSQL writes, in order, of the tables that there are", async () => {
    await admin.query("create schema wide; create schema other");
    await admin.query('create table wide."Odd" (gone text, id bigint not null, "Fee" numeric(12,2), at timestamptz)');
    await admin.query('alter table wide."Odd" drop column gone; create table other."Odd" (id text); create table plain (id text)');
    const facts = await readColumns(environment, named("wide.Odd", "plain", "wide.nothing"));
    expect(new Map(facts.map(({ tableName, columns }) => [tableName, columns]))).toEqual(
      new Map([
        ["plain", [{ name: "id", type: "text", isNullable: true }]],
        [
          "wide.Odd",
          [
            { name: "id", type: "bigint", isNullable: false },
            { name: "Fee", type: "numeric(12,2)", isNullable: true },
            { name: "at", type: "timestamp with time zone", isNullable: true },
          ],
        ],
      ]),
    );
  });

  it("are read of a table whose rows the login may not read", async () => {
    await admin.query("create role shut_out login password 'out'; create schema shut; create table shut.rows (id bigint)");
    const url = new URL(server.url);
    url.username = "shut_out";
    url.password = "out";
    environment = { ...environment, warehouse: { url: url.toString() } };
    expect((await checkTable(environment, table({ name: "shut.rows", loadedAt: "id" }))).error).toMatch(/permission denied/);
    expect(await readColumns(environment, named("shut.rows"))).toMatchObject([{ tableName: "shut.rows", columns: [{ name: "id" }] }]);
  });
});

describe("the loader's record", () => {
  it("is read from a time on, oldest first, in pages that lose nothing", async () => {
    await load("old", "2026-11-20T00:00:00Z");
    await admin.query(`insert into penstock.table_load (run_key, table_name, content_sha256, rows_read, rows_inserted, rows_updated, rows_rejected, data_through, started_at, finished_at)
      select 'run-' || n, 'sales.orders', 'x', 1, 1, 0, 0, '2026-11-22', now(), '2026-11-22T06:00:00Z' from generate_series(1, 2500) n`);
    const loads = await listLoadsSince(environment, new Date("2026-11-21T00:00:00Z"));
    expect(new Set(loads.map((each) => each.runKey)).size).toBe(2500);
    const all = await listLoadsSince(environment, new Date("2026-11-19T00:00:00Z"));
    expect(all[0]).toMatchObject({
      runKey: "old",
      rowsRead: 12,
      rowsInserted: 10,
      rowsUpdated: 1,
      rowsRejected: 1,
      dataThrough: "2026-11-22",
    });
  });

  it("is empty in a warehouse that keeps none", async () => {
    await admin.query("alter table penstock.table_load rename to kept_elsewhere");
    try {
      expect(await listLoadsSince(environment, new Date(0))).toEqual([]);
    } finally {
      await admin.query("alter table penstock.kept_elsewhere rename to table_load");
    }
  });
});

it("on RDS is entered with TLS and a token made for each connection", async () => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  configure();
  const rds = {
    host: "warehouse.example.rds.amazonaws.com",
    port: 5432,
    database: "warehouse",
    user: "penstock_reader",
    iam: true as const,
  };
  const settings = connection({ ...environment, warehouse: { rds } });
  expect(settings).toMatchObject({ host: rds.host, user: rds.user, ssl: { rejectUnauthorized: true } });
  const token = typeof settings.password === "function" ? await settings.password() : "";
  expect(token).toMatch(/^warehouse\.example\.rds\.amazonaws\.com:5432\/\?Action=connect&DBUser=penstock_reader.*X-Amz-Expires=900/);
  expect(token).toContain("eu-west-1%2Frds-db%2Faws4_request");
  vi.unstubAllEnvs();
});

it("names a warehouse that is away, and reads it again when it is back", async () => {
  await checkTable(environment, table());
  await admin.end();
  await server.stop();
  const error = await checkTable(environment, table()).catch((thrown) => thrown);
  expect(findAppError(error)).toMatchObject({
    code: "upstream",
    system: "warehouse (local)",
    message: "warehouse (local): cannot be reached (ECONNREFUSED)",
  });
  server = await startEmbedded({ ...options, port: server.port });
  admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  expect((await checkTable(environment, table())).error).toBeNull();
});
