import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { configure } from "@/server/testing/configuration";
import { listDags } from "./airflow";
import { forgetCalls } from "./call";
import { recorded, startReplay } from "./replay";

let endpoint: Awaited<ReturnType<typeof startReplay>>;
let names: string[];
let requests: number;
const environment = { name: "pages", region: "eu-west-1", mwaa: "penstock", ecs: [], glue: [] };
const dag = (dag_id: string) => ({ dag_id, is_paused: false, next_dagrun_run_after: null });

beforeAll(async () => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  endpoint = await startReplay(({ path, body }) => {
    if (path === "/environments/penstock") return { body: recorded("mwaa-get-environment") };
    requests += 1;
    if (requests === 2) names.shift();
    const { offset } = body.QueryParameters as { offset: number };
    const answer = { dags: names.slice(offset, offset + 100).map(dag), total_entries: names.length };
    return { body: { RestApiStatusCode: 200, RestApiResponse: answer } };
  });
  configure({ awsEndpointUrl: endpoint.url, environments: [environment] });
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await endpoint.stop();
});
beforeEach(() => {
  forgetCalls();
  requests = 0;
  names = Array.from({ length: 150 }, (_, index) => `dag_${String(index).padStart(3, "0")}`);
});

it("pages skip none when some of those read before are deleted meanwhile", async () => {
  const found = new Set((await listDags(environment)).items.map((each) => each.pipeline));
  expect(names.filter((name) => !found.has(name))).toEqual([]);
  expect(requests).toBe(4);
});
