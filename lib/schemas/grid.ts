import { z } from "zod";
import { AttemptState, FailureClass } from "./attempt";
import { Honest, Instant } from "./common";
import { RunState, RunType } from "./run";
import { Usual } from "./usual";

export const GridQuery = z.object({
  runs: z.coerce.number().int().min(1).max(100).default(50),
  /** The `olderCursor` of a grid: the runs before its oldest one. */
  before: z.string().max(6000).optional(),
  /** A mapped task: its instances are the rows then. */
  task: z.string().min(1).max(500).optional(),
});
export type GridQuery = z.infer<typeof GridQuery>;

export const GridRun = z.object({
  runId: z.string(),
  state: RunState,
  type: RunType,
  /** What it stands under: when it was due, else when it began. */
  at: Instant,
  startedAt: Instant.nullable(),
  durationMs: z.number().int().nullable(),
});
export type GridRun = z.infer<typeof GridRun>;

/** A group of rows that follow one another: `count` rows from row `first` on, with those of the groups inside it. */
export const GridGroup = z.object({
  groupId: z.string(),
  label: z.string(),
  parentId: z.string().nullable(),
  first: z.number().int(),
  count: z.number().int(),
});
export type GridGroup = z.infer<typeof GridGroup>;

/**
 * Tasks against runs, as compact as it can be read (lib/grid-codec says how): rows in the order of the DAG where it is known, else of first start;
 * runs from the oldest to the newest.
 */
export const PipelineGrid = Honest.extend({
  runs: z.array(GridRun),
  /** Ids of the rows, each with how many letters it shares with the one above; of instances their map index. */
  rows: z.string(),
  /** Names of rows that are not the last part of their id. */
  labels: z.record(z.string(), z.string()),
  /** A line a row: what became of it in each run. */
  cells: z.string(),
  /** Median seconds of each row's good tries. */
  medians: z.string(),
  /** Mean dollars of each row in one run; empty where nothing is metered. */
  costs: z.string(),
  groups: z.array(GridGroup),
  /** Instances beyond those that are told. */
  more: z.number().int(),
  usual: Usual.nullable(),
  olderCursor: z.string().nullable(),
});
export type PipelineGrid = z.infer<typeof PipelineGrid>;

export const CellQuery = z.object({
  run: z.string().min(1).max(500),
  task: z.string().min(1).max(500),
  map: z.coerce.number().int().min(0).max(1_000_000).optional(),
});
export type CellQuery = z.infer<typeof CellQuery>;

/** One cell: the newest try of a task in a run; of a mapped task the instance that matters most. */
export const GridCell = Honest.extend({
  attemptId: z.string(),
  state: AttemptState,
  mapIndex: z.number().int(),
  tryNumber: z.number().int(),
  startedAt: Instant.nullable(),
  endedAt: Instant.nullable(),
  durationMs: z.number().int().nullable(),
  failureClass: FailureClass.nullable(),
  usual: Usual.nullable(),
});
export type GridCell = z.infer<typeof GridCell>;
