import "server-only";
import { attemptCost, glueDpuSeconds, noCost } from "@/lib/cost";
import { describeFailure, isFailedState } from "@/lib/failures";
import {
  type Attempt,
  type AttemptDetail,
  AttemptState,
  type EcsTask,
  type Failure,
  FailureClass,
  type GlueRun,
  JoinEvidence,
  LogLine,
} from "@/lib/schemas/attempt";
import type { Cost } from "@/lib/schemas/cost";
import type { AttemptList, AttemptQuery, RunId } from "@/lib/schemas/run";
import type { User } from "@/lib/schemas/user";
import { readDetail } from "./attempt-detail";
import { allow } from "./auth";
import { env } from "./env";
import { AppError } from "./errors";
import { honest } from "./health";
import { type AttemptKey, attemptId } from "./ledger/attempt-id";
import { type EcsTaskRow, type FailedAttempt, type GlueRunRow, type JoinedAttempt, selectAttempt } from "./ledger/read/attempts";
import { selectAttemptPage } from "./ledger/read/folded";
import { selectAttemptNotes } from "./ledger/read/notes";
import { selectRun } from "./ledger/read/runs";
import { toNotes } from "./note-versions";
import { isoText, msBetween } from "./wire";

const feeding = ["airflow", "ecs", "glue"] as const;
const feedingDetail = [...feeding, "metrics"] as const;

/** One try of one task with its container or Glue run, cost and failure. @throws AppError `not_found` */
export async function getAttempt(user: User, id: string): Promise<AttemptDetail> {
  allow(user, "read");
  const joined = await findAttempt(id);
  const [honesty, detail, notes] = await Promise.all([
    honest([...feedingDetail], joined.attempt.environment),
    readDetail(joined),
    selectAttemptNotes(joined.attempt),
  ]);
  return { ...honesty, attempt: toAttempt(joined), failure: toFailure(joined), ...detail, notes: toNotes(notes) };
}

/** Tries of a run by task, instance and number. @throws AppError `not_found` */
export async function listAttempts(user: User, id: RunId, query: AttemptQuery): Promise<AttemptList> {
  allow(user, "read");
  const [run, found, honesty] = await Promise.all([selectRun(id), selectAttemptPage(id, query), honest([...feeding], id.environment)]);
  if (!run)
    throw new AppError("not_found", `There is no run ${JSON.stringify(id.runId)} of ${id.pipeline}`, {
      remedy: "Open the pipeline to see its runs.",
    });
  return { ...honesty, items: found.rows.map(toAttempt), nextCursor: found.nextCursor };
}

/** The id of a try by what people call it. */
export const idOfAttempt = (key: AttemptKey): string => attemptId(key);

export async function findAttempt(id: string): Promise<JoinedAttempt> {
  const joined = await selectAttempt(id);
  if (joined) return joined;
  throw new AppError("not_found", `There is no attempt ${JSON.stringify(id.slice(0, 100))}`, {
    remedy: "Open its run: the attempts are listed there.",
  });
}

export function toAttempt(joined: JoinedAttempt): Attempt {
  const { attempt, ecsTask, glueRun, tables } = joined;
  const cost = costNow(joined);
  return {
    id: attempt.id,
    environment: attempt.environment,
    pipeline: attempt.pipeline,
    runId: attempt.runId,
    taskId: attempt.taskId,
    mapIndex: attempt.mapIndex,
    tryNumber: attempt.tryNumber,
    maxTries: attempt.maxTries,
    isLatest: attempt.isLatest,
    state: AttemptState.safeParse(attempt.state).data ?? "unknown",
    operator: attempt.operator,
    queuedAt: isoText(attempt.queuedAt),
    startedAt: isoText(attempt.startedAt),
    endedAt: isoText(attempt.endedAt),
    durationMs: msBetween(attempt.startedAt, attempt.endedAt),
    kind: kindOf({ attempt, ecsTask, glueRun }),
    cost,
    costUsd: cost?.usd ?? null,
    ecsTask: ecsTask ? toEcsTask(ecsTask) : null,
    glueRun: glueRun ? toGlueRun(glueRun) : null,
    tablesWritten: tables,
  };
}

type Parts = Pick<JoinedAttempt, "attempt" | "ecsTask" | "glueRun">;

