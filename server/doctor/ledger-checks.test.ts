import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { ledger as database, switchLedger } from "@/server/ledger/db";
import { startEmbedded } from "@/server/ledger/embedded";
import { migrate } from "@/server/ledger/migrate";
import { configure } from "@/server/testing/configuration";
import { startTestLedger, type TestLedger } from "@/server/testing/postgres";
import { checkLedger } from "./ledger-checks";
import { openOwnLedger } from "./own-ledger";

let ledger: TestLedger;
beforeAll(async () => {
  ledger = await startTestLedger();
});
afterAll(() => ledger.remove());

async function use(url: string) {
  configure({ databaseUrl: url });
  await switchLedger(url);
}
beforeEach(() => use(ledger.url));

const query = (text: string) => database().execute(text);
const told = async () =>
  (await checkLedger("DATABASE_URL")).map(({ name, state, remedy }) => [name, state, ...(remedy === null ? [] : [remedy])]);

const fine = [
  ["database", "ok"],
  ["CREATE and ALTER", "ok"],
  ["SELECT and INSERT", "ok"],
  ["LISTEN", "ok"],
];

function as(user: string): string {
  const url = new URL(ledger.url);
  url.username = user;
  url.password = "doctor";
  return url.href;
}

it("finds a ledger that can be migrated, written and listened to", async () => {
  expect(await told()).toEqual(fine);
});

it("names the rights that a login lacks, and the statement that gives them", async () => {
  await query("create role keeper login password 'doctor'");
  await query("grant select on all tables in schema public to keeper");
  const insert = "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO keeper";
  await use(as("keeper"));
  expect(await told()).toEqual([
    ["database", "ok"],
    ["CREATE and ALTER", "missing", "GRANT CREATE ON SCHEMA public TO keeper"],
    ["SELECT and INSERT", "missing", insert],
    ["LISTEN", "ok"],
  ]);
  await use(ledger.url);
  for (const statement of ["GRANT CREATE ON SCHEMA public TO keeper", insert]) await query(statement);
  await use(as("keeper"));
  expect(await told()).toContainEqual(["CREATE and ALTER", "missing", "GRANT postgres TO keeper"]);
});

/** Between Penstock and PostgreSQL, what a pooler that shares connections does: no notification ever comes through. */
async function startPooler(port: number): Promise<Server> {
  const notification = "A".charCodeAt(0);
  const server = createServer((client) => {
    const upstream = connect(port, "127.0.0.1");
    let held = Buffer.alloc(0);
    upstream.on("data", (data) => {
      held = Buffer.concat([held, data]);
      while (held.length >= 5 && held.length > held.readUInt32BE(1)) {
        const length = held.readUInt32BE(1) + 1;
        if (held[0] !== notification) client.write(held.subarray(0, length));
        held = held.subarray(length);
      }
    });
    client.pipe(upstream);
    client.on("close", () => upstream.destroy()).on("error", () => undefined);
    upstream.on("close", () => client.destroy()).on("error", () => undefined);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return server;
}

it("hears that notifications do not come through a pooler", async () => {
  const pooler = await startPooler(ledger.port);
  const url = new URL(ledger.url);
  url.port = String((pooler.address() as { port: number }).port);
  await use(url.href);
  const listens = (await checkLedger("DATABASE_URL")).at(-1);
  expect(listens).toMatchObject({ name: "LISTEN", state: "failed", isOptional: true, remedy: expect.stringContaining("session mode") });
  await switchLedger(null);
  pooler.close();
});

it("tries nothing more of a ledger that is away", async () => {
  await use("postgresql://postgres@127.0.0.1:1/penstock");
  expect((await told()).map(([name, state]) => [name, state])).toEqual([
    ["database", "failed"],
    ["CREATE and ALTER", "not_tried"],
    ["SELECT and INSERT", "not_tried"],
    ["LISTEN", "not_tried"],
  ]);
});

it("examines the ledger that npm start runs by itself: the one that runs, else for that time, and makes none", async () => {
  const folder = mkdtempSync(join(tmpdir(), "penstock-own-"));
  const dataDir = join(folder, "ledger");
  const none = await openOwnLedger(dataDir);
  expect([none.url, none.place.absence]).toEqual([null, expect.stringContaining("has not made its own ledger yet")]);

  const first = await startEmbedded({ dataDir, database: "penstock", isDurable: false });
  await migrate(first.url);
  expect((await openOwnLedger(dataDir)).url).toBe(first.url);
  await first.stop();

  const own = await openOwnLedger(dataDir);
  await use(own.url ?? "");
  expect(await told()).toEqual(fine);
  await switchLedger(null);
  await own.stop();
  rmSync(folder, { recursive: true });
});
