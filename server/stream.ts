import "server-only";
import { asc, desc, gt } from "drizzle-orm";
import type { User } from "@/lib/schemas/user";
import { allow } from "./auth";
import { AppError, ledgerDown } from "./errors";
import { ledger } from "./ledger/db";
import { type Listener, listen } from "./ledger/listen";
import { changeChannel } from "./ledger/notify";
import { change } from "./ledger/schema";
import { log } from "./log";

const encoder = new TextEncoder();
const heartbeatMs = 15_000;
/** An event, not a comment: a browser tells its page of events only, and a page that hears none for long knows that its stream is dead. */
const beatEvent = encoder.encode("event: beat\ndata: 1\n\n");
/** After an event the next one waits so long: what comes meanwhile is gathered into it. */
const gatherMs = 25;
const pollMs = 1_000;
/** LISTEN is tried with a notification of our own; behind a transaction pooler it never comes. */
const probeMs = 3_000;
const connectMs = 3_000;
/** A stream ends after this long, so that the browser comes again and shows who it is. */
const longestMs = 30 * 60_000;
/** A reader that is further behind than this is let go: it comes again and reads everything anew. */
const mostBehindBytes = 64 * 1024;

const hello = encoder.encode("retry: 2000\n: connected\n\n");

interface Client {
  send(bytes: Uint8Array): void;
  end(): void;
}

interface Hub {
  clients: Set<Client>;
  listener: Listener | null;
  state: "connecting" | "open" | "lost" | "closed";
  /** Who waits for the connection, each for a few seconds. */
  waiting: Set<() => void>;
  gathered: Set<string>;
  gathering: NodeJS.Timeout | undefined;
  probe: NodeJS.Timeout | undefined;
  poll: NodeJS.Timeout | undefined;
}

const shared = globalThis as typeof globalThis & { penstockHub?: Hub };

function hub(): Hub {
  shared.penstockHub ??= {
    clients: new Set(),
    listener: null,
    state: "connecting",
    waiting: new Set(),
    gathered: new Set(),
    gathering: undefined,
    probe: undefined,
    poll: undefined,
  };
  return shared.penstockHub;
}

export function openStreams(): number {
  return shared.penstockHub?.clients.size ?? 0;
}

/**
 * Server-sent events: `change` with the keys that are old. There is no replay: a browser that (re)connects asks again for what it shows, so when the ledger's
 * connection was lost, all streams end.
 * @throws AppError naming the ledger while changes cannot be heard of
 */
export async function openStream(user: User, signal: AbortSignal): Promise<Response> {
  allow(user, "read");
  await connected();
  let client: Client | undefined;
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        client = join(controller);
        signal.addEventListener("abort", () => client?.end(), { once: true });
        if (signal.aborted) client.end();
      },
      cancel() {
        client?.end();
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: mostBehindBytes }),
  );
  return new Response(body, { headers: { "content-type": "text/event-stream; charset=utf-8", "x-accel-buffering": "no" } });
}

function join(controller: ReadableStreamDefaultController<Uint8Array>): Client {
  const { clients } = hub();
  let beat: NodeJS.Timeout | undefined;
  let last: NodeJS.Timeout | undefined;
  const client: Client = {
    send(bytes) {
      if (!clients.has(client)) return;
      if ((controller.desiredSize ?? 0) <= 0) client.end();
      else controller.enqueue(bytes);
    },
    end() {
      if (!clients.delete(client)) return;
      clearInterval(beat);
      clearTimeout(last);
      try {
        controller.close();
      } catch (error) {
        if (!(error instanceof TypeError)) throw error; // closed already by the reader
      }
    },
  };
  clients.add(client);
  beat = setInterval(() => client.send(beatEvent), heartbeatMs);
  last = setTimeout(client.end, longestMs);
  client.send(hello);
  return client;
}

