import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";

/** A recorded answer, as this file's name says; made on the local platform. */
export function recorded(name: string): unknown {
  return JSON.parse(readFileSync(fileURLToPath(new URL(`./recorded/${name}.json`, import.meta.url)), "utf8"));
}

export interface Asked {
  method: string;
  path: string;
  /** Operation of the AWS JSON protocol, such as `DescribeTasks`. */
  operation: string | null;
  body: Record<string, unknown>;
  /** Of the Query protocol, in which STS is asked. */
  form: URLSearchParams | null;
  /** The access key that signed. */
  key: string | null;
}

export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  /** Text is sent as it is, anything else as JSON. */
  body: unknown;
}

/** Times are seconds on AWS's JSON wire. */
function onTheWire(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(onTheWire);
  if (typeof value === "string" && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value)) return new Date(value).getTime() / 1000;
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, onTheWire(each)]));
  return value;
}

async function read(request: IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString("utf8");
  const target = request.headers["x-amz-target"];
  const isForm = String(request.headers["content-type"]).startsWith("application/x-www-form-urlencoded");
  return {
    method: request.method ?? "",
    path: request.url ?? "",
    operation: typeof target === "string" ? (target.split(".").at(-1) ?? null) : null,
    body: text && !isForm ? (JSON.parse(text) as Record<string, unknown>) : {},
    key: request.headers.authorization?.match(/Credential=([^/]+)/)?.[1] ?? null,
    form: isForm ? new URLSearchParams(text) : null,
  };
}

/** An endpoint that answers as `answer` says; the AWS clients talk to it over HTTP as to the real one. A null answer never comes. */
export async function startReplay(answer: (asked: Asked) => Answer | null) {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const what = await read(request);
    asked.push(what);
    const given = answer(what);
    if (!given) return;
    const body = what.operation || what.path.startsWith("/environments/") ? onTheWire(given.body) : given.body;
    response.writeHead(given.status ?? 200, { "content-type": "application/json", ...given.headers });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    stop: () =>
      new Promise<void>((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}
