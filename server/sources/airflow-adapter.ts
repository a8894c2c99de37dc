import "server-only";
import type { AttemptFact, JoinHintFact, PipelineDetailFact, PipelineFact, RunFact } from "@/lib/schemas/facts";
import type { RestRequest } from "./mwaa";

export interface Page<T> {
  items: T[];
  /** How many there are in all, as Airflow counts them. */
  total: number;
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

/** A time of change in Airflow: from, and up to but not including; null is "until now". */
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
  dags(offset: number): Asked<Page<PipelineFact>>;
  dagDetails(pipeline: string): Asked<PipelineDetailFact>;
  runsChanged(span: Span, offset: number): Asked<Page<RunFact>>;
  run(pipeline: string, runId: string): Asked<RunFact>;
  /** The DAG's newest runs, by a request whose path is short whatever the ids are. */
  newestRuns(pipeline: string): Asked<Page<RunFact>>;
  attemptsChanged(span: Span, offset: number): Asked<Page<AttemptFact>>;
  tries(task: TaskKey): Asked<AttemptFact[]>;
  xcomKeys(task: TaskKey): Asked<string[]>;
  xcom(task: TaskKey, key: string): Asked<JoinHintFact[]>;
  trigger(request: TriggerRequest): Asked<RunFact>;
}
