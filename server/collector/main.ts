import "server-only";
import { findAppError } from "@/server/errors";
import { log } from "@/server/log";
import { runCollector } from "./run";

/** SIGTERM must end us within 5 seconds, whatever a source is doing. */
const stopDeadlineMs = 4_000;

/** The collector alone, without the web server that `npm start` runs beside it. */
const stop = new AbortController();

function end(reason: string): void {
  if (stop.signal.aborted) return;
  log.info({ reason }, "collector stops");
  stop.abort();
  setTimeout(() => process.exit(0), stopDeadlineMs).unref();
}

process.on("SIGTERM", () => end("SIGTERM"));
process.on("SIGINT", () => end("SIGINT"));
// When the process that started it dies, however, the channel closes.
process.on("disconnect", () => end("its parent is gone"));

try {
  await runCollector(stop.signal);
  process.exit(0);
} catch (error) {
  log.fatal({ err: findAppError(error) ? undefined : error }, error instanceof Error ? error.message : String(error));
  process.exit(1);
}
