import { expect, it } from "vitest";
import { columnChanges } from "@/lib/column-changes";
import { company } from "./company";
import { schemaFacts } from "./schemas";
import { World } from "./world";

const world = new World("penstock", "2026-07-25");
const at = (day: number, time: string) => schemaFacts(world, world.instant(day, time));

it("every table has columns from the first moment of the history on, each name once", () => {
  const first = at(-1, "00:00");
  expect(first.map(({ tableName }) => tableName)).toEqual(company.tables.map(({ name }) => name));
  for (const { tableName, columns } of first) {
    expect(new Set(columns.map(({ name }) => name)).size, tableName).toBe(columns.length);
    expect(columns.length, tableName).toBeGreaterThan(4);
  }
  expect(first.find(({ tableName }) => tableName === "sales.customer_addresses")?.columns[0]).toEqual({
    name: "customer_address_id",
    type: "bigint",
    isNullable: false,
  });
});

it("a table that changed has its second version from that minute on", () => {
  const changed = (day: number, time: string) =>
    at(day, time).flatMap(({ tableName, columns }, index, facts) => {
      const before = facts[index - 1];
      return before?.tableName === tableName ? [[tableName, columnChanges(before.columns, columns)]] : [];
    });
  expect(changed(21, "10:29")).toEqual([]);
  expect(changed(21, "10:30")).toEqual([["sales.orders", { added: ["channel_detail"], removed: [], retyped: [] }]]);
  expect(Object.fromEntries(changed(101, "13:40"))).toMatchObject({
    "marketing.contacts": { added: ["consent_marketing"], removed: ["marketing_opt_in"] },
    "product.app_events": { added: ["session_score"] },
    "payments.settlements": { retyped: [{ name: "fee_amount", from: "numeric(12,2) not null", to: "numeric(14,4) not null" }] },
  });
});

it("every change is of a table that the company has, and of no other's name", () => {
  const names = company.schemaVersions.map(({ table }) => table);
  expect(new Set(names).size).toBe(names.length);
  expect(company.tables.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
});
