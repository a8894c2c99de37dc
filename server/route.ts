import "server-only";
import { randomUUID } from "node:crypto";
import type { z } from "zod";
import { fromSegment } from "@/lib/paths";
import type { ErrorCode, Problem } from "@/lib/schemas/problem";
import type { User } from "@/lib/schemas/user";
import { authenticate, type Principal } from "./auth";
import { env } from "./env";
import { AppError, findAppError } from "./errors";
import { log } from "./log";
import { observeRequest } from "./metrics";

export interface RouteContext {
  user: User;
  request: Request;
  requestId: string;
  /** Ids of the path, decoded once. */
  params: Record<string, string>;
  /** The query string as that schema. @throws AppError `invalid` with the fields */
  query<S extends z.ZodType>(schema: S): z.output<S>;
  /** The JSON body as that schema. @throws AppError `invalid` with the fields */
  body<S extends z.ZodType>(schema: S): Promise<z.output<S>>;
  /** The Idempotency-Key header. @throws AppError `invalid` (400) when it is missing */
  idempotencyKey(): string;
}

/** An answer with another status than 200. */
export class Reply {
  readonly status: number;
  readonly body: unknown;
  constructor(status: number, body: unknown) {
    this.status = status;
    this.body = body;
  }
}

type NextContext = { params: Promise<Record<string, string | string[] | undefined>> };
type Door = (request: Request, context: NextContext) => Promise<Response>;

const bodyLimitBytes = 64 * 1024;
/** PostgreSQL keeps neither NUL nor half of a surrogate pair. */
const unkeepable = /\0|\p{Surrogate}/u;
const titles: Record<ErrorCode, string> = {
  unauthenticated: "Not signed in",
  forbidden: "Not allowed",
  not_found: "Not found",
  invalid: "Not valid",
  conflict: "Conflict",
  throttled: "Too many requests",
  upstream: "A system does not answer",
  internal: "Internal error",
};

/** A door that needs a session or a token: parse, call the verb, nothing else. */
export function route(handler: (context: RouteContext) => unknown): Door {
  return door(async (request, requestId, params) => {
    const principal = await authenticate(request);
    if (request.method !== "GET" && request.method !== "HEAD") checkOrigin(request, principal);
    return handler({
      user: principal.user,
      request,
      requestId,
      params,
      query: (schema) => parse(schema, Object.fromEntries(new URL(request.url).searchParams), 400),
      body: async (schema) => parse(schema, await readJson(request), 422),
      idempotencyKey: () => readKey(request),
    });
  });
}

/** A door that is open to everybody: only those that DESIGN names. */
export function openRoute(handler: () => unknown): Door {
  return door(() => handler());
}

/** What is at no door: said only to those who may come in. */
export function refuseUnknown({ request }: RouteContext): never {
  throw new AppError("not_found", `There is no ${request.method} ${new URL(request.url).pathname}`, {
    remedy: "/api/openapi.json lists what there is.",
  });
}

function door(work: (request: Request, requestId: string, params: Record<string, string>) => unknown): Door {
  return async (request, context) => {
    const requestId = randomUUID();
    const begun = performance.now();
    const params = await readParams(request, context);
    const name = templateOf(request, params, await context.params);
    let response: Response;
    try {
      if (/%00/.test(request.url)) throw new AppError("invalid", "The address holds a NUL", { status: 400, remedy: "Leave it out." });
      response = toResponse(await work(request, requestId, params));
    } catch (error) {
      response = problemResponse(error, requestId);
    }
    for (const [header, value] of Object.entries(securityHeaders(response))) response.headers.set(header, value);
    response.headers.set("x-request-id", requestId);
    observeRequest(request.method, name, response.status, performance.now() - begun);
    return response;
  };
}

function toResponse(result: unknown): Response {
  if (result instanceof Response) return result;
  return result instanceof Reply ? Response.json(result.body, { status: result.status }) : Response.json(result);
}

/** The router hands over each id encoded or decoded: the path itself says which, and each is decoded exactly once. */
async function readParams(request: Request, context: NextContext): Promise<Record<string, string>> {
  const given = Object.entries((await context.params) ?? {}).filter((pair): pair is [string, string] => typeof pair[1] === "string");
  const segments = new URL(request.url).pathname.split("/");
  let from = 0;
  return Object.fromEntries(
    given.map(([name, value]) => {
      const at = segments.findIndex((segment, index) => index >= from && (segment === value || fromPath(segment) === value));
      if (at >= 0) from = at + 1;
      return [name, fromSegment(at >= 0 ? (segments[at] ?? value) : value)];
    }),
  );
}

