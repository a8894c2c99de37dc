import { z } from "zod";
import { Attempt, Failure } from "./attempt";
import { Honest, Instant, PageQuery, page, Sentence } from "./common";
import { CostTotal } from "./cost";
import { RunEta } from "./eta";
import { FailureContext } from "./failure-context";
import { Note } from "./note";
import { TableLoad } from "./table";
import { Usual } from "./usual";

export const RunState = z.enum(["queued", "running", "success", "failed"]);
export type RunState = z.infer<typeof RunState>;

export const RunType = z.enum(["scheduled", "manual", "backfill", "asset_triggered", "unknown"]);
export type RunType = z.infer<typeof RunType>;

/** The identity of a DAG run; `pipeline` is Airflow's dag_id. Airflow's limit is 250 characters, of which each may be two UTF-16 units. */
export const RunId = z.object({
  environment: z.string().min(1).max(80),
  pipeline: z.string().min(1).max(500),
  runId: z.string().min(1).max(500),
});
export type RunId = z.infer<typeof RunId>;

export const Run = RunId.extend({
  state: RunState,
  type: RunType,
  logicalDate: Instant.nullable(),
  dataIntervalStart: Instant.nullable(),
  dataIntervalEnd: Instant.nullable(),
  runAfter: Instant.nullable(),
  queuedAt: Instant.nullable(),
  startedAt: Instant.nullable(),
  endedAt: Instant.nullable(),
  durationMs: z.number().int().nullable(),
  usual: Usual.nullable(),
  /** The person who asked for it in Penstock, else whom Airflow names. */
  triggeredBy: z.string().nullable(),
  triggerReason: z.string().nullable(),
  taskCounts: z.object({ total: z.number().int(), done: z.number().int(), failed: z.number().int() }),
  costUsd: z.string().nullable(),
  cost: CostTotal,
  failure: Failure.pick({ class: true, title: true, taskId: true, doesRetryHelp: true }).nullable(),
  tables: z.array(z.string()),
  note: z.string().nullable(),
  /** Of the DAG: PipelineVersion's `version`; null where Airflow does not say. */
  dagVersion: z.string().nullable(),
  /** Airflow has it no more, deleted or with its DAG: what was recorded stays, and one that had not ended never will. */
  isGone: z.boolean(),
});
export type Run = z.infer<typeof Run>;

export const RunFilter = PageQuery.extend({
  environment: z.string().optional(),
  pipeline: z.string().optional(),
  state: RunState.optional(),
});
export type RunFilter = z.infer<typeof RunFilter>;

export const RunPage = page(Run).extend({
  sentence: Sentence,
  counts: z.object({ failed: z.number().int(), running: z.number().int(), queued: z.number().int(), succeededToday: z.number().int() }),
});
export type RunPage = z.infer<typeof RunPage>;

/** A run with the newest attempt of every task and all earlier tries, in order of start. */
export const RunDetail = Honest.extend({
  run: Run,
  sentence: Sentence,
  attempts: z.array(Attempt),
  failure: Failure.nullable(),
  failureContext: FailureContext.nullable(),
  loads: z.array(TableLoad),
  conf: z.record(z.string(), z.unknown()).nullable(),
  /** What people wrote on it and on its attempts in Penstock, newest first. */
  notes: z.array(Note),
  /** Of a run that runs. */
  eta: RunEta.nullable(),
  /** By task: how long the try that succeeds usually runs. */
  usualTasks: z.record(z.string(), Usual),
});
export type RunDetail = z.infer<typeof RunDetail>;

export const AttemptList = Honest.extend({ items: z.array(Attempt), nextCursor: z.null() });
export type AttemptList = z.infer<typeof AttemptList>;
