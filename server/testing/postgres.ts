import "server-only";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { switchLedger } from "@/server/ledger/db";
import { type EmbeddedPostgres, startEmbedded } from "@/server/ledger/embedded";
import { migrate } from "@/server/ledger/migrate";

export interface TestLedger extends EmbeddedPostgres {
  /** Ends the server as a crash would leave it to others: nothing answers any more. */
  down(): Promise<void>;
  /** The same server with the same data again. */
  up(): Promise<void>;
  /** For afterAll. */
  remove(): Promise<void>;
}

/** A real PostgreSQL of its own for one test file, migrated, and the ledger of this process. */
export async function startTestLedger(): Promise<TestLedger> {
  const folder = mkdtempSync(join(tmpdir(), "penstock-ledger-"));
  const options = { dataDir: join(folder, "data"), database: "penstock", isDurable: false };
  let server = await startEmbedded(options);
  await migrate(server.url);
  await switchLedger(server.url);
  const { port } = server;
  return {
    ...server,
    down: () => server.stop(),
    async up() {
      server = await startEmbedded({ ...options, port });
    },
    async remove() {
      await switchLedger(null);
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
