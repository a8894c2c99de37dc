import "server-only";
import type { AttemptFact, JoinHintFact, PipelineDetailFact, PipelineFact, RunFact } from "@/lib/schemas/facts";
import type { StructureAdapter } from "./airflow-structure";
import type { RestRequest } from "./mwaa";

/** A row that was left out of a page, and why; `id` as far as it could be read. */
export interface Rejected {
  id: string | null;
  why: string;
}

export interface Page<T> {
  items: T[];
  rejected: Rejected[];
  /** How many there are in all, as Airflow counts them. */
  total: number;
  /** Rows were not answered that are there: the list moved too much while it was read. Whoever keeps a cursor leaves it where it is. */
  isIncomplete?: true;
}

/** One row of an answer: what it says, or why it cannot be read. `key` tells it from all others either way. */
export type Row<T> = { key: string; item: T } | { key: string; rejected: Rejected };

/** One answer of a list, in its order. */
export interface Listing<T> {
  rows: Row<T>[];
  total: number;
}

/** From which row on, and how many at most: Airflow may answer fewer, as its own limit is lower. */
export interface Slice {
  offset: number;
  limit: number;
}

export interface TriggerRequest {
  pipeline: string;
  runId: string;
  conf: Record<string, unknown>;
  note: string | null;
}

export interface TaskKey {
  pipeline: string;
  runId: string;
  taskId: string;
  mapIndex: number;
}

/** Times of a run that never change. */
export type RunTimes = Pick<RunFact, "runAfter" | "logicalDate">;

/** A time of change in Airflow, both ends included: Airflow 2 and 3.0 know no other. Null is "until now". */
export interface Span {
  from: Date;
  to: Date | null;
}

export interface Asked<T> {
  request: RestRequest;
  read(answer: unknown): T;
}

/** One version of Airflow's REST API: how to ask, and how to read the answer into our types. */
export interface AirflowAdapter {
  dags(slice: Slice): Asked<Listing<PipelineFact>>;
  dagDetails(pipeline: string): Asked<PipelineDetailFact>;
  runsChanged(span: Span, slice: Slice): Asked<Listing<RunFact>>;
  run(pipeline: string, runId: string): Asked<RunFact>;
  /** Runs that are queued or running, of all DAGs. */
  openRuns(slice: Slice): Asked<Listing<RunFact>>;
  /** The DAG's runs of the date that the run's id carries, or its newest, by a request whose path is short whatever the ids are. */
  runsNear(near: "date" | "newest", pipeline: string, runId: string): Asked<Listing<RunFact>>;
  /** The DAG's runs of exactly these times, by a request whose path is short; null when it has not the one that this version can be asked for. */
  runsAt(pipeline: string, times: RunTimes): Asked<Listing<RunFact>> | null;
  /** The runs that started first. */
  oldestRuns(): Asked<Listing<RunFact>>;
  attemptsChanged(span: Span, slice: Slice): Asked<Listing<AttemptFact>>;
  /** All tries; the newest alone where the version keeps no others. */
  tries(task: TaskKey): Asked<Listing<AttemptFact>>;
  /** The newest try of each instance of a task, by a request whose path is short whatever the ids are. */
  attemptsOf(task: TaskKey): Asked<Listing<AttemptFact>>;
  xcomKeys(task: TaskKey): Asked<string[]>;
  xcom(task: TaskKey, key: string): Asked<JoinHintFact[]>;
  trigger(request: TriggerRequest): Asked<RunFact>;
  structure: StructureAdapter;
}
