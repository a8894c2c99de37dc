import { z } from "zod";
import { Honest, Instant, PageQuery, page, Sentence } from "./common";
import { Run, RunState } from "./run";
import { BrokenFile, ImportError, PipelineWarning } from "./structure";
import { TableState } from "./table";
import { Usual } from "./usual";

/** One DAG parameter in Airflow's form: a default and a JSON schema. */
export const PipelineParam = z.object({
  name: z.string(),
  description: z.string().nullable(),
  value: z.unknown(),
  schema: z.record(z.string(), z.unknown()),
});
export type PipelineParam = z.infer<typeof PipelineParam>;

export const Pipeline = z.object({
  environment: z.string(),
  pipeline: z.string(),
  description: z.string().nullable(),
  owners: z.array(z.string()),
  tags: z.array(z.string()),
  schedule: z.string().nullable(),
  /** The time zone that the DAG's schedule is meant in; null until Airflow has told it. */
  scheduleZone: z.string().nullable(),
  isPaused: z.boolean(),
  hasImportErrors: z.boolean(),
  nextRunAt: Instant.nullable(),
  lastRun: z.object({ runId: z.string(), state: RunState, startedAt: Instant.nullable(), endedAt: Instant.nullable() }).nullable(),
  recentRuns: z.array(
    z.object({ runId: z.string(), state: RunState, durationMs: z.number().int().nullable(), startedAt: Instant.nullable() }),
  ),
  successRate: z.number().nullable(),
  medianDurationMs: z.number().int().nullable(),
  costUsd30Days: z.string().nullable(),
  costUnknownCount: z.number().int(),
  tables: z.array(z.string()),
});
export type Pipeline = z.infer<typeof Pipeline>;

export const PipelineFilter = PageQuery.extend({ environment: z.string().optional() });
export type PipelineFilter = z.infer<typeof PipelineFilter>;

export const PipelinePage = page(Pipeline).extend({
  sentence: Sentence,
  /** Files that Airflow cannot import and of which it has no DAG, so that no pipeline tells of them. */
  brokenFiles: z.array(BrokenFile),
});
export type PipelinePage = z.infer<typeof PipelinePage>;

/** A table that a pipeline writes, with its verdict; null: nothing is expected of it. */
export const FedTable = z.object({
  table: z.string(),
  state: TableState.nullable(),
  lateByMs: z.number().int().nullable(),
  expectedBy: Instant.nullable(),
});
export type FedTable = z.infer<typeof FedTable>;

/** `params` is null while Airflow has not told them yet. `isGone`: Airflow has it no more, deleted or under another name. */
export const PipelineDetail = Honest.extend({
  pipeline: Pipeline,
  isGone: z.boolean(),
  sentence: Sentence,
  usual: Usual.nullable(),
  /** What it writes, the worst first. */
  feeds: z.array(FedTable),
  runbook: z.string().nullable(),
  params: z.array(PipelineParam).nullable(),
  runs: z.array(Run),
  /** Of its file, as it is now. */
  importErrors: z.array(ImportError),
  warnings: z.array(PipelineWarning),
});
export type PipelineDetail = z.infer<typeof PipelineDetail>;

export const IdempotencyKey = z.string().regex(/^[A-Za-z0-9_-]{8,64}$/, "8 to 64 letters, digits, _ or -");

export const TriggerRequest = z
  .object({
    params: z.record(z.string(), z.unknown()).default({}),
    reason: z.string().trim().max(500).default(""),
  })
  .strict();
export type TriggerRequest = z.infer<typeof TriggerRequest>;

/** `outcome`: created (201), repeated (200, same run), pending (202, the first request is still in flight). */
export const TriggerResult = z.object({
  environment: z.string(),
  pipeline: z.string(),
  runId: z.string(),
  outcome: z.enum(["created", "repeated", "pending"]),
  state: RunState.nullable(),
});
export type TriggerResult = z.infer<typeof TriggerResult>;
