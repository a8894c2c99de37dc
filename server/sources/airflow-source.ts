import "server-only";
import type { AttemptFact, EnvironmentFact, JoinHintFact, PipelineDetailFact, PipelineFact, RunFact } from "@/lib/schemas/facts";
import type { EnvironmentConfig } from "@/server/env";
import * as airflow from "./airflow";
import type { Page, Rejected, RunTimes, Span, TaskKey } from "./airflow-adapter";
import { airflowNow, pollBudget, type Urgency } from "./mwaa";

export type { Page, Rejected, RunTimes, Span, TaskKey, Urgency };

/** What is read of one environment's Airflow, whatever its version. Each function throws AppError. */
export interface AirflowSource {
  environment(): Promise<EnvironmentFact>;
  runsChanged(span: Span): AsyncIterable<Page<RunFact>>;
  attemptsChanged(span: Span): AsyncIterable<Page<AttemptFact>>;
  openRuns(): AsyncIterable<Page<RunFact>>;
  /** One run; by its times it is found where its path is too long. */
  run(pipeline: string, runId: string, times: RunTimes): Promise<RunFact>;
  /** When the oldest run began; null when there is none. Nothing has changed before. */
  oldest(): Promise<Date | null>;
  tries(task: TaskKey): Promise<Page<AttemptFact>>;
  joinHints(task: TaskKey): Promise<JoinHintFact[]>;
  dags(): Promise<Page<PipelineFact>>;
  dag(pipeline: string): Promise<PipelineDetailFact>;
  /** What people should know though reading works. */
  remarks(): string[];
  /** What time it is there, by its answers; null before the first. */
  serverNow(): Date | null;
}

/** The real one; its requests wait for more urgent ones. */
export function airflowSource(environment: EnvironmentConfig, urgency: Urgency): AirflowSource {
  const budget = pollBudget(environment, urgency);
  return {
    environment: () => airflow.readEnvironment(environment),
    runsChanged: (span) => airflow.runsChanged(environment, span, budget),
    attemptsChanged: (span) => airflow.attemptsChanged(environment, span, budget),
    openRuns: () => airflow.openRuns(environment, budget),
    run: (pipeline, runId, times) => airflow.readRun(environment, pipeline, runId, times, budget),
    oldest: () => airflow.readOldest(environment, budget),
    tries: (task) => airflow.listTries(environment, task, budget),
    joinHints: (task) => airflow.listJoinHints(environment, task, budget),
    dags: () => airflow.listDags(environment, budget),
    dag: (pipeline) => airflow.getDag(environment, pipeline, budget),
    remarks: () => airflow.remarksOn(environment),
    serverNow: () => airflowNow(environment),
  };
}
