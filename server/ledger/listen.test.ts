import { afterAll, beforeAll, expect, it } from "vitest";
import { configure } from "@/server/testing/configuration";
import { startTestLedger, type TestLedger } from "@/server/testing/postgres";
import { ledger } from "./db";
import { listen } from "./listen";
import { coalesce, notify, poke, pokeChannel, runKey } from "./notify";

let server: TestLedger;
beforeAll(async () => {
  server = await startTestLedger();
  configure({ databaseUrl: server.url });
});
afterAll(() => server.remove());

/** A queue that is awaited: what a listener said, in order. */
function heard() {
  const said: string[] = [];
  let told: () => void = () => undefined;
  return {
    say: (what: string) => {
      said.push(what);
      told();
    },
    async next(): Promise<string> {
      while (said.length === 0) {
        await new Promise<void>((done) => {
          told = done;
        });
      }
      return said.shift() as string;
    },
  };
}

it("hears what is sent, says that it lost the ledger, and hears again when it is back", async () => {
  const ear = heard();
  const listener = listen(pokeChannel, ear.say, ear.say);
  expect(await ear.next()).toBe("open");
  await poke(ledger(), "local");
  expect(await ear.next()).toBe("local");

  await server.down();
  expect(await ear.next()).toBe("lost");
  await server.up();
  let state = await ear.next();
  while (state === "lost") state = await ear.next();
  expect(state).toBe("open");
  await poke(ledger(), "again");
  expect(await ear.next()).toBe("again");
  await listener.stop();
});

it("is told of a change only when its transaction commits", async () => {
  const ear = heard();
  const listener = listen("penstock", ear.say, ear.say);
  expect(await ear.next()).toBe("open");
  await ledger()
    .transaction(async (tx) => {
      await notify(tx, ["tables"]);
      throw new Error("rolled back");
    })
    .catch(() => undefined);
  await ledger().transaction((tx) => notify(tx, ["runs", "status", "runs"]));
  expect(await ear.next()).toBe('["runs","status"]');
  await listener.stop();
});

it("never makes a payload that PostgreSQL refuses", () => {
  const many = Array.from({ length: 500 }, (_, index) => runKey("local", "sales_daily", `run-${index}`));
  expect(coalesce([...many, "tables"])).toEqual(["runs", "tables"]);
  expect(coalesce(many.slice(0, 3))).toHaveLength(3);
});
