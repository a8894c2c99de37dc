import { writeFileSync } from "node:fs";
import path from "node:path";
import { LogPage } from "@/lib/schemas/attempt";
import { RunDetail } from "@/lib/schemas/run";
import { type SourceDetail, SourceList } from "@/lib/schemas/status";
import { runEnded, triggerOk } from "../api";
import { expect, test } from "../fixtures";
import { untilItListens } from "../keyboard";
import { platform, stateDir } from "../platform";
import { type Penstock, startPenstock } from "../second-penstock";
import { extractIn, loadIn, type PlaceName, placeNames, places } from "./places";

const port = Number(new URL(platform.dashboardUrl).port);
const timeout = 120_000;
/** What AWS asks all the time in each environment; a system may be several sources. */
const polled = ["airflow", "ecs", "glue"];

/** Three environments that differ in where they are. None has a queue of events: what they show comes from polling. */
const configured = (change: Partial<Record<PlaceName, object>> = {}) => ({
  zone: "UTC",
  environments: placeNames.map((name) => {
    const { account: _, ...place } = places[name];
    return { name, mwaa: "penstock", ecs: ["penstock"], glue: ["penstock-*"], ...place, ...change[name] };
  }),
});

let penstock: Penstock;
test.beforeAll(async () => {
  penstock = await startPenstock({ name: "accounts", port: port + 60, config: configured() });
});
test.afterAll(() => penstock?.stop());

async function ask({ url, tokens }: Penstock, path: string): Promise<unknown> {
  const headers = { authorization: `Bearer ${tokens.viewer}` };
  const response = await fetch(`${url}${path}`, { headers, signal: AbortSignal.timeout(30_000) });
  return response.status === 200 ? response.json() : null;
}

async function attemptOf(place: PlaceName, runId: string, task: string) {
  const answer = await ask(penstock, `/api/runs/${place}/orders_faults/${encodeURIComponent(runId)}`);
  return answer === null ? undefined : RunDetail.parse(answer).attempts.find((each) => each.taskId === task);
}

async function sourcesOf(of: Penstock, ...wanted: PlaceName[]): Promise<SourceDetail[]> {
  const all = SourceList.parse(await ask(of, "/api/sources")).items;
  return all.filter((source) => polled.includes(source.system) && wanted.some((place) => place === source.environment));
}

const isWell = ({ state, reason }: SourceDetail) => state === "ok" && reason === undefined;

async function untilWell(of: Penstock, ...wanted: PlaceName[]): Promise<void> {
  const ill = async () => (await sourcesOf(of, ...wanted)).filter((source) => !isWell(source));
  await expect.poll(async () => (await ill()).map(({ environment, name, reason }) => [environment, name, reason]), { timeout }).toEqual([]);
}

/** Watches until every source of these places was read three times; all that time each is well. Returns the greatest age seen, by source. */
async function ages(of: Penstock, ...wanted: PlaceName[]): Promise<Map<string, number>> {
  const times = new Map<string, Set<string>>();
  const greatest = new Map<string, number>();
  await expect
    .poll(
      async () => {
        for (const source of await sourcesOf(of, ...wanted)) {
          const key = `${source.environment} ${source.name}`;
          if (!isWell(source)) throw new Error(`${key}: ${source.reason}`);
          times.set(key, (times.get(key) ?? new Set()).add(String(source.asOf)));
          greatest.set(key, Math.max(greatest.get(key) ?? 0, source.lagMs ?? Number.POSITIVE_INFINITY));
        }
        return Math.min(...[...times.values()].map((each) => each.size));
      },
      { timeout, intervals: [500] },
    )
    .toBeGreaterThan(2);
  return greatest;
}

/** A source is read so often when nothing runs, and so much later may a busy machine be. */
const idleMs = 20_000;
const slackMs = 5_000;

