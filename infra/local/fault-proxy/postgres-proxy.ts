import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import type { PostgresFault } from "./rules";

export interface PostgresProxy {
  port: number;
  /** From now on, for connections that are open too; null: passes everything on. */
  set(fault: PostgresFault | null): Promise<void>;
  stop(): Promise<void>;
}

const startup = 0;
const query = "Q".charCodeAt(0);
const parse = "P".charCodeAt(0);
const sync = "S".charCodeAt(0);
/** CancelRequest, SSLRequest and GSSENCRequest: they come instead of a start-up message. */
const isSpecial = (message: Buffer) => message.length === 8 || message.readUInt32BE(4) === 80_877_102;

const errors: Partial<Record<PostgresFault, { code: string; message: string; severity: string }>> = {
  denied: { severity: "FATAL", code: "28000", message: 'role "penstock_reader" is not permitted to log in' },
  permission: { severity: "ERROR", code: "42501", message: "permission denied for schema penstock" },
  "statement-timeout": { severity: "ERROR", code: "57014", message: "canceling statement due to statement timeout" },
  "read-only": { severity: "ERROR", code: "25006", message: "cannot execute the statement in a read-only transaction" },
};

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 0, "latin1");
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

const errorResponse = ({ severity, code, message: text }: { severity: string; code: string; message: string }) =>
  message("E", Buffer.from(`S${severity}\0V${severity}\0C${code}\0M${text}\0\0`, "utf8"));
const readyForQuery = message("Z", Buffer.from("I"));

/** A proxy in front of a PostgreSQL server that breaks connections and answers statements as such a server does when something is wrong. */
export async function startPostgresProxy({ upstreamPort, port = 0 }: { upstreamPort: number; port?: number }): Promise<PostgresProxy> {
  let fault: PostgresFault | null = null;
  let server: Server | null = null;
  const open = new Set<Socket>();

  const accept = (client: Socket) => {
    if (fault === "reset") return void client.resetAndDestroy();
    const upstream = connect(upstreamPort, "127.0.0.1");
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on("error", () => undefined);
      socket.once("close", () => {
        open.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    upstream.on("data", (chunk) => {
      if (fault !== "hang") client.write(chunk);
    });
    const messages = split();
    let isRefusing = false;
    client.on("data", (chunk) => {
      for (const { type, raw } of messages(chunk)) {
        if (fault === "hang") continue;
        if (fault === "garbage" && type !== startup) client.write("HTTP/1.1 400 Bad Request\r\n\r\n");
        else if (fault === "denied" && type === startup && !isSpecial(raw)) client.end(errorResponse(errors.denied as never));
        else if (isRefusing) {
          // After an error the server reads on to the next Sync, and answers it.
          if (type === sync) client.write(readyForQuery);
          isRefusing = type !== sync;
        } else {
          const error = fault && fault !== "denied" && (type === query || type === parse) ? errors[fault] : undefined;
          if (!error) upstream.write(raw);
          else {
            client.write(type === query ? Buffer.concat([errorResponse(error), readyForQuery]) : errorResponse(error));
            isRefusing = type === parse;
          }
        }
      }
    });
  };

  let bound = port;
  const listen = async () => {
    const opened = createServer(accept);
    await new Promise<void>((ready, fail) => {
      opened.once("error", fail);
      opened.listen(bound, "127.0.0.1", ready);
    });
    bound = (opened.address() as AddressInfo).port;
    server = opened;
  };
  const close = async () => {
    const closing = server;
    server = null;
    if (closing)
      await new Promise<void>((done) => {
        closing.close(() => done());
        for (const socket of open) socket.destroy();
      });
  };
  await listen();
  return {
    port: bound,
    async set(next) {
      const last = fault;
      fault = next;
      if (next === "refuse") await close();
      else if (!server) await listen();
      // Who is connected already meets these as well.
      if (next === "reset" || next === "denied") for (const socket of open) socket.resetAndDestroy();
      // What a fault swallowed will not be answered any more.
      if (next === null && last !== null) for (const socket of open) socket.destroy();
    },
    stop: close,
  };
}

/** Cuts what a client sends into messages; the first has no type. */
function split(): (chunk: Buffer) => { type: number; raw: Buffer }[] {
  let rest = Buffer.alloc(0);
  let isStarted = false;
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    const found: { type: number; raw: Buffer }[] = [];
    for (;;) {
      const at = isStarted ? 1 : 0;
      if (rest.length < at + 4) return found;
      const length = at + rest.readUInt32BE(at);
      if (rest.length < length) return found;
      const raw = rest.subarray(0, length);
      found.push({ type: isStarted ? (raw[0] ?? startup) : startup, raw });
      rest = rest.subarray(length);
      if (!isStarted && !isSpecial(raw)) isStarted = true;
    }
  };
}
