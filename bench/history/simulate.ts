import type { AttemptFact, PipelineFact, RunFact } from "@/lib/schemas/facts";

export interface SimulationOptions {
  seed: number;
  /** How many runs in all; they are spread evenly over the time before `until`. */
  runs: number;
  pipelines: number;
  days: number;
  until: Date;
}

/** One DAG run with all tries of its tasks, as Airflow tells of them when they are over. */
export interface SimulatedRun {
  run: RunFact;
  attempts: AttemptFact[];
}

/** Pipelines, and their runs oldest first. */
export interface SimulatedHistory {
  pipelines: PipelineFact[];
  runs: Iterable<SimulatedRun>;
}

/** mulberry32: the same seed gives the same history on every machine. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const subjects = ["sales", "orders", "stock", "customers", "invoices", "payments", "returns", "shipments", "ledger", "prices"];
const rhythms = ["daily", "hourly", "weekly", "intraday"];
const tasks = [
  { taskId: "extract", operator: "EcsRunTaskOperator", share: 0.6 },
  { taskId: "load", operator: "GlueJobOperator", share: 0.35 },
  { taskId: "publish", operator: "PythonOperator", share: 0.05 },
];
const tasksPerRun = tasks.length;
/** Of a hundred runs so many end badly, and so many of a hundred tasks need a second try. */
const failedShare = 0.03;
const retriedShare = 0.005;

export const pipelineName = (index: number) =>
  `${subjects[index % subjects.length]}_${rhythms[Math.floor(index / subjects.length) % rhythms.length]}_${String(index).padStart(3, "0")}`;

export function simulatePipelines({ pipelines, until }: SimulationOptions): PipelineFact[] {
  return Array.from({ length: pipelines }, (_, index) => ({
    pipeline: pipelineName(index),
    description: `Simulated pipeline ${index}`,
    owners: ["data"],
    tags: [subjects[index % subjects.length] ?? "data"],
    schedule: "@hourly",
    isPaused: false,
    hasImportErrors: false,
    nextRunAt: new Date(until.getTime() + 3_600_000),
  }));
}

/** Runs in order of time, oldest first; the last of each pipeline are still running. */
export function* simulateRuns(options: SimulationOptions): Generator<SimulatedRun> {
  const random = seeded(options.seed);
  const spanMs = options.days * 86_400_000;
  const from = options.until.getTime() - spanMs;
  const stepMs = spanMs / options.runs;
  for (let index = 0; index < options.runs; index++) {
    const at = Math.floor(from + index * stepMs);
    const isOpen = index >= options.runs - Math.min(20, options.pipelines);
    yield simulateRun(random, pipelineName(index % options.pipelines), at, index, isOpen);
  }
}

function simulateRun(random: () => number, pipeline: string, at: number, index: number, isOpen: boolean): SimulatedRun {
  const hasFailed = !isOpen && random() < failedShare;
  const failsAt = hasFailed ? Math.floor(random() * tasksPerRun) : -1;
  const lastsMs = 60_000 + Math.floor(random() * 1_200_000);
  const runId = `scheduled__${new Date(at).toISOString()}.${index}`;
  const startedAt = new Date(at + 1_000 + Math.floor(random() * 4_000));
  const attempts: AttemptFact[] = [];
  let clock = startedAt.getTime();
  for (const [position, task] of tasks.entries()) {
    const endsAt = clock + Math.floor(lastsMs * task.share);
    const isBlocked = hasFailed && position > failsAt;
    const isRetried = !isBlocked && !isOpen && random() < retriedShare;
    const base = { pipeline, runId, taskId: task.taskId, mapIndex: -1, maxTries: 2, operator: task.operator };
    const times = { queuedAt: new Date(clock), startedAt: new Date(clock + 500), endedAt: new Date(endsAt) };
    const none = { queuedAt: null, startedAt: null, endedAt: null };
    if (isRetried) attempts.push({ ...base, tryNumber: 1, state: "failed", ...times });
    const tryNumber = isRetried ? 2 : 1;
    if (isBlocked) attempts.push({ ...base, tryNumber, state: "upstream_failed", ...none, endedAt: new Date(clock) });
    else if (isOpen && position > 0) attempts.push({ ...base, tryNumber, state: "none", ...none });
    else if (isOpen) attempts.push({ ...base, tryNumber, state: "running", ...times, endedAt: null });
    else attempts.push({ ...base, tryNumber, state: position === failsAt ? "failed" : "success", ...times });
    if (!isBlocked) clock = endsAt;
  }
  const run: RunFact = {
    pipeline,
    runId,
    state: isOpen ? "running" : hasFailed ? "failed" : "success",
    type: "scheduled",
    logicalDate: new Date(at),
    dataIntervalStart: new Date(at - 3_600_000),
    dataIntervalEnd: new Date(at),
    runAfter: new Date(at),
    queuedAt: new Date(at),
    startedAt,
    endedAt: isOpen ? null : new Date(clock),
    triggeredBy: null,
    conf: null,
    note: null,
    dagVersion: null,
  };
  return { run, attempts };
}
