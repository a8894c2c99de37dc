import "server-only";
import type { AttemptFact, EcsTaskFact, PipelineFact, RunFact } from "@/lib/schemas/facts";
import { ingestEnvironment, ingestPipelines, ingestRuns } from "@/server/collector/ingest";
import { ingestDagVersions } from "@/server/collector/ingest-airflow";
import { ingestAttempts } from "@/server/collector/ingest-attempts";
import { ingestEcsTasks } from "@/server/collector/ingest-aws";
import { ingest } from "@/server/collector/scope";
import { recordSuccess } from "@/server/ledger/source-health";

const region = "eu-west-1";
const dayMs = 86_400_000;
const began = Date.now();

export const ago = (minutes: number) => new Date(began - minutes * 60_000);

export const pipelineFact = (pipeline: string, given: Partial<PipelineFact> = {}): PipelineFact => ({
  pipeline,
  description: null,
  owners: ["data"],
  tags: [],
  schedule: "0 6 * * *",
  isPaused: false,
  hasImportErrors: false,
  nextRunAt: new Date(began + dayMs),
  ...given,
});

export const runFact = (pipeline: string, runId: string, given: Partial<RunFact> = {}): RunFact => ({
  pipeline,
  runId,
  state: "success",
  type: "scheduled",
  logicalDate: null,
  dataIntervalStart: null,
  dataIntervalEnd: null,
  runAfter: given.startedAt ?? ago(60),
  queuedAt: given.startedAt ?? ago(60),
  startedAt: ago(60),
  endedAt: ago(40),
  triggeredBy: null,
  conf: null,
  note: null,
  dagVersion: null,
  ...given,
});

export const attemptFact = (of: { pipeline: string; runId: string }, taskId: string, given: Partial<AttemptFact> = {}): AttemptFact => ({
  pipeline: of.pipeline,
  runId: of.runId,
  taskId,
  mapIndex: -1,
  tryNumber: 1,
  maxTries: 1,
  state: "success",
  operator: "PythonOperator",
  queuedAt: ago(59),
  startedAt: ago(58),
  endedAt: ago(41),
  ...given,
});

/** The container of an attempt; its architecture is not known unless given, so that it has no price. */
export const containerFact = (environment: string, of: AttemptFact, given: Partial<EcsTaskFact> = {}): EcsTaskFact => ({
  taskArn: `arn:aws:ecs:${region}:123456789012:task/${environment}/${of.taskId.slice(0, 40)}-${of.mapIndex}-${of.tryNumber}`,
  cluster: environment,
  taskDefinition: "extractor:1",
  lastStatus: "STOPPED",
  version: 9,
  startedBy: null,
  joinKey: JSON.stringify({
    v: 1,
    environment,
    dag: of.pipeline,
    run: of.runId,
    task: of.taskId,
    map: of.mapIndex,
    try: of.tryNumber,
  }),
  stopCode: "EssentialContainerExited",
  stoppedReason: "Essential container in task exited",
  containerName: "extractor",
  image: "extractor:1",
  imageDigest: null,
  exitCode: of.state === "success" ? 0 : 1,
  containerReason: null,
  containers: [],
  claim: null,
  cpuUnits: 512,
  memoryMib: 1024,
  ephemeralGib: 20,
  architecture: null,
  launchType: "FARGATE",
  capacityProvider: null,
  platformFamily: "Linux",
  availabilityZone: null,
  logGroup: null,
  logStream: null,
  createdAt: of.queuedAt,
  pullStartedAt: of.queuedAt,
  pullStoppedAt: of.startedAt,
  startedAt: of.startedAt,
  stoppingAt: of.endedAt,
  executionStoppedAt: of.endedAt,
  stoppedAt: of.endedAt,
  ...given,
});

export interface Told {
  pipelines?: PipelineFact[];
  runs?: RunFact[];
  attempts?: AttemptFact[];
  containers?: EcsTaskFact[];
  /** Task ids of a DAG's only version, each waiting for the one before. */
  chains?: Record<string, string[]>;
  sources?: string[];
}

/** An environment as the collector would have written it. */
export async function tell(environment: string, told: Told): Promise<void> {
  const scope = { environment, region, mwaaName: environment, lease: null };
  await ingest(scope, null, async (tx, changes) => {
    await ingestEnvironment(tx, scope, changes, {
      mwaaName: environment,
      airflowVersion: "3.0.6",
      status: "AVAILABLE",
      webserverUrl: null,
      taskLogGroup: null,
    });
    await ingestPipelines(tx, scope, changes, told.pipelines ?? []);
    const versions = Object.entries(told.chains ?? {}).map(([pipeline, taskIds]) => ({
      pipeline,
      version: "1",
      bundleVersion: null,
      firstSeenAt: ago(3 * 24 * 60),
      code: null,
      codeReason: "Airflow does not serve it.",
      tasks: taskIds.map((taskId, index) => ({
        taskId,
        label: taskId,
        operator: "PythonOperator",
        groupId: null,
        upstream: taskIds.slice(Math.max(0, index - 1), index),
        isMapped: taskId === "part",
        pool: null,
        poolSlots: null,
        retries: 1,
        triggerRule: null,
      })),
      groups: [],
    }));
    await ingestDagVersions(tx, scope, changes, versions);
    await ingestRuns(tx, scope, changes, told.runs ?? []);
    await ingestAttempts(tx, scope, changes, told.attempts ?? []);
    await ingestEcsTasks(tx, scope, changes, told.containers ?? []);
    for (const source of told.sources ?? ["airflow", "ecs", "logs", "metrics"]) await recordSuccess(tx, { environment, source }, [], dayMs);
  });
}
