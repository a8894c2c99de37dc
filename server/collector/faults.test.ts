import { setTimeout as delay } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { type FaultProxy, startFaultProxy } from "@/infra/local/fault-proxy/http-proxy";
import type { HttpFault } from "@/infra/local/fault-proxy/rules";
import { ledger } from "@/server/ledger/db";
import { poke } from "@/server/ledger/notify";
import * as schema from "@/server/ledger/schema";
import { log } from "@/server/log";
import { startAccount } from "@/server/sources/replay-aws";
import { configure } from "@/server/testing/configuration";
import { startTestLedger, type TestLedger } from "@/server/testing/postgres";
import { collect } from "./leader";

const sources = { airflow: "airflow", ecs: "ecs", glue: "glue" } as const;
type Source = keyof typeof sources;
/** What each source is struck with, at once: their stories do not touch. */
const rounds: Record<Source, [HttpFault, RegExp]>[] = [
  { airflow: ["throttle-429", /too many requests/], ecs: ["throttling-exception", /too many requests/], glue: ["500", /internal error/] },
  { airflow: ["503", /temporarily unavailable/], ecs: ["html", /a web page instead of data/], glue: ["malformed", /not JSON/] },
  {
    airflow: ["access-denied", /access denied: .*to perform: airflow:/],
    ecs: ["truncated", /broke off|cannot be reached|not JSON/],
    glue: ["expired-credentials", /credentials are not accepted/],
  },
  {
    airflow: ["wrong-types", /in a form that Penstock does not know/],
    ecs: ["repeated-token", /does not end/],
    glue: ["clock-skew", /by 20 min/],
  },
  {
    airflow: ["hang", /no answer within 8 s/],
    ecs: ["wrong-types", /in a form that Penstock does not know/],
    glue: ["oversized", /more than 8 MB/],
  },
];

let server: TestLedger;
let account: Awaited<ReturnType<typeof startAccount>>;
let proxy: FaultProxy;
let stop: AbortController;
let collecting: Promise<void>;

beforeAll(async () => {
  log.level = "silent";
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  server = await startTestLedger();
  account = await startAccount();
  proxy = await startFaultProxy({ upstream: account.url });
  const environment = { name: "prod", region: "eu-west-1", mwaa: "penstock", ecs: ["penstock"], glue: ["penstock-load"] };
  configure({ databaseUrl: server.url, awsEndpointUrl: proxy.url, environments: [environment] });
  stop = new AbortController();
  collecting = collect(stop.signal);
});
afterAll(async () => {
  stop.abort();
  await collecting;
  await proxy.stop();
  await account.stop();
  await server.remove();
  vi.unstubAllEnvs();
});

/** Asks the collector to look until what it writes of each source is as wanted. */
async function until(isRight: (health: typeof schema.sourceHealth.$inferSelect) => boolean): Promise<void> {
  let last: unknown;
  for (const deadline = Date.now() + 25_000; Date.now() < deadline; await delay(500)) {
    const rows = (await ledger().select().from(schema.sourceHealth)).filter(({ source }) => source in sources);
    last = rows.map(({ source, error, succeededAt }) => ({ source, error, succeededAt }));
    if (rows.length === 3 && rows.every(isRight)) return;
    await ledger().transaction((tx) => poke(tx, "prod"));
  }
  expect.fail(JSON.stringify(last, null, 2));
}

/** What the ledger knows, less when it was last touched. */
async function data(): Promise<unknown[]> {
  const counted = await ledger().execute(sql`
    select (select json_agg(json_build_array(run_id, state) order by run_id) from run) as runs,
      (select json_agg(json_build_array(task_id, try_number, state) order by id) from attempt) as attempts,
      (select json_agg(json_build_array(task_arn, last_status, missing_since) order by task_arn) from ecs_task) as tasks,
      (select json_agg(json_build_array(job_run_id, state) order by job_run_id) from glue_run) as glue`);
  return counted.rows;
}

it("through every fault keeps its data, says what is wrong with which source, and is well again", { timeout: 240_000 }, async () => {
  await until((row) => row.error === null && row.succeededAt !== null);
  const known = await data();
  expect(JSON.stringify(known)).toContain("STOPPED");
  for (const round of rounds) {
    proxy.set((Object.keys(round) as Source[]).map((service) => ({ service, fault: round[service][0] })));
    await until((row) => round[row.source as Source][1].test(row.error ?? "") && (row.remedy ?? "") !== "");
    expect(await data()).toEqual(known);
    proxy.clear();
    await until((row) => row.error === null);
  }
  expect(await data()).toEqual(known);
});
