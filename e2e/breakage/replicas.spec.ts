import { randomUUID } from "node:crypto";
import { Client } from "pg";
import { RunPage } from "@/lib/schemas/run";
import { airflow, listRunIds } from "../airflow";
import { ENVIRONMENT } from "../api";
import { expect, test } from "../fixtures";
import { platform, service } from "../platform";
import { type Penstock, startPenstock } from "../second-penstock";

const port = Number(new URL(platform.dashboardUrl).port);
const takeoverMs = 10_000;

let east: Penstock;
let west: Penstock;
let token: string;
test.beforeAll(async () => {
  east = await startPenstock({ name: "east", port: port + 50 });
  token = east.tokens.viewer;
  west = await startPenstock({ name: "west", port: port + 51, ledgerUrl: east.ledgerUrl });
});
test.afterAll(async () => {
  for (const each of [west, east]) if (each?.processes().length > 0) await each.kill();
});

async function query<T>(text: string): Promise<T[]> {
  const client = new Client({ connectionString: east.ledgerUrl });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

interface Leadership {
  holder: string;
  epoch: number;
}

const collectorOf = (penstock: Penstock) => penstock.processes().find((each) => each.part === "collector")?.pid;

async function leadership(): Promise<Leadership | undefined> {
  const [row] = await query<{ holder: string; epoch: string }>("select holder, epoch from lease where expires_at > clock_timestamp()");
  return row && { holder: row.holder, epoch: Number(row.epoch) };
}

/** Which of the two leads: its collector's process is part of the holder's name. */
async function leader(): Promise<Penstock | undefined> {
  const now = await leadership();
  return [east, west].find((each) => now?.holder.split(":").includes(String(collectorOf(each))));
}

const health = `source_health where environment = '${ENVIRONMENT}' and source = 'airflow'`;

/** Whether Airflow was looked at with success since then, by the ledger's clock. */
const wasLookedAt = async (moment: string) =>
  (await query(`select 1 from ${health} and error is null and succeeded_at > timestamptz '${moment}'`)).length === 1;
/** In ms. */
const cursorSince = async () =>
  Date.parse((await query<{ since: string }>(`select cursor->>'since' as since from ${health}`))[0]?.since ?? "");
const ledgerClock = async () => (await query<{ now: string }>("select clock_timestamp()::text as now"))[0]?.now ?? "";

/** Starts a run where Penstock does not see it happen. */
async function runInAirflow(): Promise<string> {
  const runId = `replicas__${randomUUID()}`;
  await airflow("POST", "/dags/orders_faults/dagRuns", { dag_run_id: runId, logical_date: null, conf: { fault: "none" } });
  return runId;
}

async function runsShownBy({ url }: Penstock): Promise<string[]> {
  const response = await fetch(`${url}/api/runs?environment=${ENVIRONMENT}&pipeline=orders_faults&limit=100`, {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(30_000),
  });
  expect(response.status).toBe(200);
  return RunPage.parse(await response.json()).items.map((run) => run.runId);
}

/** Every run that Airflow has, each once. */
async function showsWhatAirflowHas(penstock: Penstock): Promise<void> {
  const wanted = (await listRunIds("orders_faults")).sort();
  await expect.poll(async () => (await runsShownBy(penstock)).sort(), { timeout: 60_000 }).toEqual(wanted);
}

test("of two replicas one collects; when it is killed the other does within ten seconds, and both show the same", async () => {
  await expect.poll(leader, { timeout: 30_000 }).toBeDefined();
  const first = (await leader()) as Penstock;
  const other = first === east ? west : east;
  await runInAirflow();
  await showsWhatAirflowHas(first);
  await showsWhatAirflowHas(other);
  const before = (await leadership()) as Leadership;

  const killedAt = await ledgerClock();
  await first.kill();
  const runId = await runInAirflow();
  const isCollecting = async () => (await leader()) === other && (await wasLookedAt(killedAt));
  await expect.poll(isCollecting, { timeout: takeoverMs, intervals: [100] }).toBe(true);
  expect((await leadership())?.epoch).toBe(before.epoch + 1);
  await expect.poll(() => runsShownBy(other), { timeout: 30_000 }).toContain(runId);
  await showsWhatAirflowHas(other);

  const back = await startPenstock({ name: "back", port: port + 52, ledgerUrl: east.ledgerUrl });
  if (first === east) east = back;
  else west = back;
  expect(await leader()).toBe(other);
});

test("a leader that stood still for longer than its lease finds another one, and stays out of its way", async () => {
  await expect.poll(leader, { timeout: 30_000 }).toBeDefined();
  const stalled = (await leader()) as Penstock;
  const other = stalled === east ? west : east;
  const pid = collectorOf(stalled) as number;
  const before = (await leadership()) as Leadership;
  process.kill(pid, "SIGSTOP");
  try {
    await expect.poll(leader, { timeout: 2 * takeoverMs, intervals: [100] }).toBe(other);
  } finally {
    process.kill(pid, "SIGCONT");
  }
  await runInAirflow();
  await showsWhatAirflowHas(other);
  await showsWhatAirflowHas(stalled);
  expect(await leadership()).toEqual({ ...(await leadership()), epoch: before.epoch + 1 });
  expect(await leader()).toBe(other);
  expect(collectorOf(stalled)).toBe(pid);
});

test("after the ledger was away nothing is lost and the collector goes on at its cursor", async () => {
  await expect.poll(leader, { timeout: 30_000 }).toBeDefined();
  const before = await cursorSince();
  await service.stop("ledger");
  const missed: string[] = [];
  try {
    missed.push(await runInAirflow());
    missed.push(await runInAirflow());
  } finally {
    await service.start("ledger");
  }
  await expect.poll(() => runsShownBy(east), { timeout: 60_000 }).toEqual(expect.arrayContaining(missed));
  await showsWhatAirflowHas(east);
  await showsWhatAirflowHas(west);
  // A look writes its pages down before it moves the cursor.
  await expect.poll(cursorSince, { timeout: 30_000 }).toBeGreaterThan(before);
  const doubled = await query("select run_id from run group by environment, pipeline, run_id having count(*) > 1");
  expect(doubled).toEqual([]);
});
