import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ActivityFilter } from "@/lib/schemas/activity";
import { LogQuery } from "@/lib/schemas/attempt";
import { PipelineFilter } from "@/lib/schemas/pipeline";
import { RunFilter } from "@/lib/schemas/run";
import { sampleEnvironment as sample } from "@/lib/schemas/sample";
import { TableFilter } from "@/lib/schemas/table";
import type { User } from "@/lib/schemas/user";
import { triggerRun } from "./actions";
import { listActivity } from "./activity";
import { listSources } from "./health";
import { ledger } from "./ledger/db";
import { readAttemptLog } from "./logs";
import { readMetrics } from "./metrics";
import { listPipelines } from "./pipelines";
import { getRun, listRuns } from "./runs";
import { runsBetween } from "./sample/runs";
import { World } from "./sample/world";
import { forgetReads } from "./shared-reads";
import { getStatus } from "./status";
import { listTables } from "./tables";
import { configure } from "./testing/configuration";
import { givenAttempt, givenEnvironment, givenPipeline, givenRun, givenSource, people } from "./testing/facts";
import { startTestLedger, type TestLedger } from "./testing/postgres";

let server: TestLedger;
const { viewer, operator, admin } = people;
const environment = sample;
const company = { kind: "sample", name: sample, seed: "1", days: 120 } as const;
const orders = { name: "shop.orders", environment, warnAfterMs: 3_600_000, errorAfterMs: null };

beforeAll(async () => {
  configure();
  server = await startTestLedger();
});
beforeEach(async () => {
  const { tables } = configure();
  configure({ sample: company, tables: [...tables, orders] });
  await ledger().execute("truncate run, attempt, pipeline, source_health, intent");
  for (const place of ["local", sample]) {
    await givenPipeline({ environment: place });
    await givenRun({ environment: place, runId: `run of ${place}`, state: "failed" });
    await givenSource({ environment: place });
  }
});
afterAll(() => server.remove());

const placesOf = (items: { environment: string }[]) => [...new Set(items.map((item) => item.environment))];

/** Where the answers of every list come from, and how many failed runs are counted. */
async function answers(filter: { environment?: string }) {
  const runs = await listRuns(viewer, RunFilter.parse(filter));
  const lists = await Promise.all([
    listPipelines(viewer, PipelineFilter.parse(filter)),
    listTables(viewer, TableFilter.parse({ limit: 100, ...filter })),
    listSources(viewer, filter),
    getStatus(viewer, filter).then((status) => ({ ...status, items: status.tables })),
  ]);
  const all = [runs, ...lists];
  return {
    items: placesOf(all.flatMap((list) => list.items as { environment: string }[])),
    sources: placesOf(all.flatMap((list) => list.sources)),
    failed: runs.counts.failed,
  };
}

describe("sample data", () => {
  test("is in no list, sentence or total unless it is chosen, and then alone", async () => {
    expect(await answers({})).toEqual({ items: ["local"], sources: ["local"], failed: 1 });
    expect(await answers({ environment: sample })).toEqual({ items: [sample], sources: [sample], failed: 1 });
  });

  test("can be chosen, and says what it is", async () => {
    const { environments } = await listSources(viewer);
    expect(environments).toEqual([
      { name: "local", isSample: false, since: null },
      { name: sample, isSample: true, since: null },
    ]);
  });

  test("is what is shown where nothing else is configured", async () => {
    configure({ environments: [], sample: company, tables: [orders] });
    expect(await answers({})).toEqual({ items: [sample], sources: [sample], failed: 1 });
  });

  test("is gone with its setting, whatever the ledger holds of it", async () => {
    configure();
    expect(await answers({})).toMatchObject({ items: ["local"], sources: ["local"] });
    await expect(listRuns(viewer, RunFilter.parse({ environment: sample }))).rejects.toMatchObject({ code: "not_found" });
    await expect(getRun(viewer, { environment: sample, pipeline: "sales_daily", runId: `run of ${sample}` })).rejects.toMatchObject({
      code: "not_found",
    });
  });

  test("starts nothing: who may trigger is told so, who may not is refused as anywhere", async () => {
    const trigger = (user: User) => triggerRun(user, sample, "sales_daily", { params: {}, reason: "" }, "a-key-of-a-test");
    await expect(trigger(operator)).rejects.toMatchObject({ code: "conflict", message: expect.stringContaining("sample data") });
    await expect(trigger(viewer)).rejects.toMatchObject({ code: "forbidden" });
    const { rows } = await ledger().execute("select 1 from intent");
    expect(rows).toEqual([]);
    expect((await listActivity(admin, ActivityFilter.parse({}))).items).toEqual([]);
    expect((await listActivity(admin, ActivityFilter.parse({ environment: sample }))).items).toMatchObject([{ outcome: "denied" }]);
  });

  test("has logs that are written when they are asked for, in pages that end", async () => {
    const world = new World("1", "2026-07-25");
    const [run] = runsBetween(world, world.instant(40, "04:00"), world.instant(40, "06:00"));
    const each = run?.tries.find(({ startedAt }) => startedAt !== null);
    if (!run || !each) throw new Error("nothing ran that morning");
    await givenEnvironment({ name: sample, taskLogGroup: "airflow-larkspur-data-Task" });
    const { id } = await givenAttempt({
      environment: sample,
      pipeline: run.pipeline.id,
      runId: run.runId,
      taskId: each.task.id,
      mapIndex: each.mapIndex,
      tryNumber: each.tryNumber,
      endedAt: new Date(each.endedAt),
    });
    const read = (query: object) => readAttemptLog(viewer, id, LogQuery.parse(query));
    expect((await read({})).streams).toMatchObject([
      { source: "airflow", state: "failed", reason: expect.stringContaining("still being written") },
    ]);
    await givenSource({ environment: sample, source: "ecs", cursor: { anchor: "2026-07-25" } });
    forgetReads();
    expect((await listSources(viewer)).environments.find(({ isSample }) => isSample)?.since).toBe("2026-07-25");
    const whole = await read({ limit: 1_000 });
    expect(whole).toMatchObject({ isComplete: true, sources: [{ name: "logs", environment: sample, state: "ok" }] });
    expect(whole.lines.length).toBeGreaterThan(2);
    const lines: string[] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await read({ limit: 2, ...(cursor && { cursor }) });
      lines.push(...page.lines.map((line) => line.id));
      cursor = page.nextCursor;
    }
    expect(lines).toEqual(whole.lines.map((line) => line.id));
  });

  test("has no part in the metrics that wake somebody", async () => {
    const text = await (await readMetrics(viewer)).text();
    expect(text).toContain('environment="local"');
    expect(text).not.toContain(`environment="${sample}"`);
  });
});
