import { createHash, randomBytes } from "node:crypto";
import { eq } from "drizzle-orm";
import { encode } from "next-auth/jwt";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeApi } from "@/lib/openapi";
import { Problem } from "@/lib/schemas/problem";
import type { SourceList } from "@/lib/schemas/status";
import type { Role } from "@/lib/schemas/user";
import { env } from "./env";
import { ledger } from "./ledger/db";
import { apiToken, auditEvent } from "./ledger/schema";
import { recordSuccess } from "./ledger/source-health";
import { closeStreams } from "./stream";
import { configure } from "./testing/configuration";
import { type Door, everyDoor, knock } from "./testing/doors";
import { givenAttempt, givenEnvironment, givenPipeline, givenRun, people } from "./testing/facts";
import { startTestLedger, type TestLedger } from "./testing/postgres";

let server: TestLedger;
let doors: Door[];
const tokens = {} as Record<Role | "revoked" | "expired", string>;
const open = ["/api/health"];

async function givenToken(name: keyof typeof tokens, more: Partial<typeof apiToken.$inferInsert> = {}) {
  const token = randomBytes(32).toString("base64url");
  tokens[name] = token;
  const role = name in people ? name : "admin";
  const tokenHash = createHash("sha256").update(token).digest("hex");
  await ledger()
    .insert(apiToken)
    .values({ id: name, name, role, tokenHash, createdAt: new Date(), createdBy: "test", ...more });
}

beforeAll(async () => {
  server = await startTestLedger();
  configure({ databaseUrl: server.url });
  doors = await everyDoor();
  for (const role of ["viewer", "analyst", "operator", "admin"] as const) await givenToken(role);
  await givenToken("revoked", { revokedAt: new Date() });
  await givenToken("expired", { expiresAt: new Date(Date.now() - 1_000) });
  await givenEnvironment();
  await givenPipeline({ params: [] });
  await givenPipeline({ pipeline: "odd/name %2F.. +é" });
  await givenRun({ pipeline: "odd/name %2F.. +é", runId: ".." });
  await givenRun();
  await givenAttempt();
});
afterAll(async () => {
  await closeStreams();
  await server.remove();
});

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const find = (path: string, method = "GET") => doors.find((door) => door.path === path && door.method === method) as Door;
const problemOf = async (response: Response) => Problem.parse(await response.json());

async function cookieOf(claims: Record<string, unknown>, secret = env().authSecret): Promise<string> {
  return `penstock.session=${await encode({ token: claims, secret })}`;
}
const secondsAgo = (seconds: number) => Math.floor(Date.now() / 1000) - seconds;
const oskar = { sub: "demo:oskar", name: "Oskar Lind", role: "operator", provider: "demo", signedInAt: secondsAgo(60) };

test("the walk finds every door that the design names", () => {
  const paths = new Set(doors.map((door) => door.path));
  for (const path of ["/api/health", "/metrics", "/api/stream", "/api/pipelines/{environment}/{dag}/runs", "/api/{unknown}"])
    expect(paths).toContain(path);
  expect(paths.size).toBeGreaterThan(17);
});

test("every door but the open ones answers an anonymous request with 401 and nothing else", async () => {
  for (const door of doors) {
    const response = await knock(door, {});
    if (open.includes(door.path)) {
      expect([door.path, response.status]).toEqual([door.path, 200]);
      continue;
    }
    expect([door.path, door.method, response.status]).toEqual([door.path, door.method, 401]);
    expect(response.headers.get("www-authenticate")).toContain("Bearer");
    if (door.method !== "HEAD") expect(Object.keys(await problemOf(response))).not.toContain("items");
  }
});

test.each([
  ["a revoked token", () => bearer(tokens.revoked)],
  ["an expired token", () => bearer(tokens.expired)],
  ["an unknown token", () => bearer(randomBytes(32).toString("base64url"))],
  ["no bearer", () => ({ authorization: `Basic ${tokens.admin}` })],
  ["an empty bearer", () => ({ authorization: "Bearer " })],
  ["the stored hash as a token", () => bearer(createHash("sha256").update(tokens.admin).digest("hex"))],
])("%s opens nothing", async (_, headers) => {
  expect((await knock(find("/api/status"), {}, { headers: headers() })).status).toBe(401);
});

test("an Authorization header decides alone: a good cookie beside a bad token opens nothing", async () => {
  const cookie = await cookieOf(oskar);
  expect((await knock(find("/api/status"), {}, { headers: { cookie } })).status).toBe(200);
  expect((await knock(find("/api/status"), {}, { headers: { cookie, authorization: "Bearer nonsense-token-value-1234" } })).status).toBe(
    401,
  );
});

