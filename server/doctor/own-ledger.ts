import "server-only";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { runningEmbedded, startEmbedded } from "@/server/ledger/embedded";
import type { LedgerPlace } from "./examine";

interface OwnLedger {
  place: LedgerPlace;
  /** Null when there is none yet. */
  url: string | null;
  stop(): Promise<void>;
}

/** The ledger that `npm start` runs by itself: the one that runs, else started for the time of the examination; one that was never made is not made for this. */
export async function openOwnLedger(dataDir: string): Promise<OwnLedger> {
  const name = "the embedded ledger in .local/ledger";
  const options = { dataDir, database: "penstock", isDurable: true };
  const running = runningEmbedded(options);
  if (running) return { place: { name }, url: running.url, stop: async () => undefined };
  if (!existsSync(resolve(dataDir, "PG_VERSION"))) {
    const absence = "DATABASE_URL is not set, and npm start has not made its own ledger yet.";
    return { place: { name, absence }, url: null, stop: async () => undefined };
  }
  const started = await startEmbedded(options);
  return { place: { name }, url: started.url, stop: () => started.stop() };
}
