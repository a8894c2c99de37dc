import { createHash, randomBytes } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { apiPaths } from "@/lib/paths";
import { AttemptDetail } from "@/lib/schemas/attempt";
import type { AttemptFact, RunFact } from "@/lib/schemas/facts";
import { PipelineDetail } from "@/lib/schemas/pipeline";
import { RunDetail, RunPage } from "@/lib/schemas/run";
import { ingestRuns } from "./collector/ingest";
import { ingestAttempts } from "./collector/ingest-attempts";
import { ingest, type Scope } from "./collector/scope";
import { type AttemptKey, attemptId } from "./ledger/attempt-id";
import { ledger } from "./ledger/db";
import { apiToken, attempt, pipeline as pipelineTable, run } from "./ledger/schema";
import { configure } from "./testing/configuration";
import { type Door, everyDoor } from "./testing/doors";
import { givenEnvironment } from "./testing/facts";
import { airflowId, anyId, hostileId, recordedLongIds } from "./testing/ids";
import { startTestLedger, type TestLedger } from "./testing/postgres";

let server: TestLedger;
let doors: Door[];
const token = randomBytes(32).toString("base64url");
const scope: Scope = { environment: "local", region: "eu-west-1", mwaaName: "penstock", lease: null };
const ids = [
  ...recordedLongIds(),
  { pipeline: "..", runId: ".", taskId: "~" },
  { pipeline: "a/b", runId: "c", taskId: "d" },
  { pipeline: "a", runId: "b/c", taskId: "d" },
  ...fc.sample(fc.record({ pipeline: hostileId, runId: hostileId, taskId: hostileId }), { numRuns: 60, seed: 3 }),
  ...fc.sample(fc.record({ pipeline: airflowId, runId: airflowId, taskId: airflowId }), { numRuns: 300, seed: 4 }),
  ...fc.sample(fc.record({ pipeline: anyId, runId: anyId, taskId: anyId }), { numRuns: 1_000, seed: 5 }),
];
/** Each costs some requests. */
const asked = ids.slice(0, 80);
const at = new Date("2026-11-22T08:00:00Z");
const runs = ids.map(
  ({ pipeline, runId }): RunFact => ({
    pipeline,
    runId,
    state: "success",
    type: "manual",
    logicalDate: null,
    dataIntervalStart: null,
    dataIntervalEnd: null,
    runAfter: at,
    queuedAt: at,
    startedAt: at,
    endedAt: at,
    triggeredBy: null,
    conf: null,
    note: null,
    dagVersion: null,
  }),
);
const attempts = ids.map(
  (task): AttemptFact => ({
    ...task,
    mapIndex: -1,
    tryNumber: 1,
    maxTries: 0,
    state: "success",
    operator: "EmptyOperator",
    queuedAt: at,
    startedAt: at,
    endedAt: at,
  }),
);

beforeAll(async () => {
  server = await startTestLedger();
  configure({ databaseUrl: server.url });
  doors = await everyDoor();
  await givenEnvironment();
  const tokenHash = createHash("sha256").update(token).digest("hex");
  await ledger().insert(apiToken).values({ id: "viewer", name: "viewer", role: "viewer", tokenHash, createdAt: at, createdBy: "test" });
  const names = [...new Set(ids.map((each) => each.pipeline))];
  await ledger()
    .insert(pipelineTable)
    .values(names.map((name) => ({ environment: "local", pipeline: name, owners: [], tags: [], isPaused: false, params: [], readAt: at })));
});
afterAll(() => server.remove());

const write = () =>
  ingest(scope, null, async (tx, changes) => {
    await ingestRuns(tx, scope, changes, runs);
    await ingestAttempts(tx, scope, changes, attempts);
    return changes.keys.size;
  });

