import { timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { z } from "zod";
import { FaultRule } from "./fault-proxy/rules";
import type { Faults } from "./fault-proxy/service";
import { explain } from "./steps";
import { type ServiceName, type Supervisor, serviceNames } from "./supervisor";

/** An action as IAM names it, `*` allowed; without a role, to every role. */
const Denial = z.strictObject({ action: z.string(), role: z.string().optional() });
export type Deny = (denials: z.infer<typeof Denial>[]) => void;

/**
 * The loopback control API: `GET /state`, `POST /services/<name>/{start,stop,kill}`, each with `Authorization: Bearer <token>`.
 * A POST answers when the service is ready or down: 200 with its state, 409 with the reason when it could not start.
 * `PUT /denials` with `[{ "action", "role"? }]` refuses actions to the dashboard's roles; an empty list allows them again.
 * On a test platform: `PUT /faults` with a list of rules, `DELETE /faults`, and `GET /faults/calls`, which tells the requests since it was last asked.
 */
export function serveControl(
  supervisor: Supervisor,
  port: number,
  token: string,
  faults: Faults | null = null,
  denials: Deny | null = null,
): Promise<Server> {
  const server = createServer((request, response) => {
    void answer(supervisor, token, { faults, denials }, request, response).catch((error: unknown) =>
      send(response, 500, { error: explain(error) }),
    );
  });
  return new Promise((ready, fail) => {
    server.once("error", fail);
    server.listen(port, "127.0.0.1", () => ready(server));
  });
}

async function answer(
  supervisor: Supervisor,
  token: string,
  { faults, denials }: { faults: Faults | null; denials: Deny | null },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!isAllowed(request, token)) return send(response, 401, { error: "the token of control.json is needed" });
  const { pathname } = new URL(request.url ?? "/", "http://127.0.0.1");
  if (request.method === "GET" && pathname === "/state") return send(response, 200, { services: supervisor.states() });
  if (faults && pathname.startsWith("/faults")) return answerFaults(faults, `${request.method} ${pathname}`, request, response);
  if (denials && request.method === "PUT" && pathname === "/denials") return deny(denials, request, response);
  const [, kind, name, verb] = pathname.split("/");
  const service = serviceNames.find((each) => each === name && supervisor.names().includes(each));
  if (request.method !== "POST" || kind !== "services" || !isVerb(verb))
    return send(response, 404, { error: `no ${request.method} ${pathname}` });
  if (!service) return send(response, 404, { error: `no service ${name}; there are ${supervisor.names().join(", ")}` });
  try {
    await supervisor[verb](service);
  } catch (error) {
    return send(response, 409, { error: explain(error), ...stateOf(supervisor, service) });
  }
  return send(response, 200, stateOf(supervisor, service));
}

async function answerFaults(faults: Faults, what: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (what === "GET /faults/calls") return send(response, 200, { calls: faults.takeCalls() });
  if (what !== "PUT /faults" && what !== "DELETE /faults") return send(response, 404, { error: `no ${what}` });
  const rules = what === "DELETE /faults" ? z.array(FaultRule).safeParse([]) : z.array(FaultRule).safeParse(await readJson(request));
  if (!rules.success) return send(response, 422, { error: z.prettifyError(rules.error) });
  await faults.set(rules.data);
  return send(response, 200, { faults: rules.data });
}

async function deny(denials: Deny, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const given = z.array(Denial).safeParse(await readJson(request));
  if (!given.success) return send(response, 422, { error: z.prettifyError(given.error) });
  denials(given.data);
  return send(response, 200, { denials: given.data });
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString("utf8"));
}

const isVerb = (text: string | undefined): text is "start" | "stop" | "kill" => text === "start" || text === "stop" || text === "kill";

const stateOf = (supervisor: Supervisor, name: ServiceName) => ({ ...supervisor.states().find((each) => each.name === name) });

function isAllowed(request: IncomingMessage, token: string): boolean {
  const given = Buffer.from(request.headers.authorization ?? "");
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
