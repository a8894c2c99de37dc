import "server-only";
import type { z } from "zod";
import type { PageQuery } from "@/lib/schemas/common";
import {
  type FedTable,
  type Pipeline,
  type PipelineDetail,
  type PipelineFilter,
  type PipelinePage,
  PipelineParam,
} from "@/lib/schemas/pipeline";
import { type RunPage, RunState } from "@/lib/schemas/run";
import type { User } from "@/lib/schemas/user";
import { gonePipelineSentence, pipelineSentence, pipelinesSentence } from "@/lib/sentences";
import { allow } from "./auth";
import { env, knownEnvironment, shownEnvironments } from "./env";
import { honest } from "./health";
import {
  type PipelineHistory,
  type PipelineRow,
  selectPipeline,
  selectPipelineHistory,
  selectPipelineNames,
  selectPipelines,
} from "./ledger/read/pipelines";
import { selectRuns } from "./ledger/read/run-list";
import { selectBrokenFiles, selectDagTroubles } from "./ledger/read/structure";
import { notFound } from "./near";
import { nextRunAt } from "./planned";
import { listRuns, toRuns } from "./runs";
import { judgeTables } from "./tables";
import { usualOfPipelines } from "./usual";
import { isoText, msBetween } from "./wire";

const runsShown = 25;

/** Pipelines by name with their last runs. */
export async function listPipelines(user: User, filter: PipelineFilter): Promise<PipelinePage> {
  allow(user, "read");
  const environments = shownEnvironments(filter.environment);
  const [{ rows, nextCursor }, brokenFiles, honesty] = await Promise.all([
    selectPipelines({ ...filter, environments }),
    selectBrokenFiles(environments),
    honest(["airflow"], filter.environment),
  ]);
  const historyOf = await selectPipelineHistory(rows);
  const items = rows.map((row) => toPipeline(row, historyOf(row)));
  const failing = items.filter((item) => item.lastRun?.state === "failed").length;
  const paused = items.filter((item) => item.isPaused).length;
  const sentence = pipelinesSentence({ total: items.length, failing, paused, broken: brokenFiles.length }, honesty.sources);
  const broken = brokenFiles.map(({ environment, file, text, at }) => ({ environment, file, text, at: isoText(at) }));
  return { ...honesty, items, nextCursor, sentence, brokenFiles: broken };
}

/** One pipeline: its runbook, the form of its parameters, its last runs. @throws AppError `not_found` with near names */
export async function getPipeline(user: User, environment: string, dag: string): Promise<PipelineDetail> {
  allow(user, "read");
  const row = await findPipeline(environment, dag);
  const [historyOf, troubles, runs, usualOf, honesty] = await Promise.all([
    selectPipelineHistory([row]),
    selectDagTroubles(environment, dag),
    selectRuns({ environments: [environment], pipeline: dag, limit: runsShown }),
    usualOfPipelines([row]),
    honest(["airflow"], environment),
  ]);
  const pipeline = toPipeline(row, historyOf(row));
  return {
    ...honesty,
    pipeline,
    isGone: row.isGone,
    sentence: row.isGone ? gonePipelineSentence(pipeline.pipeline) : pipelineSentence(pipeline, Date.now()),
    usual: usualOf(row),
    feeds: await judgeFeeds(pipeline),
    runbook: row.runbook,
    params: paramsOf(row),
    runs: await toRuns(runs.rows),
    importErrors: troubles.importErrors.map((each) => ({ ...each, at: isoText(each.at) })),
    warnings: troubles.warnings.map((each) => ({ ...each, at: isoText(each.at) })),
  };
}

async function judgeFeeds({ environment, tables }: Pipeline): Promise<FedTable[]> {
  const judged = await judgeTables(environment, new Date(), tables);
  const known = judged.map(({ table, state, lateByMs, expectedBy }) => ({ table, state, lateByMs, expectedBy }));
  const unjudged = tables.filter((table) => !judged.some((each) => each.table === table));
  return [...known, ...unjudged.map((table) => ({ table, state: null, lateByMs: null, expectedBy: null }))];
}

/** Runs of one pipeline, newest first. @throws AppError `not_found` with near names */
export async function listPipelineRuns(user: User, environment: string, dag: string, page: z.infer<typeof PageQuery>): Promise<RunPage> {
  allow(user, "read");
  await findPipeline(environment, dag);
  return listRuns(user, { ...page, environment, pipeline: dag });
}

/** @throws AppError `not_found` with near names; a deleted pipeline still opens, for its history */
export async function findPipeline(environment: string, dag: string): Promise<PipelineRow> {
  knownEnvironment(environment);
  const row = await selectPipeline(environment, dag);
  if (row) return row;
  throw notFound("pipeline", dag, await selectPipelineNames(environment));
}

/** The DAG's parameters; null until Airflow has told them. */
export function paramsOf(row: PipelineRow): PipelineParam[] | null {
  return row.params === null ? null : PipelineParam.array().parse(row.params);
}

function toPipeline(row: PipelineRow, history: PipelineHistory): Pipeline {
  const due = history.runs.flatMap(({ dueAt }) => (dueAt ? [dueAt.getTime()] : []));
  const runs = history.runs.map((run) => ({ ...run, state: RunState.parse(run.state), durationMs: msBetween(run.startedAt, run.endedAt) }));
  const finished = runs.filter((run) => run.state === "success" || run.state === "failed");
  const durations = runs
    .flatMap((run) => (run.state === "success" && run.durationMs !== null ? [run.durationMs] : []))
    .sort((a, b) => a - b);
  const [last] = runs;
  const configured = env().tables.filter((table) => table.environment === row.environment && table.producedBy?.dag === row.pipeline);
  return {
    environment: row.environment,
    pipeline: row.pipeline,
    description: row.description,
    owners: row.owners,
    tags: row.tags,
    schedule: row.schedule,
    scheduleZone: row.zone,
    isPaused: row.isPaused,
    hasImportErrors: row.hasImportErrors,
    nextRunAt: nextRunAt(row, due, Date.now()),
    lastRun: last ? { runId: last.runId, state: last.state, startedAt: isoText(last.startedAt), endedAt: isoText(last.endedAt) } : null,
    recentRuns: runs.map((run) => ({ runId: run.runId, state: run.state, durationMs: run.durationMs, startedAt: isoText(run.startedAt) })),
    successRate: finished.length === 0 ? null : finished.filter((run) => run.state === "success").length / finished.length,
    medianDurationMs: durations.length === 0 ? null : (durations[Math.floor((durations.length - 1) / 2)] ?? null),
    costUsd30Days: history.costUsd,
    costUnknownCount: history.unknownCosts,
    tables: [...new Set([...configured.map((table) => table.name), ...history.tables])].sort(),
  };
}
