import { z } from "zod";
import { runOfPath } from "@/lib/paths";
import { Attempt, AttemptState, Failure, FailureClass } from "./attempt";
import { EnvironmentFilter, Honest, Instant, PageQuery, page, Sentence, UsdText } from "./common";
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
  failure: Failure.pick({ class: true, title: true, taskId: true, tryNumber: true, doesRetryHelp: true })
    .extend({ mapIndex: z.number().int() })
    .nullable(),
  tables: z.array(z.string()),
  note: z.string().nullable(),
  /** Of the DAG: PipelineVersion's `version`; null where Airflow does not say. */
  dagVersion: z.string().nullable(),
  /** Airflow has it no more, deleted or with its DAG: what was recorded stays, and one that had not ended never will. */
  isGone: z.boolean(),
});
export type Run = z.infer<typeof Run>;

/** How far back from now; the address stays true tomorrow. */
export const RunSpan = z.enum(["1h", "24h", "7d", "30d"]);
export type RunSpan = z.infer<typeof RunSpan>;

const Duration = z.coerce.number().int().min(0).max(31_536_000_000).optional();
const Name = z.string().min(1).max(500).optional();

export const RunFilter = PageQuery.extend({
  environment: z.string().optional(),
  pipeline: z.string().optional(),
  state: RunState.optional(),
  /** Only what needs somebody: failures of the last days that no later run made good, runs beyond their p95, runs that wait too long. */
  show: z.enum(["all", "attention"]).optional(),
  type: RunType.optional(),
  /** The person who started it; `me` for oneself. */
  who: Name,
  /** Of the time by which runs are sorted: run after, else logical date, else start. */
  last: RunSpan.optional(),
  since: Instant.optional(),
  until: Instant.optional(),
  longerThanMs: Duration,
  shorterThanMs: Duration,
  /** A name or value among the parameters contains it, in any case; what is secret is not searched. */
  parameter: z.string().min(1).max(200).optional(),
  errorClass: FailureClass.optional(),
  table: Name,
  /** The page before this place, rather than after `cursor`. */
  before: z.string().max(6000).optional(),
});
export type RunFilter = z.infer<typeof RunFilter>;

export const Attention = z.enum(["failed", "overrunning", "queued_long"]);

/** `needs`: why it needs somebody. */
export const RunListItem = Run.extend({ needs: Attention.nullable() });
export type RunListItem = z.infer<typeof RunListItem>;

export const RunPage = page(RunListItem).extend({
  /** Place of the page before; null on the first. */
  previousCursor: z.string().nullable(),
  /** Where a rare filter stopped looking before it found a whole page: the runs until then were looked at, older ones are at `nextCursor`. */
  lookedBackTo: Instant.nullable(),
  /** False: none was ever seen in what was asked for, whatever the filter. */
  hasRuns: z.boolean(),
  sentence: Sentence,
  /** `failed`: of the last days, not made good by a later run; with `isMore` there are more than that. */
  counts: z.object({
    failed: z.number().int(),
    overrunning: z.number().int(),
    queuedLong: z.number().int(),
    isMore: z.boolean(),
    running: z.number().int(),
    queued: z.number().int(),
    succeededToday: z.number().int(),
  }),
});
export type RunPage = z.infer<typeof RunPage>;

const mostNamed = 25;

/** Without what PostgreSQL cannot keep. */
const isKeepable = (id: RunId) => !Object.values(id).some((part) => /\0|\p{Surrogate}/u.test(part));

/** Certain runs, whatever filter they fit: `environment/pipeline/runId` as in a path of the API, separated by commas. */
export const RunNames = EnvironmentFilter.extend({
  runs: z
    .string()
    .transform((text) => text.split(",").map(runOfPath))
    .pipe(z.array(RunId.refine(isKeepable, "holds a NUL")).max(mostNamed)),
});
export type RunNames = z.input<typeof RunNames>;

/** As the list of runs has them; one that is not known is left out. */
export const NamedRuns = Honest.extend({ items: z.array(RunListItem) });
export type NamedRuns = z.infer<typeof NamedRuns>;

/** Every run of a filter at once, as a file. */
export const RunExport = RunFilter.omit({ limit: true, cursor: true, before: true }).extend({
  format: z.enum(["csv", "json"]).default("csv"),
});
export type RunExport = z.infer<typeof RunExport>;

/**
 * A mapped task with more instances than a run's answer carries. Of them those that failed first, that go on, that ended last and the first few stand among
 * the attempts, with all their tries; the others are read by the page. `states` counts the newest try of all; times are the earliest and the latest of all;
 * cost is of all tries.
 */
export const FoldedTask = z.object({
  taskId: z.string(),
  instances: z.number().int(),
  sent: z.number().int(),
  states: z.partialRecord(AttemptState, z.number().int()),
  startedAt: Instant.nullable(),
  endedAt: Instant.nullable(),
  cost: z.object({
    usd: UsdText.nullable(),
    lostUsd: UsdText.nullable(),
    metered: z.number().int(),
    unknown: z.number().int(),
    open: z.number().int(),
  }),
});
export type FoldedTask = z.infer<typeof FoldedTask>;

/** A run with the newest attempt of every task and all earlier tries, in order of start; of a task in `folded` only some instances. */
export const RunDetail = Honest.extend({
  run: Run,
  sentence: Sentence,
  attempts: z.array(Attempt),
  folded: z.array(FoldedTask),
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

/** `map`: one instance of a mapped task. */
export const AttemptQuery = PageQuery.extend({
  task: z.string().min(1).max(500).optional(),
  map: z.coerce.number().int().min(-1).optional(),
});
export type AttemptQuery = z.infer<typeof AttemptQuery>;

/** Tries by task, instance and number. */
export const AttemptList = page(Attempt);
export type AttemptList = z.infer<typeof AttemptList>;
