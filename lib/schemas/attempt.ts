import { z } from "zod";
import { Honest, Instant } from "./common";
import { Cost } from "./cost";
import { Note } from "./note";
import { TableLoad } from "./table";

/** Airflow's task instance states; `none` stands for its null, `unknown` for a name that Penstock does not know. */
export const AttemptState = z.enum([
  "none",
  "scheduled",
  "queued",
  "running",
  "deferred",
  "restarting",
  "up_for_retry",
  "up_for_reschedule",
  "success",
  "failed",
  "upstream_failed",
  "skipped",
  "removed",
  "unknown",
]);
export type AttemptState = z.infer<typeof AttemptState>;

/** How a container or Glue run was joined to its attempt, surest first (DESIGN: the join key). */
export const JoinEvidence = z.enum(["join_key", "xcom", "reattach", "names", "started_by", "time"]);
export type JoinEvidence = z.infer<typeof JoinEvidence>;

export const EcsTask = z.object({
  taskArn: z.string(),
  cluster: z.string(),
  taskDefinition: z.string(),
  lastStatus: z.string(),
  stopCode: z.string().nullable(),
  stoppedReason: z.string().nullable(),
  containerName: z.string().nullable(),
  image: z.string().nullable(),
  imageDigest: z.string().nullable(),
  exitCode: z.number().int().nullable(),
  containerReason: z.string().nullable(),
  cpuUnits: z.number().int().nullable(),
  memoryMib: z.number().int().nullable(),
  ephemeralGib: z.number().int().nullable(),
  architecture: z.string().nullable(),
  launchType: z.string().nullable(),
  /** Such as FARGATE_SPOT; null where none was chosen. */
  capacityProvider: z.string().nullable(),
  availabilityZone: z.string().nullable(),
  createdAt: Instant.nullable(),
  pullStartedAt: Instant.nullable(),
  pullStoppedAt: Instant.nullable(),
  startedAt: Instant.nullable(),
  stoppingAt: Instant.nullable(),
  /** When its containers had ended; clearing up follows. */
  executionStoppedAt: Instant.nullable(),
  stoppedAt: Instant.nullable(),
  joinedBy: JoinEvidence,
});
export type EcsTask = z.infer<typeof EcsTask>;

export const GlueRun = z.object({
  jobName: z.string(),
  jobRunId: z.string(),
  state: z.string(),
  attempt: z.number().int(),
  errorMessage: z.string().nullable(),
  glueVersion: z.string().nullable(),
  workerType: z.string().nullable(),
  numberOfWorkers: z.number().int().nullable(),
  maxCapacityDpu: z.number().nullable(),
  executionSeconds: z.number().int().nullable(),
  /** As Glue metered them: Flex and auto-scaled runs only. */
  dpuSeconds: z.number().nullable(),
  /** Execution seconds × DPU, for the others. */
  dpuSecondsComputed: z.number().nullable(),
  executionClass: z.string().nullable(),
  /** What Glue calls the kind of the error: "QUERY_ERROR" of "Error Category: QUERY_ERROR; …". */
  errorCategory: z.string().nullable(),
  stateDetail: z.string().nullable(),
  timeoutMinutes: z.number().int().nullable(),
  startedAt: Instant.nullable(),
  completedAt: Instant.nullable(),
  /** Since when Glue no longer knows the run, whose end nobody saw. */
  missingSince: Instant.nullable(),
  joinedBy: JoinEvidence,
});
export type GlueRun = z.infer<typeof GlueRun>;

export const FailureClass = z.enum([
  "out_of_memory",
  "disk_full",
  "image_pull",
  "resource_initialisation",
  "container_start",
  "container_timeout",
  "spot_interruption",
  "host_terminated",
  "container_exit",
  "aws_capacity",
  "aws_permission",
  "aws_credentials",
  "glue_timeout",
  "glue_script",
  "glue_query",
  "glue_connection",
  "glue_bookmark",
  "glue_service",
  "glue_error",
  "data_not_found",
  "airflow_timeout",
  "dag_import",
  "heartbeat_lost",
  "task_killed",
  "upstream_failed",
  "database_lock",
  "database_timeout",
  "database_constraint",
  "database_disk",
  "too_many_connections",
  "database_connection",
  "database_permission",
  "schema_mismatch",
  "source_unreachable",
  "source_credentials",
  "source_certificate",
  "source_rate_limit",
  "source_refused",
  "source_server_error",
  "python_exception",
  "unclassified",
]);
export type FailureClass = z.infer<typeof FailureClass>;

