import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { ledger } from "@/server/ledger/db";
import * as schema from "@/server/ledger/schema";
import { type Answer, type Asked, startReplay } from "@/server/sources/replay";
import { ownAnswer } from "@/server/sources/replay-airflow";
import { configure } from "@/server/testing/configuration";
import { startTestLedger, type TestLedger } from "@/server/testing/postgres";

const root = fileURLToPath(new URL("../..", import.meta.url));
const main = fileURLToPath(new URL("./main.ts", import.meta.url));
/** A killed leader's work goes on within this time. */
const takeoverMs = 10_000;

let server: TestLedger;
let folder: string;
let endpoint: Awaited<ReturnType<typeof startReplay>>;
const collectors: ChildProcess[] = [];

beforeAll(async () => {
  server = await startTestLedger();
  configure({ databaseUrl: server.url });
  endpoint = await startReplay(airflow);
  folder = mkdtempSync(join(tmpdir(), "penstock-takeover-"));
  writeFileSync(
    join(folder, "penstock.yaml"),
    JSON.stringify({ environments: [{ name: "local", region: "eu-west-1", mwaa: "penstock" }] }),
  );
});
afterAll(async () => {
  await Promise.all(collectors.map(kill));
  await endpoint.stop();
  await server.remove();
  rmSync(folder, { recursive: true, force: true });
});

function airflow({ path, body, operation }: Asked): Answer {
  if (path.startsWith("/environments/"))
    return { body: { Environment: { Name: "penstock", AirflowVersion: "3.2.1", Status: "AVAILABLE" } } };
  if (operation !== null) return { body: {} };
  const asked = String(body.Path);
  const answers: [RegExp, unknown][] = [
    [/^\/dags\/~\/dagRuns/, ownAnswer("dag-runs-changed")],
    [/^\/dags\/~\/dagRuns\/~\/taskInstances$/, ownAnswer("task-instances-changed")],
    [/^\/dags$/, ownAnswer("dags")],
    [/\/details$/, { ...ownAnswer("dag-details"), dag_id: asked.split("/")[2] }],
    [/\/xcomEntries$/, { xcom_entries: [], total_entries: 0 }],
  ];
  const found = answers.findLast(([pattern]) => pattern.test(asked));
  return { body: { RestApiStatusCode: 200, RestApiResponse: found?.[1] ?? { task_instances: [], total_entries: 0 } } };
}

/** A collector as `npm start` runs it. */
function collector(): ChildProcess {
  const child = spawn(process.execPath, ["--conditions=react-server", "--import", "tsx", main], {
    cwd: root,
    stdio: ["ignore", "pipe", "ignore"],
    env: {
      ...process.env,
      NODE_OPTIONS: "",
      DATABASE_URL: server.url,
      PENSTOCK_CONFIG: join(folder, "penstock.yaml"),
      PENSTOCK_DEMO: "1",
      NEXTAUTH_SECRET: "a secret of at least thirty-two characters",
      AWS_ENDPOINT_URL: endpoint.url,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
    },
  });
  collectors.push(child);
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((done) => child.once("exit", done));
  child.kill("SIGKILL");
  await ended;
}

async function leader(): Promise<{ pid: number; epoch: number } | null> {
  const [held] = await ledger().select().from(schema.lease).where(sql`expires_at > clock_timestamp()`);
  return held ? { pid: Number(held.holder.split(":").at(-2)), epoch: held.epoch } : null;
}
const looks = async () => (await ledger().select().from(schema.sourceHealth)).find((row) => row.source === "airflow")?.succeededAt;

it("of two collectors one works; killed, the other goes on with its work within ten seconds", async () => {
  const first = collector();
  await vi.waitFor(async () => expect(await looks()).toBeInstanceOf(Date), { timeout: 60_000, interval: 100 });
  expect(await leader()).toEqual({ pid: first.pid, epoch: 1 });
  const cursor = async () => (await ledger().select().from(schema.sourceHealth)).find((row) => row.source === "airflow")?.cursor;
  const second = collector();
  for await (const line of createInterface({ input: second.stdout as NodeJS.ReadableStream }))
    if (line.includes("waiting to take over")) break;
  expect(await leader()).toEqual({ pid: first.pid, epoch: 1 });
  const before = (await cursor()) as { since: string };

  await kill(first);
  const killedAt = new Date();
  await vi.waitFor(
    async () => {
      expect(await leader()).toEqual({ pid: second.pid, epoch: 2 });
      expect((await looks())?.getTime()).toBeGreaterThan(killedAt.getTime());
    },
    { timeout: takeoverMs, interval: 50 },
  );
  const after = (await cursor()) as { since: string };
  expect(Date.parse(after.since)).toBeGreaterThan(Date.parse(before.since));
  // It went on from where the first was, not from the beginning.
  const asked = endpoint.asked.filter((each) => String(each.body.Path).endsWith("/dagRuns")).at(-1)?.body.QueryParameters as {
    updated_at_gte: string;
  };
  expect(Date.parse(asked.updated_at_gte)).toBeGreaterThanOrEqual(Date.parse(before.since));
}, 180_000);
