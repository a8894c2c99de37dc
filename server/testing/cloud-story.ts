import "server-only";
import type { AttemptFact, EcsTaskFact, GlueRunFact, RunFact } from "@/lib/schemas/facts";
import { type CloudModel, taskName } from "./cloud-model";

/** Something that happens in the cloud; `pick` chooses to what, `delayMs` is until Airflow's transaction commits. */
export interface Happening {
  kind: "start" | "advance" | "end" | "delete" | "container" | "stop" | "glue";
  pick: number;
  delayMs: number;
}

const ended = ["success", "failed", "skipped"];

/** What schedulers, containers and people do in a model, one happening after the other. */
export class CloudStory {
  #count = 0;

  constructor(readonly model: CloudModel) {}

  tell({ kind, pick, delayMs }: Happening): void {
    const tellers = {
      start: () => this.#start(pick, delayMs),
      advance: () => this.#advance(pick, delayMs),
      end: () => this.#end(pick, delayMs),
      delete: () => this.#delete(pick, delayMs),
      container: () => this.#container(),
      stop: () => this.#stop(pick),
      glue: () => this.#glue(pick),
    };
    tellers[kind]();
  }

  #start(pick: number, delayMs: number): void {
    const runId = `run ${++this.#count}`;
    this.model.commit(delayMs, (at) => {
      const unknown = {
        logicalDate: null,
        dataIntervalStart: null,
        dataIntervalEnd: null,
        triggeredBy: null,
        conf: null,
        note: null,
        dagVersion: null,
      };
      const run: RunFact = {
        ...unknown,
        ...{ pipeline: `dag${pick % 3}`, runId, state: "running", type: "scheduled" },
        ...{ runAfter: at, queuedAt: at, startedAt: at, endedAt: null },
      };
      this.model.putRun(run, at);
      for (let task = 0; task <= pick % 4; task++) this.model.putAttempt(firstTry(run, `task${task}`), at);
    });
  }

  /** A task goes one state on: to running, to an end, or to its next try. */
  #advance(pick: number, delayMs: number): void {
    this.model.commit(delayMs, (at) => {
      const open = [...this.model.attempts.values()].map(({ fact }) => fact).filter((fact) => !ended.includes(fact.state));
      const task = open[pick % Math.max(1, open.length)];
      if (!task) return;
      if (task.state === "none")
        this.model.putAttempt({ ...task, tryNumber: Math.max(1, task.tryNumber), state: "running", startedAt: at }, at);
      else if (task.state === "up_for_retry") this.#retry(task, at);
      else
        this.model.putAttempt({ ...task, state: (["success", "failed", "up_for_retry"] as const)[pick % 3] ?? "success", endedAt: at }, at);
    });
  }

  #retry(task: AttemptFact, at: Date): void {
    const before = this.model.history.get(taskName(task)) ?? [];
    this.model.history.set(taskName(task), [...before, { ...task, state: "failed" }]);
    this.model.putAttempt({ ...task, tryNumber: task.tryNumber + 1, state: "running", startedAt: at, endedAt: null }, at);
  }

  #end(pick: number, delayMs: number): void {
    this.model.commit(delayMs, (at) => {
      const open = [...this.model.runs.values()].map(({ fact }) => fact).filter((fact) => fact.endedAt === null);
      const run = open[pick % Math.max(1, open.length)];
      if (run) this.model.putRun({ ...run, state: pick % 2 ? "success" : "failed", endedAt: at }, at);
    });
  }

  #delete(pick: number, delayMs: number): void {
    this.model.commit(delayMs, () => {
      const runs = [...this.model.runs.values()];
      const run = runs[pick % Math.max(1, runs.length)];
      if (run) this.model.deleteRun(run.fact);
    });
  }

  #container(): void {
    const at = new Date(this.model.now());
    const taskArn = `arn:aws:ecs:eu-west-1:123456789012:task/penstock/${String(++this.#count).padStart(32, "0")}${at.getTime()}`;
    this.model.containers.set(taskArn, container(taskArn, at));
  }

  #stop(pick: number): void {
    const open = [...this.model.containers.values()].filter((task) => task.stoppedAt === null);
    const task = open[pick % Math.max(1, open.length)];
    if (!task) return;
    const stopped = { lastStatus: "STOPPED", version: task.version + 1, exitCode: pick % 2, stoppedAt: new Date(this.model.now()) };
    this.model.containers.set(task.taskArn, { ...task, ...stopped });
  }

  /** A run of the job starts, or the one that runs ends. */
  #glue(pick: number): void {
    const at = new Date(this.model.now());
    const open = [...this.model.glueRuns.values()].find((run) => run.completedAt === null);
    if (open) {
      const end = { state: pick % 2 ? "SUCCEEDED" : "FAILED", completedAt: at, modifiedAt: at };
      this.model.glueRuns.set(open.jobRunId, { ...open, ...end });
      return;
    }
    const jobRunId = `jr_${String(++this.#count).padStart(64, "0")}`;
    this.model.glueRuns.set(jobRunId, glueRun(jobRunId, at));
  }

  retried(): number {
    return this.model.history.size;
  }

  /** What a ledger must say of it in the end. */
  whatIsThere() {
    const attempts = [...this.model.attempts.entries()].flatMap(([name, { fact }]) => [
      ...(this.model.history.get(name) ?? []).map((each) => line(each, false)),
      line(fact, true),
    ]);
    return {
      runs: [...this.model.runs.values()].map(({ fact }) => `${fact.pipeline}/${fact.runId} ${fact.state}`).sort(),
      attempts: attempts.sort(),
      containers: [...this.model.containers.values()].map((task) => `${task.taskArn} ${task.lastStatus}`).sort(),
      glueRuns: [...this.model.glueRuns.values()].map((run) => `${run.jobRunId} ${run.state}`).sort(),
    };
  }
}

