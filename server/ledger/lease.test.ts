import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { findAppError } from "@/server/errors";
import { startTestLedger, type TestLedger } from "@/server/testing/postgres";
import { ledger } from "./db";
import { holdEpoch, inEpoch, type Lease, leaseFreeInMs, releaseLease, renewLease, takeLease } from "./lease";
import { environment, lease } from "./schema";

let server: TestLedger;
beforeAll(async () => {
  server = await startTestLedger();
});
afterAll(() => server.remove());
beforeEach(async () => {
  await ledger().delete(lease);
  await ledger().delete(environment);
});

const expire = () => ledger().update(lease).set({ expiresAt: sql`clock_timestamp() - interval '1 second'` });
const write = (name: string) => (tx: Parameters<Parameters<typeof inEpoch>[1]>[0]) =>
  tx.insert(environment).values({ name, region: "eu-west-1" });
const written = async () => (await ledger().select({ name: environment.name }).from(environment)).map((row) => row.name);

it("has one holder, however many ask at once", async () => {
  const asked = await Promise.all(Array.from({ length: 8 }, (_, index) => takeLease("collector", `replica-${index}`)));
  const held = asked.filter((each) => each !== null);
  expect(held).toHaveLength(1);
  expect(await takeLease("collector", "late")).toBeNull();
});

it("goes to the next one after it expired, in a new epoch, and the old holder cannot renew", async () => {
  const first = await takeLease("collector", "first");
  await expire();
  const second = await takeLease("collector", "second");
  expect(second?.epoch).toBe((first?.epoch ?? 0) + 1);
  expect(first && (await renewLease(first))).toBe(false);
  expect(second && (await renewLease(second))).toBe(true);
});

it("says how long it is still held, by the database's clock", async () => {
  expect(await leaseFreeInMs("collector")).toBe(0);
  const first = await takeLease("collector", "first");
  const held = await leaseFreeInMs("collector");
  expect(held).toBeGreaterThan(5_000);
  expect(held).toBeLessThanOrEqual(6_000);
  if (first) await releaseLease(first);
  expect(await leaseFreeInMs("collector")).toBe(0);
});

it("is free at once when it is released", async () => {
  const first = await takeLease("collector", "first");
  if (first) await releaseLease(first);
  expect((await takeLease("collector", "second"))?.holder).toBe("second");
});

it("lets a stalled former leader write nothing", async () => {
  const stalled = await takeLease("collector", "stalled");
  await expire();
  const leader = await takeLease("collector", "leader");
  await inEpoch(leader, write("by-leader"));
  const error = await inEpoch(stalled, write("by-stalled")).catch((thrown) => thrown);
  expect(findAppError(error)?.code).toBe("conflict");
  expect(await written()).toEqual(["by-leader"]);
});

it("cannot be taken between the check at the end of a write and its commit", async () => {
  const leader = await takeLease("collector", "leader");
  let taking: Promise<unknown> = Promise.resolve();
  let isTaken = false;
  await ledger().transaction(async (tx) => {
    await write("in-time")(tx);
    await holdEpoch(tx, leader);
    // Expired by the clock, but the row is locked: the next holder waits for the commit.
    taking = ledger()
      .update(lease)
      .set({ holder: "other", epoch: sql`${lease.epoch} + 1` })
      .then(() => {
        isTaken = true;
      });
    await waitUntilBlocked();
    expect(isTaken).toBe(false);
  });
  await taking;
  expect(await written()).toEqual(["in-time"]);
});

it("is renewed while a long write goes on, and once it is taken that write is refused", async () => {
  const leader = (await takeLease("collector", "leader")) as Lease;
  await inEpoch(leader, async (tx) => {
    await write("long")(tx);
    expect(await renewLease(leader)).toBe(true);
  });
  const refused = inEpoch(leader, async (tx) => {
    await write("too-late")(tx);
    await expire();
    expect(await takeLease("collector", "other")).not.toBeNull();
  });
  expect(findAppError(await refused.catch((thrown) => thrown))?.code).toBe("conflict");
  expect(await written()).toEqual(["long"]);
});

/** Until PostgreSQL itself says that a session waits for the lock. */
async function waitUntilBlocked(): Promise<void> {
  for (;;) {
    const found = await ledger().execute(
      sql`select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like 'update "lease"%'`,
    );
    if (found.rows.length > 0) return;
  }
}
