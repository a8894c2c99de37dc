import "server-only";
import type { FailureClass } from "@/lib/schemas/attempt";
import type { RunType } from "@/lib/schemas/run";
import type { Definition, GlueJob, Pipeline, Table, Task } from "./company";

/*
 * What happens, whole: with everything that is still to come. Instants are milliseconds since 1970; what `now` knows of it is cut out of it (facts.ts).
 */

/** One time at which a pipeline is due, and the local date that it is due for. */
export interface Occasion {
  nominal: number;
  date: string;
}

export type Revision = Definition["revisions"][number];

export interface Container {
  definition: Definition;
  revision: Revision;
  taskArn: string;
  isSpot: boolean;
  memoryUsedMib: number;
  exitCode: number | null;
  createdAt: number;
  pullStartedAt: number | null;
  pullStoppedAt: number | null;
  startedAt: number | null;
  executionStoppedAt: number | null;
  stoppingAt: number;
  stoppedAt: number;
}

export interface GlueWork {
  job: GlueJob;
  jobRunId: string;
  startedAt: number;
  bootedAt: number;
  executionSeconds: number;
  dpuSeconds: number | null;
  completedAt: number;
}

export interface Load {
  table: Table;
  rowsRead: number;
  rowsInserted: number;
  rowsUpdated: number;
  rowsRejected: number;
  dataThrough: string;
  startedAt: number;
  finishedAt: number;
}

export interface Try {
  /** Of the attempt, in draws. */
  key: string;
  task: Task;
  mapIndex: number;
  tryNumber: number;
  maxTries: number;
  state: "success" | "failed" | "upstream_failed" | "skipped";
  class: FailureClass | null;
  queuedAt: number | null;
  startedAt: number | null;
  endedAt: number;
  /** When the next try is queued; null: this is the last. */
  retriedAt: number | null;
  container: Container | null;
  glue: GlueWork | null;
  loads: Load[];
}

export interface SimulatedRun {
  pipeline: Pipeline;
  runId: string;
  type: RunType;
  occasion: Occasion;
  runAfter: number;
  logicalAt: number;
  queuedAt: number;
  startedAt: number;
  endedAt: number;
  hasFailed: boolean;
  triggeredBy: string | null;
  tries: Try[];
}

/** As Python prints an aware datetime in UTC. */
export function isoformat(at: number): string {
  const [whole, fraction] = new Date(at).toISOString().slice(0, -1).split(".");
  return fraction === "000" ? `${whole}+00:00` : `${whole}.${fraction}000+00:00`;
}
