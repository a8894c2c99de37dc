import "server-only";
import type { AttemptFact, JoinHintFact, PipelineDetailFact, PipelineFact, RunFact } from "@/lib/schemas/facts";
import type { EnvironmentConfig } from "@/server/env";
import { AppError } from "@/server/errors";
import type { Asked, Listing, Page, Rejected, RunTimes, Span, TaskKey, TriggerRequest } from "./airflow-adapter";
import { pageOf } from "./airflow-answers";
import { adapterFor, ask, askEitherWay, askMeasured, askOneOfMany, noteRefused, pages, readEnvironment, remarksOn } from "./airflow-ask";
import { dateIn } from "./airflow-paths";
import { type Budget, systemName } from "./call";
import { actionBudget, pollBudget } from "./mwaa";

export type { Page, Rejected, RunTimes, Span, TaskKey, TriggerRequest };
export { readEnvironment, remarksOn };

/** All DAGs. Those that cannot be read are among `rejected`: they exist all the same. */
export async function listDags(environment: EnvironmentConfig, budget = pollBudget(environment)): Promise<Page<PipelineFact>> {
  const all: Page<PipelineFact> = { items: [], rejected: [], total: 0 };
  for await (const page of pages(environment, "dags", (adapter, slice) => adapter.dags(slice), budget)) {
    all.items.push(...page.items);
    all.rejected.push(...page.rejected);
    all.total = page.total;
  }
  return all;
}

/** Runbook and parameters of one DAG. */
export const getDag = (environment: EnvironmentConfig, pipeline: string, budget = pollBudget(environment)): Promise<PipelineDetailFact> =>
  askEitherWay(
    () => askOneOfMany(environment, (adapter) => adapter.dagDetails(pipeline), budget),
    (refusal) => {
      noteRefused(environment, "runbook and parameters", pipeline);
      throw refusal;
    },
  );

/** Runs that changed in the span. Answers carry no time of change: the caller's cursor is the time of its own request, less an overlap. */
export const runsChanged = (environment: EnvironmentConfig, span: Span, budget = pollBudget(environment)): AsyncGenerator<Page<RunFact>> =>
  pages(environment, "runs", (adapter, slice) => adapter.runsChanged(span, slice), budget);

/** Runs that are queued or running. */
export const openRuns = (environment: EnvironmentConfig, budget = pollBudget(environment)): AsyncGenerator<Page<RunFact>> =>
  pages(environment, "runs", (adapter, slice) => adapter.openRuns(slice), budget);

/** The newest try of each task instance that changed in the span; earlier ones are in `listTries`. */
export const attemptsChanged = (
  environment: EnvironmentConfig,
  span: Span,
  budget = pollBudget(environment),
): AsyncGenerator<Page<AttemptFact>> => pages(environment, "attempts", (adapter, slice) => adapter.attemptsChanged(span, slice), budget);

/** A task's tries as far as Airflow tells them: the newest alone where it keeps no others (before 2.10), or where MWAA does not take the path. */
export const listTries = (environment: EnvironmentConfig, task: TaskKey, budget = pollBudget(environment)): Promise<Page<AttemptFact>> =>
  askEitherWay(
    async () => pageOf(await askOneOfMany(environment, (adapter) => adapter.tries(task), budget)),
    async () => {
      noteRefused(environment, "earlier tries", `${task.pipeline}/${task.taskId}`);
      const { items, rejected } = pageOf(await ask(environment, (adapter) => adapter.attemptsOf(task), budget));
      const own = items.filter((each) => each.mapIndex === task.mapIndex);
      return { items: own, rejected, total: own.length };
    },
  );

/** Containers and Glue runs that the task's XComs name; only keys known to hold such names are read. */
export const listJoinHints = (environment: EnvironmentConfig, task: TaskKey, budget = pollBudget(environment)): Promise<JoinHintFact[]> =>
  askEitherWay(
    async () => {
      for (const key of await askOneOfMany(environment, (adapter) => adapter.xcomKeys(task), budget)) {
        const hints = await askOneOfMany(environment, (adapter) => adapter.xcom(task, key), budget);
        if (hints.length > 0) return hints;
      }
      return [];
    },
    // No short path answers the value of an XCom.
    async () => {
      noteRefused(environment, "XComs", `${task.pipeline}/${task.taskId}`);
      return [];
    },
  );

