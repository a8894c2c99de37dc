import { eq } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { EnvironmentConfig } from "@/server/env";
import { ledger } from "@/server/ledger/db";
import * as schema from "@/server/ledger/schema";
import { forgetCalls } from "@/server/sources/call";
import { type Answer, type Asked, recorded, startReplay } from "@/server/sources/replay";
import { configure } from "@/server/testing/configuration";
import { givenEcsTask, givenGlueRun } from "@/server/testing/facts";
import { ledgerBesideAws } from "@/server/testing/ledger-beside-aws";
import { MetricsLook } from "./look-metrics";
import type { Scope } from "./scope";

interface Query {
  Id: string;
  MetricStat: { Metric: { Namespace: string; MetricName: string; Dimensions: { Name: string; Value: string }[] }; Stat: string };
}

const server = ledgerBesideAws();
let endpoint: Awaited<ReturnType<typeof startReplay>>;
let environment: EnvironmentConfig;
let insights: string | null;
let hasJobMetrics: boolean;
/** What CloudWatch has, by metric, statistic and the last dimension's value: minutes ago → value. */
let figures: Record<string, [minutesAgo: number, value: number][]>;
let turn = 0;

beforeEach(async () => {
  [insights, hasJobMetrics, figures] = ["enhanced", false, {}];
  endpoint = await startReplay(aws);
  environment = { name: `metrics${++turn}`, region: "eu-west-1", mwaa: "penstock", ecs: ["penstock"], glue: ["penstock-*"] };
  configure({ databaseUrl: server.url, awsEndpointUrl: endpoint.url, environments: [environment] });
  forgetCalls();
});
afterEach(async () => {
  await endpoint.stop();
  await ledger().execute("truncate ecs_task, glue_run, source_health");
});

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);

function aws({ operation, body }: Asked): Answer {
  if (operation === "DescribeClusters") {
    const answer = recorded("ecs-describe-clusters") as { clusters: object[] };
    const settings = insights === null ? [] : [{ name: "containerInsights", value: insights }];
    return { body: { clusters: answer.clusters.map((cluster) => ({ ...cluster, settings })) } };
  }
  if (operation === "BatchGetJobs")
    return { body: { Jobs: [{ Name: "penstock-load", DefaultArguments: hasJobMetrics ? { "--enable-metrics": "true" } : {} }] } };
  const MetricDataResults = (body.MetricDataQueries as Query[]).map(({ Id, MetricStat: { Metric, Stat } }) => {
    const points =
      figures[`${Metric.MetricName} ${Stat} ${Metric.Dimensions.at(-1)?.Value}`] ?? figures[`${Metric.MetricName} ${Stat}`] ?? [];
    return {
      Id,
      StatusCode: "Complete",
      Timestamps: points.map(([ago]) => minutesAgo(ago).toISOString()),
      Values: points.map(([, value]) => value),
    };
  });
  return { body: { MetricDataResults } };
}

const arn = (id: string) => `arn:aws:ecs:eu-west-1:123456789012:task/penstock/${id}`;
const task = (id: string, given: Partial<typeof schema.ecsTask.$inferInsert> = {}) =>
  givenEcsTask({
    attemptId: id,
    environment: environment.name,
    taskArn: arn(id),
    taskDefinition: "extractor:7",
    createdAt: minutesAgo(31),
    startedAt: minutesAgo(30),
    stoppedAt: minutesAgo(10),
    ...given,
  });
const run = (given: Partial<typeof schema.glueRun.$inferInsert> = {}) =>
  givenGlueRun({ attemptId: "a", environment: environment.name, startedAt: minutesAgo(30), completedAt: minutesAgo(10), ...given });
const scope = (): Scope => ({ environment: environment.name, region: "eu-west-1", mwaaName: "penstock", lease: null });
const look = (one = new MetricsLook(environment, scope())) => one.look();
const taskRow = async (id: string) =>
  (
    await ledger()
      .select()
      .from(schema.ecsTask)
      .where(eq(schema.ecsTask.taskArn, arn(id)))
  )[0];
const runRow = async () => (await ledger().select().from(schema.glueRun))[0];
const asked = () => endpoint.asked.filter((each) => each.operation === "GetMetricData");
const queries = () => asked().flatMap((each) => each.body.MetricDataQueries as Query[]);

