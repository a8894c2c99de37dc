import { z } from "zod";
import { Honest, Instant, Sentence } from "./common";

/** A task as the DAG's file declares it. `upstream`: the tasks that it waits for by itself. Null where Airflow did not say. */
export const PipelineTask = z.object({
  taskId: z.string(),
  /** Its id within its group. */
  label: z.string(),
  operator: z.string().nullable(),
  groupId: z.string().nullable(),
  upstream: z.array(z.string()),
  isMapped: z.boolean(),
  pool: z.string().nullable(),
  poolSlots: z.number().int().nullable(),
  retries: z.number().int().nullable(),
  triggerRule: z.string().nullable(),
  /** Its run waits for the task's success in the run before. */
  dependsOnPast: z.boolean().optional(),
});
export type PipelineTask = z.infer<typeof PipelineTask>;

export const TaskGroup = z.object({ groupId: z.string(), label: z.string(), parentId: z.string().nullable() });
export type TaskGroup = z.infer<typeof TaskGroup>;

/** A version of the DAG: Airflow 3 numbers them; for Airflow 2 it is named after the digest of the code. */
export const PipelineVersion = z.object({
  version: z.string(),
  bundleVersion: z.string().nullable(),
  codeDigest: z.string().nullable(),
  firstSeenAt: Instant,
  isCurrent: z.boolean(),
});
export type PipelineVersion = z.infer<typeof PipelineVersion>;

export const StructureQuery = z.object({ version: z.string().min(1).max(250).optional() });
export type StructureQuery = z.infer<typeof StructureQuery>;

/** One version, the current one unless asked for another; `version` null: none is known yet. `versions` newest first. */
export const PipelineStructure = Honest.extend({
  version: z.string().nullable(),
  versions: z.array(PipelineVersion),
  tasks: z.array(PipelineTask),
  groups: z.array(TaskGroup),
  /** Why `tasks` is empty though the DAG has some. */
  tasksReason: z.string().nullable(),
  code: z.string().nullable(),
  /** Why there is no code. */
  codeReason: z.string().nullable(),
});
export type PipelineStructure = z.infer<typeof PipelineStructure>;

/** A file that Airflow could not import; `text` is its traceback. */
export const ImportError = z.object({ file: z.string(), text: z.string(), at: Instant.nullable() });
export type ImportError = z.infer<typeof ImportError>;

export const BrokenFile = ImportError.extend({ environment: z.string() });
export type BrokenFile = z.infer<typeof BrokenFile>;

export const PipelineWarning = z.object({ kind: z.string(), text: z.string(), at: Instant.nullable() });
export type PipelineWarning = z.infer<typeof PipelineWarning>;

/** `isCut`: the value was longer than Penstock keeps of one. */
export const RenderedField = z.object({ name: z.string(), value: z.string(), isCut: z.boolean() });
export type RenderedField = z.infer<typeof RenderedField>;

export const XcomValue = z.object({ key: z.string(), value: z.string(), isCut: z.boolean() });
export type XcomValue = z.infer<typeof XcomValue>;

/** What a try was given and what it handed on; null where it could not be read, and `reason` says why. */
export const AttemptInputs = Honest.extend({
  rendered: z.array(RenderedField).nullable(),
  xcom: z.array(XcomValue).nullable(),
  reason: z.string().nullable(),
});
export type AttemptInputs = z.infer<typeof AttemptInputs>;

export const WhyKind = z.enum([
  "pool",
  "concurrency",
  "active_runs",
  "dependency",
  "scheduler",
  "container",
  "capacity",
  "paused",
  "unknown",
]);
export type WhyKind = z.infer<typeof WhyKind>;

/** One thing that a run or a task of it (`taskId`) waits for, the surest first. */
export const WhyReason = z.object({
  kind: WhyKind,
  taskId: z.string().nullable(),
  text: Sentence,
  /** What a person can do about it. */
  remedy: z.string().nullable(),
  evidence: z.array(z.object({ name: z.string(), value: z.string() })),
});
export type WhyReason = z.infer<typeof WhyReason>;

/** `reasons` is empty when nothing of the run waits. */
export const WhyQueued = Honest.extend({ sentence: Sentence, reasons: z.array(WhyReason) });
export type WhyQueued = z.infer<typeof WhyQueued>;