/** When Airflow's oldest run began, or was to begin; null when there is none that can be read. Nothing there has changed before. */
export async function readOldest(environment: EnvironmentConfig, budget = pollBudget(environment)): Promise<Date | null> {
  const { rows } = await ask(environment, (adapter) => adapter.oldestRuns(), budget);
  const oldest = rows.flatMap((row) => ("item" in row ? [row.item] : []))[0];
  if (!oldest) return null;
  const times = [oldest.startedAt, oldest.queuedAt, oldest.runAfter].flatMap((at) => at?.getTime() ?? []);
  return times.length === 0 ? null : new Date(Math.min(...times));
}

/** The run among all that have its times: it is there or nowhere. Null when that cannot be asked, or the answer is not whole. */
async function runAtItsTimes(environment: EnvironmentConfig, pipeline: string, runId: string, times: RunTimes, budget: Budget) {
  const { airflowVersion } = await readEnvironment(environment);
  if (!adapterFor(environment, airflowVersion).runsAt(pipeline, times)) return null;
  const { rows, total } = await ask(environment, (adapter) => adapter.runsAt(pipeline, times) as Asked<Listing<RunFact>>, budget);
  for (const row of rows) if ("item" in row && row.item.runId === runId && row.item.pipeline === pipeline) return row.item;
  return rows.length < total || rows.some((row) => "rejected" in row) ? null : ("gone" as const);
}

/** The run among those that short paths list. Not to be there proves nothing: it may be older than they reach. */
async function runAmongOthers(environment: EnvironmentConfig, pipeline: string, runId: string, budget: Budget, refusal: unknown) {
  const ways = dateIn(runId) ? (["date", "newest"] as const) : (["newest"] as const);
  for (const near of ways) {
    const { rows } = await ask(environment, (adapter) => adapter.runsNear(near, pipeline, runId), budget);
    for (const row of rows) if ("item" in row && row.item.runId === runId && row.item.pipeline === pipeline) return row.item;
  }
  const system = systemName(environment.name, "airflow");
  throw new AppError("not_found", `${system}: ${runId} is not among the newest runs of ${pipeline}`, {
    system,
    remedy: "MWAA refuses a path as long as this run's, so older runs cannot be read: it may exist all the same.",
    cause: refusal,
  });
}

/** MWAA's model allows 64 characters of path, which ids can exceed: then the run is looked for where paths are short. */
const oneRun = (environment: EnvironmentConfig, pipeline: string, runId: string, budget: Budget, times?: RunTimes): Promise<RunFact> =>
  askEitherWay(
    () => ask(environment, (adapter) => adapter.run(pipeline, runId), budget),
    async (refusal) => {
      const found = times ? await runAtItsTimes(environment, pipeline, runId, times, budget) : null;
      if (found === null) return runAmongOthers(environment, pipeline, runId, budget, refusal);
      if (found !== "gone") return found;
      const system = systemName(environment.name, "airflow");
      throw new AppError("not_found", `${system}: ${runId} of ${pipeline} is not there`, { system, remedy: "It was deleted in Airflow." });
    },
  );

/** One run, read for the ledger; `times` as far as they are known. @throws AppError not_found; with a cause that is an AppError when that proves nothing */
export const readRun = (
  environment: EnvironmentConfig,
  pipeline: string,
  runId: string,
  times: RunTimes,
  budget = pollBudget(environment),
): Promise<RunFact> => oneRun(environment, pipeline, runId, budget, times);

/** One run, read for an action. @throws AppError not_found */
export const getDagRun = (environment: EnvironmentConfig, pipeline: string, runId: string): Promise<RunFact> =>
  oneRun(environment, pipeline, runId, actionBudget(environment));

/**
 * Starts a run under the caller's id; never repeated here, as the first request may have worked: read the run back instead.
 * @throws AppError conflict when the run exists, invalid when the parameters are refused, not_found for an unknown DAG
 */
export const triggerDagRun = (environment: EnvironmentConfig, request: TriggerRequest): Promise<RunFact> =>
  askEitherWay(
    async () =>
      (await askMeasured(environment, (adapter) => adapter.trigger(request), actionBudget(environment), { isRepeatable: false })).found,
    async (refusal) => {
      const system = systemName(environment.name, "airflow");
      throw new AppError("invalid", `${system}: ${request.pipeline} has an id that MWAA takes in no request`, {
        system,
        remedy: "Start it in Airflow itself.",
        cause: refusal,
      });
    },
  );
