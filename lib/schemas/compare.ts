import { z } from "zod";
import { AttemptState, DefinitionChange, FailureClass } from "./attempt";
import { Honest, Sentence } from "./common";
import { Run } from "./run";

export const CompareQuery = z.object({ with: z.string().min(1).max(500).optional() });
export type CompareQuery = z.infer<typeof CompareQuery>;

export const ThingKind = z.enum([
  "columns",
  "code",
  "image",
  "size",
  "capacity",
  "definition",
  "glue",
  "parameters",
  "rows",
  "memory",
  "duration",
  "tasks",
  "interval",
  "trigger",
]);
export type ThingKind = z.infer<typeof ThingKind>;

/** One thing of two runs laid side by side. `of` names the task or table that it is about. */
export const ComparedThing = z.object({
  kind: ThingKind,
  title: z.string(),
  of: z.string().nullable(),
  before: z.string().nullable(),
  now: z.string().nullable(),
  difference: z.string().nullable(),
  state: z.enum(["differs", "same", "unknown"]),
  /** Whether it explains the failure; null where nothing failed or nothing differs. */
  explains: z.enum(["yes", "maybe", "no"]).nullable(),
  why: z.string().nullable(),
});
export type ComparedThing = z.infer<typeof ComparedThing>;

export const ComparedAttempt = z.object({
  id: z.string(),
  tryNumber: z.number().int(),
  state: AttemptState,
  durationMs: z.number().int().nullable(),
  memoryPeakMib: z.number().nullable(),
  /** Rows that its loads inserted and updated; null where none is on record. */
  rows: z.number().int().nullable(),
});
export type ComparedAttempt = z.infer<typeof ComparedAttempt>;

export const TaskPair = z.object({
  taskId: z.string(),
  mapIndex: z.number().int(),
  before: ComparedAttempt.nullable(),
  now: ComparedAttempt.nullable(),
  isAlike: z.boolean(),
});
export type TaskPair = z.infer<typeof TaskPair>;

/** Two revisions that the same task ran with; null changes: one of them was never read. */
export const DefinitionPair = z.object({
  taskId: z.string(),
  before: z.string(),
  now: z.string(),
  changes: z.array(DefinitionChange).nullable(),
});
export type DefinitionPair = z.infer<typeof DefinitionPair>;

/** A parameter of both runs as JSON text; null: it was not given. */
export const ParameterPair = z.object({ name: z.string(), before: z.string().nullable(), now: z.string().nullable() });
export type ParameterPair = z.infer<typeof ParameterPair>;

/** `with` is null when there is nothing to compare with; then only `sentence` says something. */
export const RunComparison = Honest.extend({
  run: Run,
  with: Run.nullable(),
  /** Whether it is the last success before the run, rather than one that was chosen. */
  isLastGood: z.boolean(),
  sentence: Sentence,
  summary: z.string(),
  failureClass: FailureClass.nullable(),
  things: z.array(ComparedThing),
  /** Of very many those that differ first. */
  tasks: z.array(TaskPair),
  taskCount: z.number().int(),
  alikeCount: z.number().int(),
  parameters: z.array(ParameterPair),
  definitions: z.array(DefinitionPair),
  code: z.object({ before: z.string().nullable(), now: z.string().nullable() }),
});
export type RunComparison = z.infer<typeof RunComparison>;
