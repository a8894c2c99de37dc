import "server-only";
import pg from "pg";
import { env } from "@/server/env";

const retryAfterMs = 1_000;
/** A dead peer says nothing: asked this often whether the connection still stands. */
const heartbeatMs = 10_000;

export interface Listener {
  stop(): Promise<void>;
}

/**
 * LISTENs on one connection of its own and reconnects for ever. Notifications sent while it was away are lost:
 * `onState("open")` after a gap means "assume that everything changed".
 */
export function listen(
  channel: string,
  onPayload: (payload: string) => void,
  onState: (state: "open" | "lost") => void = () => undefined,
): Listener {
  let client: pg.Client | null = null;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  const lose = (lost: pg.Client) => {
    if (client !== lost) return;
    client = null;
    clearTimeout(timer);
    lost.end().catch(() => undefined);
    if (isStopped) return;
    onState("lost");
    timer = setTimeout(open, retryAfterMs);
  };
  const beat = (alive: pg.Client) => {
    timer = setTimeout(() => {
      alive.query("select 1").then(
        () => client === alive && beat(alive),
        () => lose(alive),
      );
    }, heartbeatMs);
  };
  const open = () => {
    const opening = new pg.Client({
      connectionString: env().databaseUrl,
      connectionTimeoutMillis: 2_000,
      query_timeout: 5_000,
      application_name: `penstock listen ${channel}`,
      keepAlive: true,
    });
    client = opening;
    opening.on("error", () => lose(opening));
    opening.on("end", () => lose(opening));
    opening.on("notification", (message) => onPayload(message.payload ?? ""));
    opening
      .connect()
      .then(() => opening.query(`listen ${pg.escapeIdentifier(channel)}`))
      .then(() => {
        if (client !== opening) return;
        onState("open");
        beat(opening);
      })
      .catch(() => lose(opening));
  };
  open();
  return {
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      const last = client;
      client = null;
      await last?.end().catch(() => undefined);
    },
  };
}
