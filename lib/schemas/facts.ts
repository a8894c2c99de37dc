import type { AttemptState } from "./attempt";
import type { PipelineParam } from "./pipeline";
import type { RunState, RunType } from "./run";
import type { PipelineTask, TaskGroup } from "./structure";
import type { TableColumn } from "./table";

/*
 * What a source says, in our words and without its names: sources return these, ingest takes them.
 * Instants are Dates; null is "the source did not say".
 */

/** How often a system was asked for one thing, and how often it refused for want of capacity (`throttled`) or otherwise failed. */
export interface OperationCalls {
  /** As IAM names it: `ecs:DescribeTasks`. */
  operation: string;
  calls: number;
  throttled: number;
  failed: number;
}

export interface EnvironmentFact {
  mwaaName: string;
  airflowVersion: string | null;
  status: string;
  webserverUrl: string | null;
  /** CloudWatch group of task logs as the environment names it; null while task logs are off. */
  taskLogGroup: string | null;
}

export interface PipelineFact {
  pipeline: string;
  description: string | null;
  owners: string[];
  tags: string[];
  schedule: string | null;
  isPaused: boolean;
  hasImportErrors: boolean;
  nextRunAt: Date | null;
}

/** `version` names what was read, so that it is read once. */
export interface PipelineDetailFact {
  pipeline: string;
  runbook: string | null;
  params: PipelineParam[];
  version: string | null;
}

/** How many slots a pool has and what takes them: tasks that run, that are queued for a worker, and that wait for a slot. */
export interface PoolFact {
  name: string;
  /** Null: without a limit. */
  slots: number | null;
  occupied: number;
  running: number;
  queued: number;
  scheduled: number;
}

/** A part of Airflow and when it last said that it lives; null state: the environment has none. */
export interface HeartbeatFact {
  part: "scheduler" | "triggerer" | "dag_processor" | "metadatabase";
  state: "healthy" | "unhealthy" | null;
  /** ISO text: the ledger keeps it as JSON. */
  at: string | null;
}

/** One version of a DAG. What is not there was not asked for; null code or tasks are known not to be had, and `codeReason` says why. */
export interface DagVersionFact {
  pipeline: string;
  version: string;
  bundleVersion: string | null;
  firstSeenAt: Date;
  code?: string | null;
  codeReason?: string | null;
  tasks?: PipelineTask[] | null;
  groups?: TaskGroup[] | null;
}

/** What is not there was not asked for. */
export interface DagSettingFact {
  pipeline: string;
  file?: string | null;
  currentVersion?: string | null;
  zone?: string | null;
  maxActiveRuns?: number | null;
  maxActiveTasks?: number | null;
}

export interface ImportErrorFact {
  errorId: string;
  file: string;
  text: string;
  at: Date | null;
}

export interface DagWarningFact {
  pipeline: string;
  kind: string;
  text: string;
  at: Date | null;
}

export interface RunFact {
  pipeline: string;
  runId: string;
  state: RunState;
  type: RunType;
  logicalDate: Date | null;
  dataIntervalStart: Date | null;
  dataIntervalEnd: Date | null;
  runAfter: Date | null;
  queuedAt: Date | null;
  startedAt: Date | null;
  endedAt: Date | null;
  triggeredBy: string | null;
  conf: Record<string, unknown> | null;
  note: string | null;
  /** Of its DAG. */
  dagVersion: string | null;
}

export interface AttemptFact {
  pipeline: string;
  runId: string;
  taskId: string;
  /** −1 for a task that is not mapped. */
  mapIndex: number;
  /** 0 before the first try is scheduled. */
  tryNumber: number;
  maxTries: number | null;
  state: AttemptState;
  operator: string | null;
  queuedAt: Date | null;
  startedAt: Date | null;
  endedAt: Date | null;
}

/** A container task or Glue run that an XCom of an attempt names. `owner`: its cluster or job, where the XCom says it. */
export interface JoinHintFact {
  ref: string;
  owner: string | null;
}

/** Whose a container or Glue run says to be, by names in its tags, environment or arguments; null where it does not say. */
export interface AttemptClaim {
  dag: string;
  run: string;
  task: string;
  map: number | null;
  try: number | null;
}

export interface ContainerFact {
  name: string;
  image: string | null;
  imageDigest: string | null;
  lastStatus: string | null;
  /** Null: it never ended by itself, or never started. */
  exitCode: number | null;
  reason: string | null;
  isEssential: boolean | null;
}

