import "server-only";
import type { AttemptFact, EnvironmentFact, JoinHintFact, PipelineDetailFact, PipelineFact, RunFact } from "@/lib/schemas/facts";
import type { EnvironmentConfig } from "@/server/env";
import { AppError, findAppError } from "@/server/errors";
import type { AirflowAdapter, Asked, Page, Span, TaskKey, TriggerRequest } from "./airflow-adapter";
import { airflowV2 } from "./airflow-v2";
import type { Budget } from "./call";
import { actionBudget, getEnvironment, type InvokeOptions, invoke, pollBudget } from "./mwaa";

export type { Span, TaskKey, TriggerRequest };

const environmentAgeMs = 60_000;

const shared = globalThis as typeof globalThis & { penstockEnvironments?: Map<string, { readAt: number; fact: Promise<EnvironmentFact> }> };

/** The MWAA environment, read at most once a minute. */
export function readEnvironment(environment: EnvironmentConfig): Promise<EnvironmentFact> {
  shared.penstockEnvironments ??= new Map();
  const known = shared.penstockEnvironments.get(environment.name);
  if (known && performance.now() - known.readAt < environmentAgeMs) return known.fact;
  const fact = getEnvironment(environment);
  const entry = { readAt: performance.now(), fact };
  shared.penstockEnvironments.set(environment.name, entry);
  fact.catch(() => {
    if (shared.penstockEnvironments?.get(environment.name) === entry) shared.penstockEnvironments.delete(environment.name);
  });
  return fact;
}

/** The adapter for a version of Airflow; versions without one are named as unsupported. */
export function adapterFor(environment: EnvironmentConfig, airflowVersion: string | null): AirflowAdapter {
  if (airflowVersion?.startsWith("3.")) return airflowV2;
  throw new AppError("upstream", `airflow (${environment.name}) is version ${airflowVersion ?? "unknown"}, which Penstock does not read`, {
    system: `airflow (${environment.name})`,
    remedy: "Supported: Airflow 3.0.6 to 3.3.",
  });
}

async function ask<T>(
  environment: EnvironmentConfig,
  what: (adapter: AirflowAdapter) => Asked<T>,
  budget = pollBudget(environment),
  options: InvokeOptions = {},
): Promise<T> {
  const { airflowVersion } = await readEnvironment(environment);
  const asked = what(adapterFor(environment, airflowVersion));
  return asked.read(await invoke(environment, asked.request, budget, options));
}

/**
 * Page after page until the last, each handed over as soon as it is here: however many there are, none is skipped. When some leave meanwhile, those behind
 * them move up to pages that were read: all are read again.
 */
async function* pages<T>(
  environment: EnvironmentConfig,
  what: (adapter: AirflowAdapter, offset: number) => Asked<Page<T>>,
): AsyncGenerator<T[]> {
  let total = 0;
  for (let offset = 0; ; ) {
    const page = await ask(environment, (adapter) => what(adapter, offset));
    const hasShrunk = page.total < total;
    total = page.total;
    if (hasShrunk) {
      offset = 0;
      continue;
    }
    offset += page.items.length;
    if (page.items.length > 0) yield page.items;
    if (page.items.length === 0 || offset >= page.total) return;
  }
}

export async function listDags(environment: EnvironmentConfig): Promise<PipelineFact[]> {
  const dags: PipelineFact[] = [];
  for await (const page of pages(environment, (adapter, offset) => adapter.dags(offset))) dags.push(...page);
  return dags;
}

/** Runbook and parameters of one DAG. */
export const getDag = (environment: EnvironmentConfig, pipeline: string): Promise<PipelineDetailFact> =>
  ask(environment, (adapter) => adapter.dagDetails(pipeline));

/** Runs that changed in the span. Answers carry no time of change: the caller's cursor is the time of its own request, less an overlap. */
export const runsChanged = (environment: EnvironmentConfig, span: Span): AsyncGenerator<RunFact[]> =>
  pages(environment, (adapter, offset) => adapter.runsChanged(span, offset));

/** The newest try of each task instance that changed in the span; earlier ones are in `listTries`. */
export const attemptsChanged = (environment: EnvironmentConfig, span: Span): AsyncGenerator<AttemptFact[]> =>
  pages(environment, (adapter, offset) => adapter.attemptsChanged(span, offset));

export const listTries = (environment: EnvironmentConfig, task: TaskKey): Promise<AttemptFact[]> =>
  ask(environment, (adapter) => adapter.tries(task));

/** Containers and Glue runs that the task's XComs name; only keys known to hold such names are read. */
export async function listJoinHints(environment: EnvironmentConfig, task: TaskKey): Promise<JoinHintFact[]> {
  const hints: JoinHintFact[] = [];
  for (const key of await ask(environment, (adapter) => adapter.xcomKeys(task))) {
    hints.push(...(await ask(environment, (adapter) => adapter.xcom(task, key))));
    if (hints.length > 0) break;
  }
  return hints;
}

/** MWAA's model allows 64 characters of path, which ids can exceed: then the run is looked for among the DAG's newest. */
async function oneRun(environment: EnvironmentConfig, pipeline: string, runId: string, budget: Budget): Promise<RunFact> {
  try {
    return await ask(environment, (adapter) => adapter.run(pipeline, runId), budget);
  } catch (error) {
    const own = findAppError(error);
    if (own?.code !== "invalid" || !/path/i.test(own.message)) throw error;
    const { items } = await ask(environment, (adapter) => adapter.newestRuns(pipeline), budget);
    const found = items.find((run) => run.runId === runId);
    if (found) return found;
    throw new AppError("not_found", `airflow (${environment.name}): ${runId} is not among the newest runs of ${pipeline}`, {
      system: `airflow (${environment.name})`,
      remedy: "MWAA refuses a path as long as this run's, so older runs cannot be read.",
      cause: error,
    });
  }
}

/** One run, read for the ledger. @throws AppError not_found */
export const readRun = (environment: EnvironmentConfig, pipeline: string, runId: string): Promise<RunFact> =>
  oneRun(environment, pipeline, runId, pollBudget(environment));

/** One run, read for an action. @throws AppError not_found */
export const getDagRun = (environment: EnvironmentConfig, pipeline: string, runId: string): Promise<RunFact> =>
  oneRun(environment, pipeline, runId, actionBudget(environment));

/**
 * Starts a run under the caller's id; never repeated here, as the first request may have worked: read the run back instead.
 * @throws AppError conflict when the run exists, invalid when the parameters are refused, not_found for an unknown DAG
 */
export const triggerDagRun = (environment: EnvironmentConfig, request: TriggerRequest): Promise<RunFact> =>
  ask(environment, (adapter) => adapter.trigger(request), actionBudget(environment), { isRepeatable: false });
