import { expect, it } from "vitest";
import { classify } from "@/lib/failures";
import { parseLogMessage } from "@/lib/log-lines";
import { streamCandidates } from "@/lib/log-streams";
import { addFacts, noFacts } from "./facts";
import { logOf, sampleLog, sampleStreams } from "./logs";
import { runsBetween } from "./runs";
import type { SimulatedRun, Try } from "./timeline";
import { dayMs, World } from "./world";

const world = new World("penstock", "2026-07-25");
const later = world.instant(400);

function failuresBetween(from: number, to: number): { run: SimulatedRun; each: Try }[] {
  return runsBetween(world, world.instant(from), world.instant(to)).flatMap((run) =>
    run.tries.filter(({ state }) => state === "failed").map((each) => ({ run, each })),
  );
}

function factsOf(run: SimulatedRun, each: Try) {
  const facts = noFacts();
  addFacts(world, facts, run, later);
  return {
    state: "failed" as const,
    operator: null,
    ecsTask: facts.containers.find(({ taskArn }) => taskArn === each.container?.taskArn) ?? null,
    glueRun: facts.glueRuns.find(({ jobRunId }) => jobRunId === each.glue?.jobRunId) ?? null,
  };
}

it("the log and the facts of each failure prove its class", () => {
  const wrong: string[] = [];
  const failures = [...failuresBetween(40, 52), ...failuresBetween(56, 58), ...failuresBetween(74, 92)];
  for (const { run, each } of failures) {
    const lines = logOf(world, run, each).flatMap(({ source, stream, events }) =>
      events.map((event, index) => {
        const at = new Date(event.timestamp).toISOString();
        return { id: `${stream}-${index}`, at, source, stream, ...parseLogMessage(source, event.message) };
      }),
    );
    const found = classify(factsOf(run, each), lines);
    if (found.class !== each.class) wrong.push(`${each.class} of ${each.key} is read as ${found.class}`);
  }
  expect(wrong).toEqual([]);
  expect(new Set(failures.map(({ each }) => each.class)).size).toBeGreaterThanOrEqual(12);
});

it("the streams of an attempt are found by the names that the product looks for", () => {
  const runs = runsBetween(world, world.instant(87), world.instant(88)).filter(({ pipeline }) => pipeline.schedule.kind !== "interval");
  for (const run of runs.slice(0, 12)) {
    const facts = noFacts();
    addFacts(world, facts, run, later);
    for (const each of run.tries) {
      if (each.startedAt === null) continue;
      const candidates = streamCandidates({
        pipeline: run.pipeline.id,
        runId: run.runId,
        taskId: each.task.id,
        mapIndex: each.mapIndex,
        tryNumber: each.tryNumber,
        taskLogGroup: "airflow-larkspur-data-Task",
        ecsTask: facts.containers.find(({ taskArn }) => taskArn === each.container?.taskArn) ?? null,
        glueRun: facts.glueRuns.find(({ jobRunId }) => jobRunId === each.glue?.jobRunId) ?? null,
      });
      const found = candidates.flatMap(({ group, prefix, owns }) =>
        sampleStreams(world, group, prefix, later).flatMap(({ stream }) => (owns(stream) ? sampleLog(world, group, stream, later) : null)),
      );
      expect(found).not.toContain(null);
      expect(found).toHaveLength(logOf(world, run, each).reduce((sum, { events }) => sum + events.length, 0));
    }
  }
});

it("nothing is in a log before it is printed", () => {
  const run = runsBetween(world, world.instant(87), world.instant(87) + dayMs / 24).find(
    ({ pipeline }) => pipeline.id === "orders_incremental",
  );
  const each = run?.tries.find(({ glue }) => glue !== null);
  if (!run || !each?.glue) throw new Error("no Glue run in that hour");
  const { jobRunId, bootedAt, completedAt } = each.glue;
  const group = "/aws-glue/jobs/error";
  expect(sampleStreams(world, group, jobRunId, bootedAt - 1)).toEqual([]);
  const half = sampleLog(world, group, `${jobRunId}-driver`, completedAt - 1) ?? [];
  const whole = sampleLog(world, group, `${jobRunId}-driver`, completedAt) ?? [];
  expect(half.length).toBeGreaterThan(0);
  expect(whole.slice(0, half.length)).toEqual(half);
  expect(whole.length).toBeGreaterThan(half.length);
});
