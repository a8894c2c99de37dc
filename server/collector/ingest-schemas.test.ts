import { asc } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { TableSchemaFact } from "@/lib/schemas/facts";
import { ledger } from "@/server/ledger/db";
import { change, tableSchema } from "@/server/ledger/schema";
import { startTestLedger, type TestLedger } from "@/server/testing/postgres";
import { ingestTableSchemas, unknownSchemas } from "./ingest-schemas";
import { ingest, type Scope } from "./scope";

let server: TestLedger;
beforeAll(async () => {
  server = await startTestLedger();
});
afterAll(() => server.remove());
beforeEach(async () => {
  await ledger().execute("truncate table_schema, change");
});

const scope: Scope = { environment: "local", region: "eu-west-1", mwaaName: "penstock", lease: null };
const fact = (hour: number, ...names: string[]): TableSchemaFact => ({
  tableName: "sales.orders",
  columns: names.map((name) => ({ name, type: "text", isNullable: true })),
  since: new Date(Date.UTC(2026, 10, 22, hour)),
});
const put = (facts: TableSchemaFact[]) => ingest(scope, null, (tx, changes) => ingestTableSchemas(tx, scope, changes, facts));
const see = (seen: TableSchemaFact, at = scope) =>
  ingest(at, null, async (tx, changes) => ingestTableSchemas(tx, at, changes, await unknownSchemas(tx, at, [seen])));
const kept = () => ledger().select().from(tableSchema).orderBy(asc(tableSchema.environment), asc(tableSchema.since));

it("versions make the same ledger in any order, however often they come", async () => {
  const versions = [fact(1, "id"), fact(2, "id", "channel"), fact(3, "id")];
  await put(versions);
  const inOrder = await kept();
  expect(inOrder).toHaveLength(3);
  const told = await ledger().select().from(change);
  await put(versions);
  expect(await kept()).toEqual(inOrder);
  expect(await ledger().select().from(change)).toEqual(told);
  await ledger().execute("truncate table_schema");
  for (const index of [2, 0, 1, 0]) await put(versions.slice(index, index + 1));
  expect(await kept()).toEqual(inOrder);
});

it("what is seen again is no new version, in another order neither; what went back is one", async () => {
  await see(fact(1, "id", "channel"));
  await see(fact(2, "channel", "id"));
  await see(fact(3, "id"));
  await see(fact(4, "id"));
  await see(fact(5, "id", "channel"));
  expect((await kept()).map(({ since }) => since.getUTCHours())).toEqual([1, 3, 5]);
});

it("each environment has its own tables", async () => {
  await see(fact(1, "id"));
  await see(fact(2, "id"), { ...scope, environment: "other" });
  expect((await kept()).map(({ environment }) => environment)).toEqual(["local", "other"]);
});