const line = (fact: AttemptFact, isLatest: boolean) =>
  `${fact.runId}/${fact.taskId} ${Math.max(1, fact.tryNumber)} ${fact.state}${isLatest ? " latest" : ""}`;

const firstTry = ({ pipeline, runId }: RunFact, taskId: string): AttemptFact => ({
  ...{ pipeline, runId, taskId, mapIndex: -1, tryNumber: 0, maxTries: 3, state: "none", operator: "PythonOperator" },
  ...{ queuedAt: null, startedAt: null, endedAt: null },
});

const container = (taskArn: string, at: Date): EcsTaskFact => ({
  ...{ taskArn, cluster: "penstock", taskDefinition: "extractor:1", lastStatus: "RUNNING", version: 1, startedBy: null, joinKey: null },
  ...{ stopCode: null, stoppedReason: null, containerName: "extractor", image: null, imageDigest: null, exitCode: null },
  ...{ containerReason: null, containers: [], claim: null, cpuUnits: 512, memoryMib: 1024, ephemeralGib: 20, architecture: "x86_64" },
  ...{ launchType: "FARGATE", capacityProvider: null, platformFamily: "Linux", availabilityZone: null, logGroup: null, logStream: null },
  ...{ createdAt: at, pullStartedAt: at, pullStoppedAt: at, startedAt: at, stoppingAt: null, executionStoppedAt: null, stoppedAt: null },
});

const glueRun = (jobRunId: string, at: Date): GlueRunFact => ({
  ...{ jobName: "load", jobRunId, state: "RUNNING", attempt: 0, joinKey: null, errorMessage: null, glueVersion: "5.1", workerType: "G.1X" },
  ...{ numberOfWorkers: 2, maxCapacityDpu: null, executionSeconds: null, dpuSeconds: null, executionClass: "STANDARD", timeoutMinutes: 30 },
  ...{ logGroup: null, arguments: {}, claim: null, stateDetail: null, startedAt: at, modifiedAt: at, completedAt: null },
});