test.each([
  ["another secret", () => cookieOf(oskar, "another secret of thirty-two characters")],
  ["no role", () => cookieOf({ ...oskar, role: undefined })],
  ["an unknown role", () => cookieOf({ ...oskar, role: "root" })],
  ["no id", () => cookieOf({ ...oskar, sub: undefined })],
  ["an id that is no text", () => cookieOf({ ...oskar, sub: { toString: "x" } })],
  ["an expired session", async () => `penstock.session=${await encode({ token: oskar, secret: env().authSecret, maxAge: -60 })}`],
  ["a sign-in of yesterday, extended since", () => cookieOf({ ...oskar, signedInAt: secondsAgo(86_400) })],
  ["no time of sign-in", () => cookieOf({ ...oskar, signedInAt: undefined })],
  ["unsigned text", async () => `penstock.session=${Buffer.from(JSON.stringify(oskar)).toString("base64url")}`],
])("a session with %s opens nothing", async (_, cookie) => {
  expect((await knock(find("/api/status"), {}, { headers: { cookie: await cookie() } })).status).toBe(401);
});

test.each([
  ["a NUL in the body", { body: '{"params": {"fault": "\\u0000"}}' }, 422],
  ["half a character in the body", { body: '{"reason": "\\ud83d"}' }, 422],
  ["a NUL in the address", { query: "?x=%00" }, 400],
])("%s is refused, as the ledger keeps none", async (_, sent, status) => {
  const headers = { ...bearer(tokens.operator), "content-type": "application/json", "idempotency-key": "k1234567890" };
  const door = find("/api/pipelines/{environment}/{dag}/runs", "POST");
  const response = await knock(door, { environment: "local", dag: "sales_daily" }, { headers, body: "{}", ...sent });
  expect(response.status).toBe(status);
  expect((await problemOf(response)).detail).toMatch(/NUL/);
});

test("a demo session is worth nothing outside the demo", async () => {
  const cookie = await cookieOf(oskar);
  configure({ databaseUrl: server.url, isDemo: false });
  const response = await knock(find("/api/status"), {}, { headers: { cookie } });
  configure({ databaseUrl: server.url });
  expect(response.status).toBe(401);
});

test("every answer carries the security headers and may not be cached", async () => {
  for (const door of doors) {
    const { headers } = await knock(door, {});
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("cache-control")).toContain("no-store");
    expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  }
});

test("an answer may be compressed on its way", async () => {
  const { headers } = await knock(find("/api/runs"), {}, { headers: bearer(tokens.viewer) });
  expect(headers.get("cache-control")).not.toContain("no-transform");
});

const trigger = () => find("/api/pipelines/{environment}/{dag}/runs", "POST");
const post = (headers: Record<string, string>, body: unknown = { params: {} }) =>
  knock(
    trigger(),
    { environment: "local", dag: "sales_daily" },
    { headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) },
  );
const key = { "idempotency-key": "a-good-key-0001" };

test("a viewer's trigger is forbidden and recorded", async () => {
  const response = await post({ ...bearer(tokens.viewer), ...key });
  expect(response.status).toBe(403);
  expect(await problemOf(response)).toMatchObject({ title: "Not allowed", remedy: expect.stringContaining("operator") });
  const events = await ledger().select().from(auditEvent).where(eq(auditEvent.userId, "token:viewer"));
  expect(events).toMatchObject([{ outcome: "denied", action: "run.trigger", target: "local/sales_daily" }]);
});

test.each([
  ["no Origin", {}],
  ["another Origin", { origin: "https://evil.example" }],
  ["a null Origin", { origin: "null" }],
  ["an Origin that only begins like ours", { origin: "http://localhost:3000.evil.example" }],
])("a write with a session and %s is refused", async (_, headers) => {
  const response = await post({ cookie: await cookieOf(oskar), ...key, ...(headers as Record<string, string>) });
  expect(response.status).toBe(403);
});

test("a write with a session and our Origin gets past the door; a token needs none", async () => {
  const bad = { params: { nonsense: 1 } };
  expect((await post({ cookie: await cookieOf(oskar), origin: env().publicUrl, ...key }, bad)).status).toBe(422);
  expect((await post({ ...bearer(tokens.operator), ...key }, bad)).status).toBe(422);
});

test("a wrong parameter is refused, naming the field", async () => {
  const problem = await problemOf(await post({ ...bearer(tokens.operator), ...key }, { params: { nonsense: 1 } }));
  expect(problem).toMatchObject({ status: 422, fields: [{ name: "nonsense" }] });
});