/** The others are read as often as before, and the broken one says why. */
async function breaksAlone(of: Penstock, broken: PlaceName, why: RegExp, usual: Map<string, number>): Promise<void> {
  const reasons = async () => (await sourcesOf(of, broken)).map((source) => source.reason ?? `${source.name} is ${source.state}`);
  for (const system of polled) {
    const reason = async () => (await sourcesOf(of, broken)).find((each) => each.system === system && each.reason)?.reason ?? "";
    await expect.poll(reason, { timeout, message: `${broken} ${system} says why` }).toMatch(why);
  }
  expect((await reasons()).join("\n")).toMatch(why);
  const others = placeNames.filter((name) => name !== broken);
  for (const [source, age] of await ages(of, ...others)) {
    expect(age, `greatest age of ${source}`).toBeLessThan(Math.max(usual.get(source) ?? 0, idleMs) * 1.5 + slackMs);
  }
}

test("containers and Glue runs of another account and another region are joined, with their logs and their region's prices", async () => {
  test.setTimeout(600_000);
  const runId = await triggerOk("orders_faults", { fault: "none" });
  await runEnded("orders_faults", runId, "success");
  for (const place of ["other", "abroad"] as const) {
    const { account, region } = places[place];
    const arn = await extractIn(place, runId);
    const jobRunId = await loadIn(place, runId);
    expect(arn).toContain(`:${region}:${account}:`);

    await expect
      .poll(async () => (await attemptOf(place, runId, "extract"))?.ecsTask, { timeout })
      .toMatchObject({ taskArn: arn, joinedBy: "join_key", exitCode: 0 });
    await expect
      .poll(async () => (await attemptOf(place, runId, "load"))?.glueRun, { timeout })
      .toMatchObject({ jobRunId, joinedBy: "join_key", state: "SUCCEEDED" });
    const extract = await attemptOf(place, runId, "extract");
    expect(extract?.ecsTask?.availabilityZone).toContain(region);

    await expect.poll(async () => (await attemptOf(place, runId, "extract"))?.cost?.isFinal, { timeout }).toBe(true);
    expect((await attemptOf(place, runId, "extract"))?.cost?.priceList?.region).toBe(region);
    const page = LogPage.parse(await ask(penstock, `/api/attempts/${extract?.id}/log?limit=2000`));
    const stream = `extractor/extractor/${arn.split("/").at(-1)}`;
    expect(page.streams.find((each) => each.stream === stream)).toMatchObject({ source: "container", state: "read" });
    expect(page.lines.filter((line) => line.stream === stream).length).toBeGreaterThan(0);
  }
  // The same run's own container is the own environment's alone.
  await expect
    .poll(async () => (await attemptOf("own", runId, "extract"))?.ecsTask?.taskArn, { timeout })
    .toContain(":eu-west-1:123456789012:");
  const rate = async (place: PlaceName) => (await attemptOf(place, runId, "extract"))?.cost?.lines[0]?.rateUsd;
  expect(await rate("abroad")).not.toBe(await rate("own"));
});

test("an environment whose role is denied leaves the others as fresh as before, says why, and comes back", async () => {
  test.setTimeout(600_000);
  await untilWell(penstock, ...placeNames);
  const usual = await ages(penstock, "own", "abroad");
  const denials = path.join(stateDir, "aws", "denials.json");
  writeFileSync(denials, JSON.stringify([{ action: "*", role: "penstock-reader" }]));
  try {
    await breaksAlone(penstock, "other", /not authorized to perform/, usual);
  } finally {
    writeFileSync(denials, "[]");
  }
  await untilWell(penstock, ...placeNames);
});

test("an environment whose external id is wrong is closed, says which role, and the others are read", async ({ page }) => {
  test.setTimeout(600_000);
  const usual = await ages(penstock, "own", "abroad");
  await penstock.stop();
  const stranger = await startPenstock({ name: "stranger", port: port + 61, config: configured({ other: { externalId: "guessed" } }) });
  try {
    await untilWell(stranger, "own", "abroad");
    await breaksAlone(stranger, "other", /sts:AssumeRole on resource: arn:aws:iam::210987654321:role\/penstock-reader/, usual);
    await page.goto(`${stranger.url}/login`);
    await untilItListens(page);
    await page.getByRole("button", { name: /viewer/i }).click();
    await page.waitForURL((url) => !url.pathname.startsWith("/login"));
    await expect(page.getByRole("region", { name: "Where this comes from" })).toContainText(/externalId/, { timeout });
  } finally {
    await stranger.stop();
  }
});
