import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import type { EnvironmentConfig, TableConfig } from "@/server/env";
import { ledger } from "@/server/ledger/db";
import { tableSchema } from "@/server/ledger/schema";
import { closeWarehouses } from "@/server/sources/warehouse";
import { startTestLedger, type TestLedger } from "@/server/testing/postgres";
import { Activity } from "./activity";
import { WarehouseLook } from "./look-warehouse";
import type { Scope } from "./scope";

let server: TestLedger;
beforeAll(async () => {
  server = await startTestLedger();
  await ledger().execute("create schema sales; create table sales.orders (order_id bigint not null)");
});
afterEach(() => vi.restoreAllMocks());
afterAll(async () => {
  await closeWarehouses();
  await server.remove();
});

it("reads the columns of its tables at the first look, and again no sooner than after five minutes", async () => {
  const environment: EnvironmentConfig = {
    name: "local",
    region: "eu-west-1",
    mwaa: "penstock",
    ecs: [],
    glue: [],
    warehouse: { url: server.url },
  };
  const orders: TableConfig = { name: "sales.orders", environment: "local", warnAfterMs: null, errorAfterMs: null };
  const scope: Scope = { environment: "local", region: "eu-west-1", mwaaName: "penstock", lease: null };
  const look = new WarehouseLook(environment, [orders], scope, new Activity("local"));
  const versions = async () => (await ledger().select().from(tableSchema)).map(({ columns }) => columns.map(({ name }) => name));
  const clock = vi.spyOn(performance, "now");

  clock.mockReturnValue(1_000);
  await look.look();
  expect(await versions()).toEqual([["order_id"]]);
  await ledger().execute("alter table sales.orders add column channel text");
  clock.mockReturnValue(1_000 + 5 * 60_000);
  await look.look();
  expect(await versions()).toHaveLength(1);
  clock.mockReturnValue(1_001 + 5 * 60_000);
  await look.look();
  expect(await versions()).toEqual([["order_id"], ["order_id", "channel"]]);
});