test.each([
  ["without a key", {}, 400],
  ["with a malformed key", { "idempotency-key": "no" }, 400],
  ["with another content type", { ...key, "content-type": "text/plain" }, 415],
])("a write %s is refused", async (_, headers, status) => {
  expect((await post({ ...bearer(tokens.operator), ...(headers as Record<string, string>) })).status).toBe(status);
});

test("a body that is too large, no JSON or has unknown fields is refused", async () => {
  const send = (body: string) =>
    knock(
      trigger(),
      { environment: "local", dag: "sales_daily" },
      { headers: { ...bearer(tokens.operator), ...key, "content-type": "application/json" }, body },
    );
  expect((await send(JSON.stringify({ reason: "x".repeat(70_000) }))).status).toBe(413);
  expect((await send("{")).status).toBe(400);
  expect((await send(JSON.stringify({ params: {}, extra: 1 }))).status).toBe(422);
});

test("what is at no door is a 404 for those who may come in", async () => {
  const response = await knock(find("/api/{unknown}"), { unknown: "nothing" }, { headers: bearer(tokens.viewer) });
  expect(await problemOf(response)).toMatchObject({ status: 404, remedy: expect.stringContaining("openapi") });
});

test.each([
  ["/api/tables/{environment}/{table}", { environment: "local", table: "sales.order" }, "sales.orders"],
  ["/api/tables/{environment}/{table}", { environment: "lokal", table: "sales.orders" }, "local"],
  ["/api/pipelines/{environment}/{dag}", { environment: "local", dag: "sales-daily" }, "sales_daily"],
  [
    "/api/runs/{environment}/{dag}/{run}",
    { environment: "local", dag: "sales_daily", run: "scheduled__2026-11-22" },
    "scheduled__2026-11-22T06:15:00+00:00",
  ],
  ["/api/pipelines/{environment}/{dag}/runs", { environment: "local", dag: "sales" }, "sales_daily"],
  ["/api/attempts/{id}", { id: "0".repeat(32) }, "run"],
] as [string, Record<string, string>, string][])("%s of something unknown helps", async (path, ids, hint) => {
  const response = await knock(find(path), ids, { headers: bearer(tokens.viewer) });
  expect(await problemOf(response)).toMatchObject({ status: 404, remedy: expect.stringContaining(hint) });
});

test("ids with any character come through, decoded once", async () => {
  const odd = "odd/name %2F.. +é";
  const pipeline = await knock(
    find("/api/pipelines/{environment}/{dag}"),
    { environment: "local", dag: odd },
    { headers: bearer(tokens.viewer) },
  );
  expect(await pipeline.json()).toMatchObject({ pipeline: { pipeline: odd } });
  const run = await knock(
    find("/api/runs/{environment}/{dag}/{run}"),
    { environment: "local", dag: odd, run: "~.." },
    { headers: bearer(tokens.viewer) },
  );
  expect(await run.json()).toMatchObject({ run: { runId: ".." } });
});

test.each(["?limit=0", "?limit=1000", "?limit=x", "?state=nonsense", "?cursor=nonsense", "?cursor=WyJ4IiwieSJd"])(
  "the query %s is refused with its field",
  async (query) => {
    const response = await knock(find("/api/runs"), {}, { headers: bearer(tokens.viewer), query });
    expect(await problemOf(response)).toMatchObject({ status: 400, fields: [{ name: expect.stringMatching(/limit|state|cursor/) }] });
  },
);

test("the OpenAPI document describes every door and no other", async () => {
  const document = describeApi();
  expect(document.openapi).toBe("3.1.0");
  const described = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const built = doors.filter((door) => door.path !== "/api/{unknown}").map((door) => `${door.method} ${door.path}`);
  expect(described.sort()).toEqual(built.sort());
  const text = JSON.stringify(document);
  for (const [, reference] of text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g))
    expect(document.components?.schemas).toHaveProperty(reference ?? "");
  const ids = Object.values(document.paths ?? {}).flatMap((item) =>
    Object.values(item).map((operation) => (operation as { operationId: string }).operationId),
  );
  expect(new Set(ids).size).toBe(ids.length);
});