export const LogSource = z.enum(["airflow", "container", "glue"]);
export type LogSource = z.infer<typeof LogSource>;

export const LogLevel = z.enum(["error", "warning", "info", "debug"]);
export type LogLevel = z.infer<typeof LogLevel>;

/** `id` orders lines within a merged log and stays the same between reads. */
export const LogLine = z.object({
  id: z.string(),
  at: Instant.nullable(),
  source: LogSource,
  stream: z.string(),
  level: LogLevel.nullable(),
  text: z.string(),
  fields: z.record(z.string(), z.unknown()).optional(),
});
export type LogLine = z.infer<typeof LogLine>;

export const LogQuery = z.object({
  cursor: z.string().max(6000).optional(),
  limit: z.coerce.number().int().min(1).max(2000).default(500),
});
export type LogQuery = z.infer<typeof LogQuery>;

/** One stream of the merged log and what became of reading it: an absent or unreadable stream is named, never silently missing. */
export const LogStreamInfo = z.object({
  source: LogSource,
  group: z.string(),
  stream: z.string(),
  state: z.enum(["read", "absent", "failed"]),
  lines: z.number().int(),
  reason: z.string().optional(),
});
export type LogStreamInfo = z.infer<typeof LogStreamInfo>;

/** The merged log of one attempt, oldest first. `isComplete`: the attempt ended and each stream was read to its end. */
export const LogPage = Honest.extend({
  lines: z.array(LogLine),
  streams: z.array(LogStreamInfo),
  nextCursor: z.string().nullable(),
  isComplete: z.boolean(),
});
export type LogPage = z.infer<typeof LogPage>;

/** What comes with the page of an attempt, so that its log can be read before it is fetched: where it opens, and what its first page holds. */
export type LogOpening = {
  lines: { line: LogLine; number: number }[];
  bySource: [LogSource, number][];
  byLevel: [LogLevel, number][];
};

/** The failure card: class, the lines that prove it, whether a retry helps and why, and what to do. */
export const Failure = z.object({
  attemptId: z.string(),
  taskId: z.string(),
  tryNumber: z.number().int(),
  class: FailureClass,
  title: z.string(),
  system: z.string(),
  facts: z.array(z.string()),
  evidence: z.array(LogLine),
  doesRetryHelp: z.enum(["yes", "no", "unknown"]),
  /** Why a retry helps, does not, or may. */
  retryReason: z.string(),
  advice: z.string(),
  isReadingLog: z.boolean(),
});
export type Failure = z.infer<typeof Failure>;

export const Attempt = z.object({
  id: z.string(),
  environment: z.string(),
  pipeline: z.string(),
  runId: z.string(),
  taskId: z.string(),
  mapIndex: z.number().int(),
  tryNumber: z.number().int(),
  maxTries: z.number().int().nullable(),
  isLatest: z.boolean(),
  state: AttemptState,
  operator: z.string().nullable(),
  queuedAt: Instant.nullable(),
  startedAt: Instant.nullable(),
  endedAt: Instant.nullable(),
  durationMs: z.number().int().nullable(),
  kind: z.enum(["ecs", "glue", "airflow"]),
  cost: Cost.nullable(),
  costUsd: z.string().nullable(),
  ecsTask: EcsTask.nullable(),
  glueRun: GlueRun.nullable(),
  tablesWritten: z.array(z.string()),
});
export type Attempt = z.infer<typeof Attempt>;

/** Why a figure is not known, to be said after "not collected: ". */
const NotCollected = z.object({ notCollected: z.string() });

/** What a container used of what it had, as Container Insights saw it by the minute. `of`: family when the figures are of all tasks of its definition. */
export const ContainerUsage = z.object({
  of: z.enum(["task", "family"]),
  cpuMaxPercent: z.number().nullable(),
  cpuAveragePercent: z.number().nullable(),
  memoryMaxMib: z.number().nullable(),
  memoryMaxPercent: z.number().nullable(),
  diskMaxGib: z.number().nullable(),
});
export type ContainerUsage = z.infer<typeof ContainerUsage>;