describe("a container's use", () => {
  const whole = {
    "CpuUtilized Maximum": [
      [29, 300],
      [11, 512],
    ] as [number, number][],
    "CpuUtilized Average": [
      [29, 100],
      [11, 156],
    ] as [number, number][],
    "MemoryUtilized Maximum": [
      [29, 300],
      [11, 921.6],
    ] as [number, number][],
    "EphemeralStorageUtilized Maximum": [
      [29, 1.25],
      [11, 1.26],
    ] as [number, number][],
  };

  it("is its own where Container Insights looks at each task, and is asked for once", async () => {
    figures = whole;
    await task("one");
    await look();
    expect(await taskRow("one")).toMatchObject({
      isMeasured: true,
      usage: { of: "task", cpuMaxPercent: 100, cpuAveragePercent: 25, memoryMaxMib: 921.6, memoryMaxPercent: 90, diskMaxGib: 1.3 },
    });
    expect(queries()[0]?.MetricStat.Metric).toEqual({
      Namespace: "ECS/ContainerInsights",
      MetricName: "CpuUtilized",
      Dimensions: [
        { Name: "ClusterName", Value: "penstock" },
        { Name: "TaskDefinitionFamily", Value: "extractor" },
        { Name: "TaskId", Value: "one" },
      ],
    });
    const before = asked().length;
    await ledger()
      .update(schema.ecsTask)
      .set({ usageReadAt: minutesAgo(5) });
    await look();
    expect(
      queries()
        .slice(4)
        .every((query) => query.MetricStat.Metric.MetricName === "TaskCount"),
    ).toBe(true);
    expect(asked().length).toBe(before + 1);
  });

  it("is its family's where it looks at families, unless it was alone in it", async () => {
    insights = "enabled";
    figures = whole;
    await task("alone");
    await look();
    expect((await taskRow("alone"))?.usage).toMatchObject({ of: "task" });
    expect(queries()[0]?.MetricStat.Metric.Dimensions.map(({ Name }) => Name)).toEqual(["ClusterName", "TaskDefinitionFamily"]);
    await task("beside", { taskDefinition: "extractor:8" });
    await look();
    expect((await taskRow("beside"))?.usage).toMatchObject({ of: "family", memoryMaxMib: 921.6 });
  });

  it("is of its own time only", async () => {
    insights = "enabled";
    figures = {
      "CpuUtilized Maximum": [
        [60, 400],
        [20, 128],
        [2, 512],
      ],
      "MemoryUtilized Maximum": [[20, 100]],
    };
    await task("one");
    await look();
    expect((await taskRow("one"))?.usage).toMatchObject({ cpuMaxPercent: 25 });
  });

  it.each([["disabled"], [null]])(
    "is not collected where Container Insights is %s, and CloudWatch is not asked for it",
    async (setting) => {
      insights = setting;
      await task("one");
      await look();
      expect(await taskRow("one")).toMatchObject({ usage: { notCollected: "turn on Container Insights" }, isMeasured: true });
      expect(queries().map((query) => query.MetricStat.Metric.MetricName)).toEqual(["TaskCount"]);
    },
  );

  it("is waited for while CloudWatch is late, and then said to be unknown", async () => {
    await task("late");
    await look();
    expect(await taskRow("late")).toMatchObject({ usage: null, isMeasured: false, usageReadAt: expect.any(Date) });
    await ledger()
      .update(schema.ecsTask)
      .set({ stoppedAt: minutesAgo(21), usageReadAt: minutesAgo(2) });
    await look();
    expect(await taskRow("late")).toMatchObject({
      usage: { notCollected: expect.stringContaining("less than a minute") },
      isMeasured: true,
    });
  });

  it("is not final until the last minute is there", async () => {
    figures = { "CpuUtilized Maximum": [[29, 300]], "MemoryUtilized Maximum": [[29, 300]] };
    await task("one");
    await look();
    expect(await taskRow("one")).toMatchObject({ usage: { memoryMaxMib: 300 }, isMeasured: false });
  });

  it("is asked for by the hundred, and neither for old tasks nor for those that never started", async () => {
    for (let index = 0; index < 126; index++) await task(`t${index}`);
    await task("old", { stoppedAt: minutesAgo(200), startedAt: minutesAgo(220) });
    await task("never", { startedAt: null });
    await look();
    expect(asked()[0]?.body.MetricDataQueries).toHaveLength(500);
    expect((await taskRow("old"))?.usageReadAt).toBeNull();
    expect((await taskRow("never"))?.usageReadAt).toBeNull();
  });
});

describe("a Glue run's Spark", () => {
  it.each([
    ["its own arguments", true],
    ["its job", false],
  ])("is told where %s turn metrics on", async (_, isOwn) => {
    hasJobMetrics = !isOwn;
    figures = {
      "glue.driver.jvm.heap.usage Maximum gauge": [
        [29, 0.4],
        [11, 0.83],
      ],
      "glue.driver.aggregate.recordsRead Sum count": [
        [29, 1000],
        [11, 500],
      ],
      "glue.driver.aggregate.numFailedTasks Sum count": [[11, 0]],
    };
    await run({ arguments: isOwn ? { "--enable-metrics": "" } : {} });
    await look();
    expect(await runRow()).toMatchObject({
      isMeasured: true,
      metrics: { driverHeapMaxPercent: 83, recordsRead: 1500, failedTasks: 0, executorsMax: null, bytesRead: null },
    });
    expect(queries()[0]?.MetricStat.Metric).toMatchObject({
      Namespace: "Glue",
      Dimensions: [
        { Name: "JobName", Value: "penstock-load" },
        { Name: "JobRunId", Value: "jr_a" },
        { Name: "Type", Value: "gauge" },
      ],
    });
  });

  it("is not collected where they are off", async () => {
    await run({ arguments: { "--enable-metrics": "false" } });
    await look();
    expect(await runRow()).toMatchObject({ metrics: { notCollected: "start the job with --enable-metrics" }, isMeasured: true });
  });
});

it("is healthy only when CloudWatch was asked: with nothing to measure it is asked now and then", async () => {
  const one = new MetricsLook(environment, scope());
  await look(one);
  await look(one);
  expect(asked()).toHaveLength(1);
  expect((await ledger().select().from(schema.sourceHealth)).map((row) => [row.source, row.failedSince])).toEqual([["metrics", null]]);
});