async function connected(): Promise<void> {
  const at = hub();
  if (at.state === "closed") {
    throw new AppError("upstream", "This Penstock is stopping", {
      system: "Penstock",
      remedy: "The browser asks again by itself, and another process answers.",
      status: 503,
    });
  }
  startListening();
  if (isListening()) return;
  await new Promise<void>((done) => {
    const finish = () => {
      clearTimeout(timer);
      at.waiting.delete(finish);
      done();
    };
    const timer = setTimeout(finish, connectMs);
    at.waiting.add(finish);
  });
  if (!isListening()) throw ledgerDown(new Error("changes cannot be heard of"));
}

const isListening = () => hub().state === "open";

/** One connection listens for the whole process, from the first browser on. */
function startListening(): void {
  const at = hub();
  if (at.listener) return;
  at.listener = listen(changeChannel, hear, (state) => {
    clearTimeout(at.probe);
    clearTimeout(at.poll);
    if (at.state === "closed") return;
    at.state = state;
    if (state === "lost") return endAll();
    for (const finish of at.waiting) finish();
    probe();
  });
}

function hear(payload: string): void {
  const at = hub();
  clearTimeout(at.probe);
  let keys: unknown;
  try {
    keys = JSON.parse(payload);
  } catch {
    return; // not written by Penstock
  }
  if (Array.isArray(keys)) announce(keys.filter((key) => typeof key === "string"));
}

function announce(keys: string[]): void {
  const at = hub();
  if (keys.length === 0) return;
  for (const key of keys) at.gathered.add(key);
  if (at.gathering) return;
  // What one transaction says comes in one piece: the first of it waits for the rest, not for the clock.
  setImmediate(tell, at);
  at.gathering = setTimeout(() => {
    at.gathering = undefined;
    if (at.gathered.size > 0) announce([...at.gathered]);
  }, gatherMs);
}

/** One encoding for all. */
function tell(at: Hub): void {
  if (at.gathered.size === 0) return;
  const bytes = encoder.encode(`event: change\ndata: ${JSON.stringify([...at.gathered])}\n\n`);
  at.gathered.clear();
  for (const client of at.clients) client.send(bytes);
}

/** Sends an empty notification through the pool; when it does not come back, changes are polled from the ledger instead. */
function probe(): void {
  const at = hub();
  at.probe = setTimeout(() => {
    log.warn("notifications do not arrive (is a transaction pooler between?): changes are polled every second");
    startPolling();
  }, probeMs);
  ledger()
    .execute(`select pg_notify('${changeChannel}', '[]')`)
    .catch(() => clearTimeout(at.probe)); // the ledger went away again: "open" comes with the next connection
}

/** An id is given before its transaction commits, so a lower one may show later than a higher: each turn looks back over so many. */
const lateIds = 200;

/** Announces what is new in the ledger at each call; the first one all of late, since nobody was told of it while a notification was waited for. */
export function changesSince(): () => Promise<void> {
  let last: number | null = null;
  let seen = new Set<number>();
  return async () => {
    if (last === null) {
      const [newest] = await ledger().select({ id: change.id }).from(change).orderBy(desc(change.id)).limit(1);
      last = newest?.id ?? 0;
    }
    const rows = await ledger()
      .select()
      .from(change)
      .where(gt(change.id, last - lateIds))
      .orderBy(asc(change.id))
      .limit(1_000);
    announce(rows.filter((row) => !seen.has(row.id)).flatMap((row) => row.keys));
    seen = new Set(rows.map((row) => row.id));
    last = rows.at(-1)?.id ?? last;
  };
}

function startPolling(): void {
  const at = hub();
  const turn = changesSince();
  const again = () => {
    if (at.state !== "open") return;
    at.poll = setTimeout(() => {
      turn().then(again, () => {
        endAll();
        again();
      });
    }, pollMs);
  };
  again();
}

function endAll(): void {
  for (const client of hub().clients) client.end();
}

/** Ends every stream and the connection, for good: the process is about to stop. */
export async function closeStreams(): Promise<void> {
  const at = hub();
  at.state = "closed";
  for (const timer of [at.probe, at.poll, at.gathering]) clearTimeout(timer);
  endAll();
  const { listener } = at;
  at.listener = null;
  for (const finish of at.waiting) finish();
  await listener?.stop();
}