/** What runs the work; before its container or Glue run is seen, the operator's name tells. */
function kindOf({ attempt, ecsTask, glueRun }: Parts): Attempt["kind"] {
  if (ecsTask) return "ecs";
  if (glueRun) return "glue";
  if (attempt.operator === "EcsRunTaskOperator") return "ecs";
  return attempt.operator === "GlueJobOperator" ? "glue" : "airflow";
}

/** What was computed at ingest once it is final; until then the same formula up to this moment. */
function costNow({ attempt, ecsTask, glueRun, metered }: JoinedAttempt): Cost | null {
  const isPriced = attempt.cost?.isFinal && (attempt.cost.basis !== "none" || (!ecsTask && !glueRun));
  if (isPriced) return attempt.cost;
  // The simulation prices by its own lists, at every look.
  const region = env().environments.find(({ name }) => name === attempt.environment)?.region;
  if (region === undefined) return attempt.cost;
  const cost = attemptCost(metered.ecsTasks, metered.glueRuns, region, new Date());
  if (cost) return cost;
  return attempt.cost ?? (kindOf({ attempt, ecsTask, glueRun }) === "airflow" ? noCost : null);
}

const numberOf = (text: string | null) => (text === null ? null : Number(text));

const joinedBy = (text: string | null) => JoinEvidence.safeParse(text).data ?? "time";

function toEcsTask(row: EcsTaskRow): EcsTask {
  return {
    taskArn: row.taskArn,
    cluster: row.cluster,
    taskDefinition: row.taskDefinition,
    lastStatus: row.lastStatus,
    stopCode: row.stopCode,
    stoppedReason: row.stoppedReason,
    containerName: row.containerName,
    image: row.image,
    imageDigest: row.imageDigest,
    exitCode: row.exitCode,
    containerReason: row.containerReason,
    cpuUnits: row.cpuUnits,
    memoryMib: row.memoryMib,
    ephemeralGib: row.ephemeralGib,
    architecture: row.architecture,
    launchType: row.launchType,
    capacityProvider: row.capacityProvider,
    availabilityZone: row.availabilityZone,
    createdAt: isoText(row.createdAt),
    pullStartedAt: isoText(row.pullStartedAt),
    pullStoppedAt: isoText(row.pullStoppedAt),
    startedAt: isoText(row.startedAt),
    stoppingAt: isoText(row.stoppingAt),
    executionStoppedAt: isoText(row.executionStoppedAt),
    stoppedAt: isoText(row.stoppedAt),
    joinedBy: joinedBy(row.joinedBy),
  };
}

function toGlueRun(row: GlueRunRow): GlueRun {
  return {
    jobName: row.jobName,
    jobRunId: row.jobRunId,
    state: row.state,
    attempt: row.attempt,
    errorMessage: row.errorMessage,
    glueVersion: row.glueVersion,
    workerType: row.workerType,
    numberOfWorkers: row.numberOfWorkers,
    maxCapacityDpu: numberOf(row.maxCapacityDpu),
    executionSeconds: row.executionSeconds,
    dpuSeconds: numberOf(row.dpuSeconds),
    dpuSecondsComputed: numberOf(glueDpuSeconds(row)),
    executionClass: row.executionClass,
    errorCategory: /^Error Category: ([A-Z_]+)/.exec(row.errorMessage ?? "")?.[1] ?? null,
    stateDetail: row.stateDetail,
    timeoutMinutes: row.timeoutMinutes,
    startedAt: isoText(row.startedAt),
    completedAt: isoText(row.completedAt),
    missingSince: isoText(row.missingSince),
    joinedBy: joinedBy(row.joinedBy),
  };
}

/** The failure card of a failed attempt: as classified, or "reading the log" until then. Null for one that did not fail. */
export function toFailure({ attempt, failure }: FailedAttempt): Failure | null {
  if (!isFailedState(attempt.state)) return null;
  const named = FailureClass.safeParse(failure?.class);
  const failureClass = named.success ? named.data : attempt.state === "upstream_failed" ? "upstream_failed" : "unclassified";
  const evidence = LogLine.array().safeParse(failure?.evidence);
  return {
    attemptId: attempt.id,
    taskId: attempt.taskId,
    tryNumber: attempt.tryNumber,
    class: failureClass,
    ...describeFailure(failureClass),
    facts: failure?.facts ?? [],
    evidence: evidence.success ? evidence.data : [],
    isReadingLog: failureClass === "unclassified" && !(failure?.isFinal ?? false),
  };
}