/** As the router hands them over: each id of the path as it is there, or decoded. */
async function open(path: string, isDecoded = false): Promise<unknown> {
  const { pathname, search } = new URL(path, "http://localhost:3000");
  const given = pathname.split("/");
  const fits = (door: Door) =>
    door.path.split("/").every((part, index) => part === given[index] || (part.startsWith("{") && part !== "{unknown}"));
  const door = doors.find((each) => each.method === "GET" && each.path.split("/").length === given.length && fits(each));
  if (!door) throw new Error(`no door at ${pathname}`);
  const named = door.path.split("/").flatMap((part, index) => (part.startsWith("{") ? [[part.slice(1, -1), given[index] ?? ""]] : []));
  const params = Object.fromEntries(named.map(([name, value = ""]) => [name, isDecoded ? decodeURIComponent(value) : value]));
  const request = new Request(`http://localhost:3000${pathname}${search}`, { headers: { authorization: `Bearer ${token}` } });
  const response = await door.handler(request, { params: Promise.resolve(params) });
  const body = await response.json();
  if (response.status !== 200) throw new Error(`${pathname}: ${response.status} ${JSON.stringify(body)}`);
  return body;
}

test("different attempts have different ids, however their parts are cut", () => {
  const key = fc.record<AttemptKey>({
    environment: fc.constantFrom("a", "a/b", "b"),
    pipeline: fc.oneof(fc.constantFrom("a", "a/b", "b", '","', "a\\"), anyId),
    runId: fc.oneof(fc.constantFrom("a", "b/c", "c", '","', "a\\"), anyId),
    taskId: fc.constantFrom("a", "b", "1", '","'),
    mapIndex: fc.integer({ min: -1, max: 1 }),
    tryNumber: fc.integer({ min: 1, max: 11 }),
  });
  const seen = new Map<string, string>();
  fc.assert(
    fc.property(key, (each) => {
      const text = JSON.stringify(each, Object.keys(each).sort());
      const known = seen.get(attemptId(each));
      seen.set(attemptId(each), text);
      return known === undefined || known === text;
    }),
    { numRuns: 10_000 },
  );
  expect(seen.size).toBeGreaterThan(3_000);
});

test("the ledger gives ids back as they came, and a replay changes nothing", async () => {
  expect(await write()).toBeGreaterThan(0);
  expect(await write()).toBe(0);
  const keptRuns = await ledger().select({ pipeline: run.pipeline, runId: run.runId }).from(run);
  const kept = await ledger()
    .select({ id: attempt.id, pipeline: attempt.pipeline, runId: attempt.runId, taskId: attempt.taskId })
    .from(attempt);
  const text = (rows: object[]) => new Set(rows.map((row) => JSON.stringify(row)));
  expect(text(keptRuns)).toEqual(text(ids.map(({ pipeline, runId }) => ({ pipeline, runId }))));
  const idOf = (task: (typeof ids)[number]) => attemptId({ environment: "local", ...task, mapIndex: -1, tryNumber: 1 });
  expect(text(kept)).toEqual(text(ids.map((task) => ({ id: idOf(task), ...task }))));
});

test.each([false, true])(
  "every run, pipeline and attempt is found at its own address (ids decoded by the router: %s)",
  async (isDecoded) => {
    await write();
    for (const { pipeline, runId, taskId } of asked) {
      const found = RunDetail.parse(await open(apiPaths.run({ environment: "local", pipeline, runId }), isDecoded));
      expect([found.run.pipeline, found.run.runId]).toEqual([pipeline, runId]);
      const own = found.attempts.find((each) => each.taskId === taskId);
      const detail = AttemptDetail.parse(await open(apiPaths.attempt(own?.id ?? "none"), isDecoded));
      expect([detail.attempt.pipeline, detail.attempt.runId, detail.attempt.taskId]).toEqual([pipeline, runId, taskId]);
    }
    for (const name of new Set(asked.map((each) => each.pipeline)))
      expect(PipelineDetail.parse(await open(apiPaths.pipeline("local", name), isDecoded)).pipeline.pipeline).toBe(name);
  },
);

test("the list of runs goes on behind any of them", async () => {
  await write();
  const found: string[] = [];
  let cursor: string | null = null;
  do {
    const query: URLSearchParams = new URLSearchParams({ limit: "50", ...(cursor ? { cursor } : {}) });
    const page: RunPage = RunPage.parse(await open(`${apiPaths.runs}?${query}`));
    found.push(...page.items.map((each) => JSON.stringify([each.pipeline, each.runId])));
    cursor = page.nextCursor;
  } while (cursor);
  expect(found.length).toBe(new Set(found).size);
  expect(new Set(found)).toEqual(new Set(ids.map(({ pipeline, runId }) => JSON.stringify([pipeline, runId]))));
});
