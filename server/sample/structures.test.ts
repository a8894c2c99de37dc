import { expect, it } from "vitest";
import { meets, parseCron } from "@/lib/cron";
import { pipelineFacts } from "./catalogue";
import { company, pipelineOf } from "./company";
import { poolFacts } from "./pools";
import { runsBetween } from "./runs";
import { dagSettingFacts, dagVersionFacts, versionAt } from "./structures";
import { hourMs, World } from "./world";

const world = new World("penstock", "2026-07-25");
const now = world.instant(120);
const versions = dagVersionFacts(world, now);
const of = (pipeline: string) => versions.filter((each) => each.pipeline === pipeline);
const dayOf = (id: string) => {
  const event = company.events.find((each) => each.id === id);
  return (event && world.eventDay(event)) ?? 0;
};

it("each pipeline has a version from its beginning on, with a file that has all its tasks", () => {
  for (const pipeline of company.pipelines) {
    const [first] = of(pipeline.id);
    expect(first?.version).toBe("1");
    expect(first?.tasks?.map(({ taskId }) => taskId)).toEqual(pipeline.tasks.map(({ id }) => id));
    for (const { id } of pipeline.tasks) expect(first?.code).toContain(`task_id="${id}"`);
  }
});

it("a pipeline runs when its expression says, in the zone that Airflow tells", () => {
  const zones = new Map(dagSettingFacts(world, now).map(({ pipeline, zone }) => [pipeline, zone]));
  const told = pipelineFacts(world, now).present.flatMap(({ pipeline, schedule, nextRunAt }) => {
    const cron = parseCron(schedule ?? "");
    return cron && nextRunAt ? [{ pipeline, cron, at: nextRunAt.getTime() }] : [];
  });
  expect(told.length).toBeGreaterThan(40);
  for (const { pipeline, cron, at } of told) expect([pipeline, meets(cron, zones.get(pipeline) ?? "", at)]).toEqual([pipeline, true]);
});

it("the deploy that doubled a duration is a version whose file says why", () => {
  const day = dayOf("doubled_duration");
  const [before, doubled, , after] = of("fraud_scores");
  expect(doubled?.firstSeenAt.getTime()).toBeGreaterThan(world.instant(day));
  expect(doubled?.firstSeenAt.getTime()).toBeLessThan(world.instant(day + 1));
  expect([before, doubled, after].map((each) => each?.code?.match(/"--stage"/g)?.length ?? 0)).toEqual([0, 2, 1]);
  expect(before?.code).toContain('"fraud-scoring:31"');
  expect(doubled?.code).toContain('"fraud-scoring:32"');
  const pipeline = pipelineOf("fraud_scores");
  expect([day, day + 1, day + 11].map((each) => versionAt(world, pipeline, world.instant(each)))).toEqual(["1", "2", "4"]);
});

it("Airflow's upgrade changes every file that was there, and nothing else of most", () => {
  const [before, after, ...others] = of("fx_rates");
  expect(others).toEqual([]);
  expect(before?.code).toContain("from airflow import DAG");
  expect(after?.code).toContain("from airflow.sdk import DAG");
  expect(of("newsletter_subscribers")).toHaveLength(1);
});

it("groups are in the file and in the structure alike", () => {
  const [version] = of("bank_statements");
  expect(version?.groups).toEqual([{ groupId: "statements", label: "statements", parentId: null }]);
  expect(version?.tasks?.map(({ groupId }) => groupId)).toEqual([null, "statements", "statements"]);
  expect(version?.code).toContain('with TaskGroup("statements", prefix_group_id=False):');
});

it("what is known at a moment is of no later one", () => {
  const early = world.instant(30);
  expect(dagVersionFacts(world, early)).toEqual(versions.filter(({ firstSeenAt }) => firstSeenAt.getTime() <= early));
  for (const { pipeline, currentVersion } of dagSettingFacts(world, early))
    expect(currentVersion).toBe(
      of(pipeline)
        .filter(({ firstSeenAt }) => firstSeenAt.getTime() <= early)
        .at(-1)?.version,
    );
});

const poolAt = (at: number, name: string) => poolFacts(runsBetween(world, at - 12 * hourMs, at + 1), at).find((pool) => pool.name === name);

it("shards of web events wait for slots of their own", () => {
  const hour = world.instant(100, "18:05");
  const seen = Array.from({ length: 40 }, (_, step) => poolAt(hour + step * 10_000, "sessionise_shards"));
  expect(seen.some((pool) => pool?.occupied === 24 && pool.scheduled > 0)).toBe(true);
  for (const pool of seen) expect(pool?.occupied).toBeLessThanOrEqual(24);
});

it("while the queue stands still the usual pool is full, and it is not on another day", () => {
  const day = dayOf("stuck_queue");
  const stuck = poolAt(world.instant(day, "11:20"), "default_pool");
  expect(stuck).toMatchObject({ slots: 16, occupied: 16 });
  expect(stuck?.scheduled).toBeGreaterThan(0);
  expect(poolAt(world.instant(day - 7, "11:20"), "default_pool")?.occupied).toBeLessThan(16);
});
