import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { findAppError } from "./errors";
import { ledger } from "./ledger/db";
import { notify } from "./ledger/notify";
import { change } from "./ledger/schema";
import { changesSince, closeStreams, openStream, openStreams } from "./stream";
import { configure } from "./testing/configuration";
import { people } from "./testing/facts";
import { startTestLedger, type TestLedger } from "./testing/postgres";

let server: TestLedger;
beforeAll(async () => {
  server = await startTestLedger();
  configure({ databaseUrl: server.url });
});
afterAll(async () => {
  await closeStreams();
  await server.remove();
});

async function open(signal = new AbortController().signal) {
  const response = await openStream(people.viewer, signal);
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const read = async () => {
    const { value, done } = await reader.read();
    return done ? null : new TextDecoder().decode(value);
  };
  expect(await read()).toContain("connected");
  return { read, cancel: () => reader.cancel() };
}

test("what one transaction changed reaches every browser, gathered into one event", async () => {
  const browsers = await Promise.all(Array.from({ length: 50 }, () => open()));
  expect(openStreams()).toBe(50);
  await ledger().transaction((tx) => notify(tx, ["tables", "runs", "run:local/sales_daily/x"]));
  const heard = await Promise.all(browsers.map(({ read }) => read()));
  expect(new Set(heard)).toEqual(new Set(['event: change\ndata: ["run:local/sales_daily/x","runs","tables"]\n\n']));
  await Promise.all(browsers.map(({ cancel }) => cancel()));
  expect(openStreams()).toBe(0);
});

test("a browser that leaves, by either way, is forgotten", async () => {
  const leave = new AbortController();
  const first = await open(leave.signal);
  const second = await open();
  leave.abort();
  await second.cancel();
  expect(await first.read()).toBeNull();
  expect(openStreams()).toBe(0);
});

test("a request that is already over opens nothing", async () => {
  await openStream(people.viewer, AbortSignal.abort());
  expect(openStreams()).toBe(0);
});

test("when the ledger is lost every stream ends and none opens; after its return they do, and hear again", async () => {
  const before = await open();
  await server.down();
  expect(await before.read()).toBeNull();
  const refused = await openStream(people.viewer, new AbortController().signal).catch((error: unknown) => error);
  expect(findAppError(refused)).toMatchObject({ system: "ledger", status: 503 });
  await Promise.allSettled(Array.from({ length: 100 }, () => openStream(people.viewer, new AbortController().signal)));
  // Whoever was refused is kept nowhere, however long the ledger is away.
  expect((globalThis as { penstockHub?: { waiting: Set<unknown> } }).penstockHub?.waiting.size).toBe(0);
  await server.up();
  const after = await open();
  await ledger().transaction((tx) => notify(tx, ["status"]));
  expect(await after.read()).toContain('["status"]');
});

test("polled changes miss none that commits after a later one", async () => {
  const browser = await open();
  const turn = changesSince();
  await ledger()
    .insert(change)
    .values({ at: new Date(), keys: ["before"] });
  await turn();
  expect(await browser.read()).toContain('"before"');
  let late: Promise<void> | undefined;
  let commit = () => {};
  const isWritten = new Promise<void>((written) => {
    late = ledger().transaction(async (tx) => {
      await tx.insert(change).values({ at: new Date(), keys: ["late"] });
      written();
      await new Promise<void>((done) => {
        commit = done;
      });
    });
  });
  await isWritten;
  await ledger()
    .insert(change)
    .values({ at: new Date(), keys: ["quick"] });
  await turn();
  const heard = [await browser.read()];
  commit();
  await late;
  await turn();
  heard.push(await browser.read());
  expect(heard).toEqual(['event: change\ndata: ["quick"]\n\n', 'event: change\ndata: ["late"]\n\n']);
  await browser.cancel();
});

test("somebody without a role hears nothing", async () => {
  const nobody = { id: "x", name: "x", role: "nobody" } as never;
  await expect(openStream(nobody, new AbortController().signal)).rejects.toMatchObject({ code: "forbidden" });
});

test("a quiet stream says every fifteen seconds that it is alive, in a way that a page can hear", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  try {
    const browser = await open();
    vi.advanceTimersByTime(15_000);
    expect(await browser.read()).toBe("event: beat\ndata: 1\n\n");
    await browser.cancel();
  } finally {
    vi.useRealTimers();
  }
});

test("no proxy is invited to hold back or to change a stream", async () => {
  const { headers } = await openStream(people.viewer, AbortSignal.abort());
  expect(headers.get("x-accel-buffering")).toBe("no");
  expect(headers.get("content-type")).toContain("text/event-stream");
});

test("closing ends every stream at once, and none opens after it", async () => {
  const browsers = await Promise.all([open(), open()]);
  await closeStreams();
  expect(await Promise.all(browsers.map(({ read }) => read()))).toEqual([null, null]);
  const refused = await openStream(people.viewer, new AbortController().signal).catch((error: unknown) => error);
  expect(findAppError(refused)).toMatchObject({ status: 503, message: "This Penstock is stopping" });
  expect(openStreams()).toBe(0);
  const left = await ledger().execute("select 1 from pg_stat_activity where application_name = 'penstock listen penstock'");
  expect(left.rows).toEqual([]);
});
