import type { LogSource } from "./schemas/attempt";

export interface StreamCandidate {
  source: LogSource;
  group: string;
  /** Streams that begin with this are the attempt's own, when `owns` agrees. */
  prefix: string;
  owns: (stream: string) => boolean;
}

export interface StreamFacts {
  pipeline: string;
  runId: string;
  taskId: string;
  mapIndex: number;
  tryNumber: number;
  taskLogGroup: string | null;
  ecsTask: { logGroup: string | null; logStream: string | null } | null;
  glueRun: { jobRunId: string; logGroup: string | null } | null;
}

/**
 * Where the log of one attempt may be. MWAA renders `dag_id=…/run_id=…/task_id=…/[map_index=…/]attempt=N.log` and replaces `:` by `_`; a deferred
 * task adds `….trigger.<job>.log`. Glue 5 writes `<job run id>-driver` and executors' streams; before, the stream is the run id.
 */
export function streamCandidates(facts: StreamFacts): StreamCandidate[] {
  const candidates: StreamCandidate[] = [];
  if (facts.taskLogGroup && facts.tryNumber > 0) {
    const prefix = airflowStream(facts);
    candidates.push({
      source: "airflow",
      group: facts.taskLogGroup,
      prefix,
      owns: (stream) => stream === prefix || stream.startsWith(`${prefix}.trigger.`),
    });
  }
  if (facts.ecsTask?.logGroup && facts.ecsTask.logStream) {
    const name = facts.ecsTask.logStream;
    candidates.push({ source: "container", group: facts.ecsTask.logGroup, prefix: name, owns: (stream) => stream === name });
  }
  if (facts.glueRun) {
    const id = facts.glueRun.jobRunId;
    for (const group of glueLogGroups(facts.glueRun.logGroup)) {
      candidates.push({ source: "glue", group, prefix: id, owns: (stream) => isGlueStream(id, stream) });
    }
  }
  return candidates;
}

/** The groups that Glue makes under a job's own base, null for the usual one. */
export const glueLogGroups = (base: string | null): string[] => ["output", "error"].map((kind) => `${base ?? "/aws-glue/jobs"}/${kind}`);

function airflowStream(facts: StreamFacts): string {
  const mapped = facts.mapIndex >= 0 ? [`map_index=${facts.mapIndex}`] : [];
  return [`dag_id=${facts.pipeline}`, `run_id=${facts.runId}`, `task_id=${facts.taskId}`, ...mapped, `attempt=${facts.tryNumber}.log`]
    .join("/")
    .replaceAll(":", "_");
}

/** `jr_ab` must not claim the streams of `jr_ab_attempt_1`. */
function isGlueStream(id: string, stream: string): boolean {
  return stream === id || (stream.startsWith(id) && !stream.startsWith(`${id}_attempt_`) && "-_".includes(stream.charAt(id.length)));
}
