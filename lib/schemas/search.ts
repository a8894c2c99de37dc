import { z } from "zod";
import { Honest, Instant } from "./common";
import { RunState, RunType } from "./run";
import { TableState } from "./table";

export const SearchQuery = z.object({
  q: z.string().trim().max(500).default(""),
  environment: z.string().optional(),
});
export type SearchQuery = z.infer<typeof SearchQuery>;

export const FoundTable = z.object({ environment: z.string(), table: z.string(), state: TableState });
export type FoundTable = z.infer<typeof FoundTable>;

export const FoundPipeline = z.object({
  environment: z.string(),
  pipeline: z.string(),
  isPaused: z.boolean(),
  lastState: RunState.nullable(),
});
export type FoundPipeline = z.infer<typeof FoundPipeline>;

export const FoundRun = z.object({
  environment: z.string(),
  pipeline: z.string(),
  runId: z.string(),
  state: RunState,
  type: RunType,
  startedAt: Instant.nullable(),
  runAfter: Instant.nullable(),
});
export type FoundRun = z.infer<typeof FoundRun>;

/** A few of each kind, the nearest first; without a text the runs that failed last. */
export const SearchResult = Honest.extend({
  tables: z.array(FoundTable),
  pipelines: z.array(FoundPipeline),
  runs: z.array(FoundRun),
});
export type SearchResult = z.infer<typeof SearchResult>;
