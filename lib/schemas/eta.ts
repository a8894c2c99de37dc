import { z } from "zod";
import { Instant } from "./common";

/** What of a run was seen last, from which the rest is counted. */
export const EtaStage = z.object({ kind: z.enum(["run_started", "task_started", "task_ended"]), taskId: z.string().nullable() });
export type EtaStage = z.infer<typeof EtaStage>;

const Share = z.object({ ends: z.number().int(), held: z.number().int() });

/**
 * Each of `ends` runs was looked at once, at a moment within it, with what was known then: how often its end lay within the band (`held`), before it,
 * after it, and between the middle and the late edge. `byElapsed`: by how much of its usual time had passed at that moment.
 */
export const EtaTrial = Share.extend({
  before: z.number().int(),
  after: z.number().int(),
  lateHalf: z.number().int(),
  /** Looked at, and nothing could be said. */
  silent: z.number().int(),
  pipelines: z.number().int(),
  /** The middle estimate's distance from the end and the band's width, as shares of the run: their medians. */
  missShare: z.number(),
  widthShare: z.number(),
  byElapsed: z.array(Share.extend({ upTo: z.number().nullable() })),
  byTasks: z.array(Share.extend({ upTo: z.number().nullable() })),
  byType: z.array(Share.extend({ type: z.string() })),
});
export type EtaTrial = z.infer<typeof EtaTrial>;

/** When a running run ends: eight of ten are expected between `p10At` and `p90At`, half by `p50At`. `count` runs speak for it. */
export const Eta = z.object({
  p10At: Instant,
  p50At: Instant,
  p90At: Instant,
  count: z.number().int(),
  stage: EtaStage,
});
export type Eta = z.infer<typeof Eta>;

/** `trial`: how often the band held on this environment's own history; null until it was measured. */
export const RunEta = z.object({
  eta: Eta.nullable(),
  /** Why nothing can be said. */
  missing: z.enum(["few_runs", "longer_than_ever"]).nullable(),
  trial: EtaTrial.pick({ ends: true, held: true, pipelines: true }).extend({ measuredAt: Instant }).nullable(),
});
export type RunEta = z.infer<typeof RunEta>;

/** All (mapped) instances of one try of one task: the first start, and the last end once all have ended. */
export interface TrySpan {
  taskId: string;
  tryNumber: number;
  startedMs: number;
  endedMs: number | null;
  isGood: boolean;
}

export interface RunStory {
  startedMs: number;
  tries: TrySpan[];
}

/** A run that has ended, as it is replayed. */
export interface EndedRun extends RunStory {
  runId: string;
  type: string;
  endedMs: number;
  isGood: boolean;
}