export const SparkMetrics = z.object({
  driverHeapMaxPercent: z.number().nullable(),
  executorHeapMaxPercent: z.number().nullable(),
  cpuMaxPercent: z.number().nullable(),
  executorsMax: z.number().nullable(),
  executorsNeededMax: z.number().nullable(),
  bytesRead: z.number().nullable(),
  recordsRead: z.number().nullable(),
  shuffleBytes: z.number().nullable(),
  failedTasks: z.number().nullable(),
});
export type SparkMetrics = z.infer<typeof SparkMetrics>;

export const TaskContainer = z.object({
  name: z.string(),
  image: z.string().nullable(),
  imageDigest: z.string().nullable(),
  lastStatus: z.string().nullable(),
  exitCode: z.number().int().nullable(),
  reason: z.string().nullable(),
  isEssential: z.boolean().nullable(),
});
export type TaskContainer = z.infer<typeof TaskContainer>;

/** One thing that differs between two attempts of a task; null: it was not there, or is not. */
export const DefinitionChange = z.object({ what: z.string(), before: z.string().nullable(), now: z.string().nullable() });
export type DefinitionChange = z.infer<typeof DefinitionChange>;

/** What a container ran with beside an earlier attempt of the same task: its last success, else the attempt before it. */
export const DefinitionComparison = z.object({
  runId: z.string(),
  tryNumber: z.number().int(),
  wasSuccess: z.boolean(),
  taskDefinition: z.string(),
  /** Null: one of the two revisions was never read. */
  changes: z.array(DefinitionChange).nullable(),
});
export type DefinitionComparison = z.infer<typeof DefinitionComparison>;

/** Null usage and metrics: CloudWatch has not been asked, or is late. */
export const ContainerDetail = z.object({
  containers: z.array(TaskContainer),
  usage: z.union([ContainerUsage, NotCollected]).nullable(),
  comparison: DefinitionComparison.nullable(),
  logGroup: z.string().nullable(),
  logStream: z.string().nullable(),
});
export type ContainerDetail = z.infer<typeof ContainerDetail>;

/** Where in AWS an attempt is found, for links and commands. `isPrefix`: several streams begin with that name. */
export const AwsPlace = z.object({
  region: z.string(),
  mwaaName: z.string().nullable(),
  webserverUrl: z.string().nullable(),
  airflowVersion: z.string().nullable(),
  publicUrl: z.string(),
  /** "aws"; "platform": AWS is answered from another address; "nowhere": sample data, behind which nothing runs. */
  isAt: z.enum(["aws", "platform", "nowhere"]),
  /** Of the platform that answers for AWS. */
  endpointUrl: z.string().nullable(),
  logs: z.array(z.object({ source: LogSource, word: z.string(), group: z.string(), stream: z.string(), isPrefix: z.boolean() })),
});
export type AwsPlace = z.infer<typeof AwsPlace>;

/** Another try of the same task. */
export const AttemptRef = z.object({
  id: z.string(),
  runId: z.string(),
  taskId: z.string(),
  mapIndex: z.number().int(),
  tryNumber: z.number().int(),
  state: AttemptState,
  startedAt: Instant.nullable(),
  durationMs: z.number().int().nullable(),
  costUsd: z.string().nullable(),
});
export type AttemptRef = z.infer<typeof AttemptRef>;

export const AttemptDetail = Honest.extend({
  attempt: Attempt,
  failure: Failure.nullable(),
  container: ContainerDetail.nullable(),
  spark: z.object({ metrics: z.union([SparkMetrics, NotCollected]).nullable() }).nullable(),
  notes: z.array(Note),
  /** The newest success of the same task in an earlier run; null when there was none. */
  lastGood: AttemptRef.nullable(),
  /** All tries of this task in this run, this one among them. */
  tries: z.array(AttemptRef),
  /** Tables that this try wrote. */
  loads: z.array(TableLoad),
  place: AwsPlace,
});
export type AttemptDetail = z.infer<typeof AttemptDetail>;