function fromPath(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** The path with its ids replaced by their names: a label whose values are few, whatever is asked for. */
function templateOf(request: Request, params: Record<string, string>, given: Record<string, unknown>): string {
  if (Object.values(given ?? {}).some(Array.isArray)) return "(no door)";
  const entries = Object.entries(params);
  return new URL(request.url).pathname
    .split("/")
    .map((segment) => entries.find(([, value]) => fromSegment(segment) === value)?.[0] ?? segment)
    .join("/");
}

/** A cookie is sent by the browser whoever asks: only our own pages may write with it. A token is not, so it needs no Origin. */
function checkOrigin(request: Request, { via }: Principal): void {
  if (via === "token") return;
  const origin = request.headers.get("origin");
  if (origin === env().publicUrl) return;
  throw new AppError(
    "forbidden",
    origin === null ? "A write with a session needs the Origin header" : `Writes from ${origin} are refused`,
    {
      remedy: `Open Penstock at ${env().publicUrl}, or send a token instead of a session.`,
    },
  );
}

function readKey(request: Request): string {
  const key = request.headers.get("idempotency-key");
  if (key !== null && key !== "") return key;
  throw new AppError("invalid", "The header Idempotency-Key is missing", {
    status: 400,
    remedy: "Send 8 to 64 letters, digits, _ or -; the same key for each repetition of the same request.",
    fields: [{ name: "Idempotency-Key", message: "required" }],
  });
}

async function readJson(request: Request): Promise<unknown> {
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") {
    throw new AppError("invalid", "The body must be JSON", { status: 415, remedy: "Send Content-Type: application/json." });
  }
  const text = await readLimited(request);
  let hasUnkeepable = false;
  let body: unknown;
  try {
    body = JSON.parse(text, (name, value) => {
      hasUnkeepable ||= unkeepable.test(name) || (typeof value === "string" && unkeepable.test(value));
      return value;
    });
  } catch (cause) {
    throw new AppError("invalid", "The body is not valid JSON", { status: 400, cause });
  }
  if (hasUnkeepable) throw new AppError("invalid", "The body holds a NUL or half a character", { remedy: "Leave it out." });
  return body;
}

async function readLimited(request: Request): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (request.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > bodyLimitBytes) throw new AppError("invalid", `The body is larger than ${bodyLimitBytes / 1024} kB`, { status: 413 });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parse<S extends z.ZodType>(schema: S, value: unknown, status: number): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map((issue) => ({ name: issue.path.join(".") || "body", message: issue.message }));
  throw new AppError("invalid", fields.map((field) => `${field.name}: ${field.message}`).join("; "), {
    status,
    remedy: "Correct the named fields; /api/openapi.json describes them.",
    fields,
  });
}

function problemResponse(error: unknown, requestId: string): Response {
  const known = findAppError(error);
  if (!known || known.code === "internal") log.error({ requestId, err: error }, "a request failed for an unknown reason");
  const problem = toProblem(known, requestId);
  const headers: Record<string, string> = { "content-type": "application/problem+json" };
  if (problem.status === 401) headers["www-authenticate"] = 'Bearer realm="penstock"';
  if (problem.status === 503 || problem.status === 429) headers["retry-after"] = "5";
  return new Response(JSON.stringify(problem), { status: problem.status, headers });
}

function toProblem(error: AppError | null, requestId: string): Problem {
  if (!error) {
    return {
      type: "about:blank",
      title: titles.internal,
      status: 500,
      detail: "Penstock made a mistake. Nothing about it is shown here.",
      remedy: `Tell an administrator this request id: ${requestId}.`,
      requestId,
    };
  }
  return {
    type: `urn:penstock:problem:${error.code}`,
    title: titles[error.code],
    status: error.status,
    detail: error.message,
    ...(error.system === undefined ? {} : { system: error.system }),
    ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
    ...(error.fields === undefined ? {} : { fields: error.fields }),
    requestId,
  };
}

function securityHeaders(response: Response): Record<string, string> {
  // An answer is compressed on its way; what is streamed must not wait in a buffer.
  const isWhole = response.headers.get("content-type")?.includes("json") && !response.headers.has("content-disposition");
  return {
    "cache-control": isWhole ? "private, no-store" : "private, no-store, no-transform",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    ...(env().publicUrl.startsWith("https://") ? { "strict-transport-security": "max-age=31536000; includeSubDomains" } : {}),
  };
}
