import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AppError, findAppError } from "@/server/errors";
import { ledger, pingLedger, switchLedger } from "./db";
import { type EmbeddedPostgres, startEmbedded } from "./embedded";
import { migrate } from "./migrate";
import { run } from "./schema";

const folder = mkdtempSync(join(tmpdir(), "penstock-migrate-"));
const options = { dataDir: join(folder, "data"), database: "penstock", isDurable: false };
let server: EmbeddedPostgres;

beforeAll(async () => {
  server = await startEmbedded(options);
});
afterAll(async () => {
  await switchLedger(null);
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function refusal(url: string): Promise<AppError> {
  const error = await migrate(url).catch((thrown) => thrown);
  expect(error).toBeInstanceOf(AppError);
  return error as AppError;
}

describe("migrations", () => {
  it("may be applied by several replicas at the same time, and again", async () => {
    await Promise.all([migrate(server.url), migrate(server.url), migrate(server.url)]);
    await migrate(server.url);
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    const applied = await client.query("select count(*)::int as count from drizzle.__drizzle_migrations");
    const journal = JSON.parse(readFileSync(new URL("./migrations/meta/_journal.json", import.meta.url), "utf8")) as { entries: unknown[] };
    expect(applied.rows[0].count).toBe(journal.entries.length);
    await client.end();
  });

  it("say in one line what is wrong with DATABASE_URL", async () => {
    const at = (change: (url: URL) => void) => {
      const url = new URL(server.url);
      change(url);
      return url.href;
    };
    const place = `127.0.0.1:${server.port}`;
    expect((await refusal(at((url) => (url.password = "wrong")))).message).toBe(
      `DATABASE_URL: cannot use the PostgreSQL at ${place}/penstock: the password is wrong`,
    );
    expect((await refusal(at((url) => (url.pathname = "/other")))).message).toBe(
      `DATABASE_URL: cannot use the PostgreSQL at ${place}/other: the server has no such database`,
    );
    const refused = await refusal("postgresql://x:y@127.0.0.1:1/penstock");
    expect(refused.message).toMatch(/^DATABASE_URL: cannot use the PostgreSQL at 127\.0\.0\.1:1\/penstock: .*ECONNREFUSED/);
    expect(refused.message).not.toContain("\n");
  });
});

describe("a ledger that goes away", () => {
  it("is named, with 503, and is used again when it is back", async () => {
    await switchLedger(server.url);
    await pingLedger();
    await server.stop();
    for (const attempt of [
      pingLedger,
      () => ledger().select().from(run).limit(1),
      () => ledger().transaction((tx) => tx.select().from(run)),
    ]) {
      const error = await attempt().then(
        () => null,
        (thrown: unknown) => thrown,
      );
      expect(findAppError(error)).toMatchObject({ code: "upstream", status: 503, system: "ledger" });
    }
    server = await startEmbedded({ ...options, port: server.port });
    await pingLedger();
    expect(await ledger().select().from(run).limit(1)).toEqual([]);
  });
});

describe("the embedded PostgreSQL", () => {
  it("stops what a crash left on its folder, and keeps its data and password", async () => {
    const said: string[] = [];
    // As after a crash of the process that had started it: the server runs, its owner is gone.
    rmSync(`${options.dataDir}.owner`);
    const before = server;
    server = await startEmbedded({ ...options, say: (line) => said.push(line) });
    await before.exited;
    expect(said).toEqual([`stopped the PostgreSQL that an earlier run left behind (process ${before.pid})`]);
    expect(server.password).toBe(before.password);
  });
});