test("the stream says that it is open and then what changed; it ends with the request", async () => {
  const leave = new AbortController();
  const response = await knock(find("/api/stream"), {}, { headers: bearer(tokens.viewer), signal: leave.signal });
  expect(response.headers.get("content-type")).toContain("text/event-stream");
  expect(response.headers.get("cache-control")).toContain("no-transform");
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const read = async () => new TextDecoder().decode((await reader.read()).value);
  expect(await read()).toContain("connected");
  await ledger().execute(`select pg_notify('penstock', '["runs","tables"]')`);
  expect(await read()).toBe('event: change\ndata: ["runs","tables"]\n\n');
  leave.abort();
  expect((await reader.read()).done).toBe(true);
});

test("metrics count requests by route, not by id", async () => {
  const response = await knock(find("/metrics"), {}, { headers: bearer(tokens.viewer) });
  const text = await response.text();
  expect(text).toContain("penstock_ledger_up 1");
  expect(text).toMatch(/penstock_http_request_seconds_count\{method="GET",route="\/api\/pipelines\/environment\/dag",status="200"\}/);
  expect(text).not.toContain("sales-daily");
  expect(text).not.toContain("/api/unknown");
});

/** What doors refuse to be asked without, by the end of their path. */
const neededQuery: Record<string, string> = { cell: "?run=r&task=t", named: "?runs=local/sales_daily/r" };

test("with the ledger down every door says so in time, liveness stays, and it recovers by itself", async () => {
  const cookie = await cookieOf(oskar);
  await server.down();
  for (const door of doors.filter(
    (each) => each.method === "GET" && !["/api/{unknown}", "/api/openapi.json", "/metrics", ...open].includes(each.path),
  )) {
    const query = neededQuery[door.path.split("/").at(-1) ?? ""] ?? "";
    const response = await knock(door, { environment: "local", table: "sales.orders" }, { headers: { cookie }, query });
    expect([door.path, response.status]).toEqual([door.path, 503]);
    expect(await problemOf(response)).toMatchObject({ system: "ledger", remedy: expect.any(String) });
    expect(response.headers.get("retry-after")).toBe("5");
  }
  expect(await (await knock(find("/api/health"), {})).json()).toEqual({ status: "degraded", ledger: "unreachable" });
  expect((await knock(find("/api/status"), {}, { headers: bearer(tokens.viewer) })).status).toBe(503);
  await server.up();
  expect((await knock(find("/api/status"), {}, { headers: { cookie } })).status).toBe(200);
});

test("metrics tell calls by operation, the ledger's size, the leader and the build; sources tell the budget", async () => {
  // As in a process that has just begun.
  Reflect.deleteProperty(globalThis, "penstockSeenCalls");
  Reflect.deleteProperty(globalThis, "penstockMetrics");
  const key = { environment: "local", source: "ecs" };
  const calls = (count: number) => [{ operation: "ecs:DescribeTasks", calls: count, throttled: 1, failed: 0 }];
  await recordSuccess(ledger(), key, calls(3), 60_000, { cursor: { since: new Date(Date.now() - 60_000).toISOString() } });
  const read = async () => (await knock(find("/metrics"), {}, { headers: bearer(tokens.viewer) })).text();
  const labels = 'environment="local",source="ecs",operation="ecs:DescribeTasks"';
  // What was counted before this process began is not its own.
  expect(await read()).toContain(`penstock_source_calls_total{${labels}} 0`);
  await recordSuccess(ledger(), key, calls(2), 60_000);
  const text = await read();
  expect(text).toContain(`penstock_source_calls_total{${labels}} 2`);
  expect(text).toContain(`penstock_source_throttled_total{${labels}} 1`);
  expect(text).toContain(`penstock_source_failed_total{${labels}} 0`);
  expect(text).toMatch(/penstock_source_cursor_age_seconds\{environment="local",source="ecs"\} 6\d\./);
  expect(text).toContain('penstock_source_budget_per_second{source="airflow"} 2');
  expect(Number(/penstock_ledger_bytes (\d+)/.exec(text)?.[1])).toBeGreaterThan(1_000_000);
  expect(text).toMatch(/penstock_ledger_table_rows\{table="source_call"\} \d+/);
  expect(text).toMatch(/penstock_build_info\{version="\d+\.\d+\.\d+",node="v\d+/);
  const sources = (await (await knock(find("/api/sources"), {}, { headers: bearer(tokens.viewer) })).json()) as SourceList;
  expect(sources.items.find(({ name }) => name === "ecs")).toMatchObject({
    operations: [{ operation: "ecs:DescribeTasks", calls: 5, throttled: 2, failed: 0 }],
    budgetPerSecond: 4,
    budgetShare: expect.closeTo(5 / (4 * Math.max(60, (Date.now() % 3_600_000) / 1000)), 4),
  });
});
