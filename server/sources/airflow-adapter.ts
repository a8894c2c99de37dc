import "server-only";
import type { AttemptFact, ImportErrorFact, JoinHintFact, PipelineDetailFact, PipelineFact, RunFact } from "@/lib/schemas/facts";
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

export interface Asked<T> {
  request: RestRequest;
  read(answer: unknown): T;
}

/** One version of Airflow's REST API: how to ask, and how to read the answer into our types. */
export interface AirflowAdapter {
  dags(offset: number): Asked<Page<PipelineFact>>;
  dagDetails(pipeline: string): Asked<PipelineDetailFact>;
  importErrors(offset: number): Asked<Page<ImportErrorFact>>;
  runsChangedSince(since: Date, offset: number): Asked<Page<RunFact>>;
  run(pipeline: string, runId: string): Asked<RunFact>;
  attemptsChangedSince(since: Date, offset: number): Asked<Page<AttemptFact>>;
  attemptsOfRun(pipeline: string, runId: string, offset: number): Asked<Page<AttemptFact>>;
  tries(task: TaskKey): Asked<AttemptFact[]>;
  xcomKeys(task: TaskKey): Asked<string[]>;
  xcom(task: TaskKey, key: string): Asked<JoinHintFact[]>;
  trigger(request: TriggerRequest): Asked<RunFact>;
}
