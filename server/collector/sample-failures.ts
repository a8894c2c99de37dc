import "server-only";
import { classify } from "@/lib/failures";
import { parseLogMessage } from "@/lib/log-lines";
import type { LogLine, LogSource } from "@/lib/schemas/attempt";
import { attemptId } from "@/server/ledger/attempt-id";
import type { failure } from "@/server/ledger/schema";
import type { RunFacts } from "@/server/sample/facts";
import { logOf } from "@/server/sample/logs";
import type { SimulatedRun, Try } from "@/server/sample/timeline";
import type { World } from "@/server/sample/world";
import { lineIds } from "./look-failures";

type FailureRow = typeof failure.$inferInsert;

/** What failed in a run until `now`, classified as any failure is: by what its container, its Glue run and its log say. */
export function sampleFailures(world: World, environment: string, run: SimulatedRun, facts: RunFacts, now: number): FailureRow[] {
  const failed = run.tries.filter(({ state, endedAt }) => endedAt <= now && (state === "failed" || state === "upstream_failed"));
  return failed.map((each) => {
    const key = { environment, pipeline: run.pipeline.id, runId: run.runId, taskId: each.task.id };
    const ecsTask = facts.containers.find(({ taskArn }) => taskArn === each.container?.taskArn) ?? null;
    const glueRun = facts.glueRuns.find(({ jobRunId }) => jobRunId === each.glue?.jobRunId) ?? null;
    const state = each.state === "upstream_failed" ? each.state : ("failed" as const);
    const found = classify({ state, operator: null, ecsTask, glueRun }, linesOf(world, run, each, ecsTask !== null));
    return {
      attemptId: attemptId({ ...key, mapIndex: each.mapIndex, tryNumber: each.tryNumber }),
      class: found.class,
      facts: found.facts,
      evidence: found.evidence,
      isFinal: true,
      classifiedAt: new Date(each.endedAt),
    };
  });
}

/** The log of a container that nobody saw is not found. */
function linesOf(world: World, run: SimulatedRun, each: Try, isSeen: boolean): LogLine[] {
  return logOf(world, run, each).flatMap(({ source, group, stream, events }) => {
    if (source === "container" && !isSeen) return [];
    const idOf = lineIds(group, stream);
    return events.map(({ timestamp, message }) => lineOf(source, stream, idOf(timestamp), timestamp, message));
  });
}

function lineOf(source: LogSource, stream: string, id: string, timestamp: number, message: string): LogLine {
  return { id, at: new Date(timestamp).toISOString(), source, stream, ...parseLogMessage(source, message) };
}