/** What one container of a task definition runs with. Values under names that say secret are replaced. */
export interface ContainerDefinitionFact {
  name: string;
  image: string | null;
  isEssential: boolean;
  cpuUnits: number | null;
  memoryMib: number | null;
  entryPoint: string[];
  command: string[];
  environment: Record<string, string>;
  /** Names of variables that ECS fills from a secret; never the secret, nor where it is. */
  secretNames: string[];
  logDriver: string | null;
  logOptions: Record<string, string>;
}

/** One revision of a task definition; it never changes. */
export interface TaskDefinitionFact {
  /** `family:revision` */
  name: string;
  cpuUnits: number | null;
  memoryMib: number | null;
  ephemeralGib: number | null;
  architecture: string | null;
  taskRole: string | null;
  executionRole: string | null;
  containers: ContainerDefinitionFact[];
  registeredAt: Date | null;
}

/** Container Insights of a cluster: `enhanced` has figures for each task, `enabled` for each family of task definitions. */
export type InsightsSetting = "enhanced" | "enabled" | "disabled";

/** CPU and memory that a container used, or why that is not known. `of`: whose figures they are. */
export type Usage =
  | {
      of: "task" | "family";
      cpuMaxPercent: number | null;
      cpuAveragePercent: number | null;
      memoryMaxMib: number | null;
      memoryMaxPercent: number | null;
      diskMaxGib: number | null;
    }
  | { notCollected: string };

/** What Glue's job metrics said of one run's Spark, or why they said nothing. */
export type SparkMetrics =
  | {
      driverHeapMaxPercent: number | null;
      executorHeapMaxPercent: number | null;
      cpuMaxPercent: number | null;
      executorsMax: number | null;
      executorsNeededMax: number | null;
      bytesRead: number | null;
      recordsRead: number | null;
      shuffleBytes: number | null;
      failedTasks: number | null;
    }
  | { notCollected: string };

export interface EcsTaskFact {
  taskArn: string;
  cluster: string;
  taskDefinition: string;
  lastStatus: string;
  /** Rises with each change; the higher one is the newer answer. */
  version: number;
  startedBy: string | null;
  joinKey: string | null;
  stopCode: string | null;
  stoppedReason: string | null;
  containerName: string | null;
  image: string | null;
  imageDigest: string | null;
  exitCode: number | null;
  containerReason: string | null;
  containers: ContainerFact[];
  claim: AttemptClaim | null;
  cpuUnits: number | null;
  memoryMib: number | null;
  ephemeralGib: number | null;
  architecture: string | null;
  launchType: string | null;
  capacityProvider: string | null;
  platformFamily: string | null;
  availabilityZone: string | null;
  logGroup: string | null;
  logStream: string | null;
  createdAt: Date | null;
  pullStartedAt: Date | null;
  pullStoppedAt: Date | null;
  startedAt: Date | null;
  stoppingAt: Date | null;
  executionStoppedAt: Date | null;
  stoppedAt: Date | null;
}

export interface GlueRunFact {
  jobName: string;
  jobRunId: string;
  state: string;
  attempt: number;
  joinKey: string | null;
  errorMessage: string | null;
  glueVersion: string | null;
  workerType: string | null;
  numberOfWorkers: number | null;
  maxCapacityDpu: number | null;
  executionSeconds: number | null;
  dpuSeconds: number | null;
  executionClass: string | null;
  timeoutMinutes: number | null;
  logGroup: string | null;
  /** The run's own arguments, secrets left out. */
  arguments: Record<string, string>;
  claim: AttemptClaim | null;
  stateDetail: string | null;
  startedAt: Date | null;
  modifiedAt: Date | null;
  completedAt: Date | null;
}

export interface TableLoadFact {
  runKey: string;
  tableName: string;
  joinKey: string | null;
  glueRunId: string | null;
  rowsRead: number | null;
  rowsInserted: number | null;
  rowsUpdated: number | null;
  rowsRejected: number | null;
  dataThrough: string | null;
  startedAt: Date | null;
  finishedAt: Date;
}

/** What one look at a warehouse table said. `error` null: it was read. */
export interface TableCheckFact {
  tableName: string;
  evidence: "loaded_at_column" | "table_load" | "none";
  evidenceDetail: string;
  loadedAt: Date | null;
  /** ISO date or instant, as the column has it. */
  dataThrough: string | null;
  error: string | null;
  tookMs: number;
  checkedAt: Date;
}

/** The columns of a table as they were from a moment on. */
export interface TableSchemaFact {
  tableName: string;
  columns: TableColumn[];
  since: Date;
}
