import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { getAttemptInputs } from "./attempt-inputs";
import { ledger } from "./ledger/db";
import { forgetReads } from "./shared-reads";
import { forgetCalls } from "./sources/call";
import { startReplay } from "./sources/replay";
import { recordingOf } from "./sources/replay-airflow";
import { configure } from "./testing/configuration";
import { givenAttempt, givenRun, people } from "./testing/facts";
import { startTestLedger, type TestLedger } from "./testing/postgres";

let server: TestLedger;
let endpoint: Awaited<ReturnType<typeof startReplay>>;
let refused: RegExp | null;
let xcoms: Record<string, unknown>;

beforeAll(async () => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  server = await startTestLedger();
  endpoint = await startReplay(({ path, body }) => {
    if (path.startsWith("/environments/"))
      return { body: { Environment: { Name: "penstock", AirflowVersion: "3.2.1", Status: "AVAILABLE" } } };
    const asked = String((body as { Path: string }).Path);
    if (refused?.test(asked)) {
      const told = { RestApiStatusCode: 404, RestApiResponse: { detail: "not found" } };
      return { status: 400, headers: { "x-amzn-errortype": "RestApiClientException" }, body: told };
    }
    const key = /\/xcomEntries\/(.+)$/.exec(asked)?.[1];
    const answer = key
      ? { key, value: xcoms[key] }
      : asked.endsWith("/xcomEntries")
        ? { xcom_entries: Object.keys(xcoms).map((each) => ({ key: each })), total_entries: Object.keys(xcoms).length }
        : recordingOf("3.2", "task-instance").answer;
    return { body: { RestApiStatusCode: 200, RestApiResponse: answer } };
  });
  configure({ databaseUrl: server.url, awsEndpointUrl: endpoint.url });
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await endpoint.stop();
  await server.remove();
});
beforeEach(async () => {
  forgetCalls();
  forgetReads();
  await ledger().execute("truncate run, attempt, attempt_input");
  endpoint.asked.length = 0;
  refused = null;
  xcoms = { return_value: { rows: 12 }, api_token: "hunter2", _link_Log: "https://airflow.invalid" };
});

const get = (id: string) => getAttemptInputs(people.viewer, id);
const asks = () => endpoint.asked.filter(({ path }) => path.startsWith("/restapi")).length;

it("tells a viewer what a try was given and handed on, and no secret", async () => {
  await givenRun();
  const { id } = await givenAttempt();
  const { rendered, xcom, reason } = await get(id);
  expect(reason).toBeNull();
  expect(rendered?.find(({ name }) => name === "cluster")).toEqual({ name: "cluster", value: "penstock", isCut: false });
  expect(xcom).toEqual([
    { key: "api_token", value: "(not shown)", isCut: false },
    { key: "return_value", value: '{\n  "rows": 12\n}', isCut: false },
  ]);
});

it("a hundred who look at once ask Airflow once, and nobody asks again for what has ended", async () => {
  const { id } = await givenAttempt();
  await Promise.all(Array.from({ length: 100 }, () => get(id)));
  const once = asks();
  expect(once).toBe(4);
  forgetReads();
  refused = /./;
  expect((await get(id)).xcom).toHaveLength(2);
  expect(asks()).toBe(once);
});

it("what runs is asked for again, and not kept", async () => {
  const { id } = await givenAttempt({ state: "running", endedAt: null });
  await get(id);
  xcoms = { return_value: "later" };
  forgetReads();
  expect((await get(id)).xcom).toEqual([{ key: "return_value", value: "later", isCut: false }]);
});

it("one half that cannot be read leaves the other, and is tried again", async () => {
  const { id } = await givenAttempt();
  refused = /xcomEntries/;
  const half = await get(id);
  expect(half).toMatchObject({ xcom: null, reason: "Airflow has it no more." });
  expect(half.rendered).not.toBeNull();
  refused = null;
  forgetReads();
  expect(await get(id)).toMatchObject({ reason: null, xcom: [{ key: "api_token" }, { key: "return_value" }] });
});

it("says why there is nothing: not begun, or replaced by a later try", async () => {
  const waiting = await givenAttempt({ taskId: "load", state: "none", startedAt: null, endedAt: null });
  expect(await get(waiting.id)).toMatchObject({ rendered: null, xcom: null, reason: expect.stringMatching(/not begun/) });
  const before = await givenAttempt({ isLatest: false, state: "failed" });
  expect(await get(before.id)).toMatchObject({ rendered: null, reason: expect.stringMatching(/newest try only/) });
  expect(asks()).toBe(0);
});

it("an unknown attempt is not found", async () => {
  await expect(get("0".repeat(32))).rejects.toMatchObject({ code: "not_found" });
});
