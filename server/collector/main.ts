import "server-only";
import { env } from "@/server/env";
import { findAppError } from "@/server/errors";
import { switchLedger } from "@/server/ledger/db";
import { log } from "@/server/log";
import { closeWarehouses } from "@/server/sources/warehouse";
import { collect } from "./leader";

/** SIGTERM must end us within 5 seconds, whatever a source is doing. */
const stopDeadlineMs = 4_000;

const stop = new AbortController();

function end(reason: string): void {
  if (stop.signal.aborted) return;
  log.info({ reason }, "collector stops");
  stop.abort();
  setTimeout(() => process.exit(0), stopDeadlineMs).unref();
}

process.on("SIGTERM", () => end("SIGTERM"));
process.on("SIGINT", () => end("SIGINT"));
// Started by `npm start`: when that process dies, however, the channel closes.
process.on("disconnect", () => end("its parent is gone"));

try {
  log.level = env().logLevel;
  await collect(stop.signal);
  await closeWarehouses();
  await switchLedger(null);
  process.exit(0);
} catch (error) {
  log.fatal({ err: findAppError(error) ? undefined : error }, error instanceof Error ? error.message : String(error));
  process.exit(1);
}
