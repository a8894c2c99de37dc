import { request as ask, createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { answerOf } from "./answers";
import { repeatedToken, withoutPlace, wrongTypes } from "./distort";
import { keyHandedOut, readAsked } from "./request";
import { type Asked, applies, type HttpFault, type HttpRule } from "./rules";

export interface SeenCall {
  service: string;
  operation: string;
  count: number;
}

export interface FaultProxy {
  url: string;
  port: number;
  /** Replaces the rules; the first that applies to a request decides. */
  set(rules: HttpRule[]): void;
  clear(): void;
  /** Requests since the last time somebody asked. */
  takeCalls(): SeenCall[];
  stop(): Promise<void>;
}

/** An HTTP proxy in front of an AWS endpoint that does to requests what AWS and networks do. Without rules it changes nothing. */
export async function startFaultProxy({ upstream, port = 0 }: { upstream: string; port?: number }): Promise<FaultProxy> {
  let rules: { rule: HttpRule; left: number }[] = [];
  let seen = new Map<string, SeenCall>();
  const accounts = new Map<string, string>();
  const target = new URL(upstream);

  const faultFor = (asked: Asked): HttpFault | null => {
    const found = rules.find(({ rule, left }) => left > 0 && applies(rule, asked));
    if (!found) return null;
    found.left -= 1;
    return found.rule.fault;
  };
  const note = ({ service, operation }: Asked) => {
    const key = `${service} ${operation}`;
    const known = seen.get(key) ?? { service, operation, count: 0 };
    seen.set(key, { ...known, count: known.count + 1 });
  };

  const server = createServer(async (request, response) => {
    try {
      const body = await readAll(request);
      const asked = readAsked(
        { method: request.method ?? "", path: request.url ?? "", headers: request.headers, body: body.toString("utf8") },
        accounts,
      );
      note(asked);
      const fault = faultFor(asked);
      if (fault === "hang") return;
      if (fault === "reset") return void request.socket.resetAndDestroy();
      const own = fault && answerOf(fault, asked);
      if (own) return void response.writeHead(own.status, own.headers).end(own.body);
      const sent = fault === "repeated-token" ? Buffer.from(withoutPlace(asked.operation, body.toString("utf8"))) : body;
      const answer = await forward(target, request, sent);
      if (asked.operation === "AssumeRole") remember(body, answer.body);
      passOn(response, fault ? distorted(fault, asked, answer) : answer, fault === "truncated");
    } catch {
      // The upstream is away: the client sees what it would see without us.
      request.socket.destroy();
    }
  });
  const remember = (asked: Buffer, answer: Buffer) => {
    const handed = keyHandedOut(asked.toString("utf8"), answer.toString("utf8"));
    if (handed) accounts.set(handed.key, handed.account);
  };

  await new Promise<void>((ready, fail) => {
    server.once("error", fail);
    server.listen(port, "127.0.0.1", ready);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    set(given) {
      rules = given.map((rule) => ({ rule, left: rule.times ?? Number.POSITIVE_INFINITY }));
    },
    clear() {
      rules = [];
    },
    takeCalls() {
      const calls = [...seen.values()];
      seen = new Map();
      return calls;
    },
    stop: () =>
      new Promise<void>((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

interface Passed {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** Hop-by-hop, or told anew for the body that we send. */
const ownHeaders = ["connection", "keep-alive", "transfer-encoding", "content-length"];

/** The Host stays the client's: it is part of what was signed. */
function forward(target: URL, request: IncomingMessage, body: Buffer): Promise<Passed> {
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !ownHeaders.includes(name)));
  return new Promise((pass, fail) => {
    const onward = ask(
      {
        host: target.hostname,
        port: target.port,
        method: request.method,
        path: request.url,
        headers: { ...headers, "content-length": body.length },
      },
      (answer) => readAll(answer).then((read) => pass({ status: answer.statusCode ?? 502, headers: answer.headers, body: read }), fail),
    );
    onward.once("error", fail);
    onward.end(body);
  });
}

function distorted(fault: HttpFault, asked: Asked, answer: Passed): Passed {
  if (fault !== "wrong-types" && fault !== "repeated-token") return answer;
  const text = answer.body.toString("utf8");
  if (!text.startsWith("{")) {
    // Query's XML: each leaf of text becomes a number.
    return fault === "wrong-types" ? { ...answer, body: Buffer.from(text.replace(/>[^<>]+</g, ">12345<")) } : answer;
  }
  const told: unknown = JSON.parse(text);
  return {
    ...answer,
    body: Buffer.from(JSON.stringify(fault === "wrong-types" ? wrongTypes(told) : repeatedToken(asked.operation, told))),
  };
}

function passOn(response: ServerResponse, { status, headers, body }: Passed, isTruncated: boolean): void {
  const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !ownHeaders.includes(name)));
  if (!isTruncated) return void response.writeHead(status, { ...kept, "content-length": body.length }).end(body);
  response.writeHead(status, { ...kept, "content-length": body.length + 1_000 });
  response.write(body.subarray(0, Math.ceil(body.length / 2)), () => response.destroy());
}
