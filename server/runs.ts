import "server-only";
import type { z } from "zod";
import type { Attention } from "@/lib/attention";
import { instantOf, localDate } from "@/lib/calendar";
import { isFailedState } from "@/lib/failures";
import { AttemptState } from "@/lib/schemas/attempt";
import {
  type FoldedTask,
  type NamedRuns,
  type Run,
  type RunDetail,
  type RunFilter,
  type RunId,
  type RunListItem,
  type RunNames,
  type RunPage,
  type RunSpan,
  RunState,
  RunType,
} from "@/lib/schemas/run";
import { withoutSecrets } from "@/lib/schemas/secret-names";
import type { User } from "@/lib/schemas/user";
import type { Usual } from "@/lib/schemas/usual";
import { goneRunSentence, runSentence, runsSentence } from "@/lib/sentences";
import { toAttempt, toFailure } from "./attempts";
import { type Attending, attendingOf, runKeyText } from "./attention";
import { allow } from "./auth";
import { env, knownEnvironment, shownEnvironments } from "./env";
import { etaOf } from "./eta";
import { contextOf } from "./failure-context";
import { honest } from "./health";
import { type IntentRow, selectIntentOfRun } from "./ledger/read/activity";
import { type FailedAttempt, type JoinedAttempt, selectAttempts, selectFirstFailures } from "./ledger/read/attempts";
import { type Fold, selectAttemptTimes, selectFailed, selectFolds, selectTellingAttempts } from "./ledger/read/folded";
import { selectRunNotes } from "./ledger/read/notes";
import { selectPipelineNames } from "./ledger/read/pipelines";
import { selectRuns } from "./ledger/read/run-list";
import {
  type RunCounts,
  type RunRow,
  selectAskers,
  selectNearRuns,
  selectRun,
  selectRunCounts,
  selectRunTables,
  selectRunTotals,
  selectStateName,
} from "./ledger/read/runs";
import { selectRunLoads } from "./ledger/read/tables";
import { notFound } from "./near";
import { toNotes } from "./note-versions";
import { readShared } from "./shared-reads";
import { toTableLoads } from "./tables";
import { usualOfPipelines, usualOfTasks } from "./usual";
import { isoText, msBetween } from "./wire";

const feeding = ["airflow", "ecs", "glue"] as const;
const countsFreshMs = 10_000;
const usualFreshMs = 60_000;

/** Runs, newest first, with what needs somebody counted for the whole environment. */
export async function listRuns(user: User, filter: RunFilter): Promise<RunPage> {
  allow(user, "read");
  const environments = shownEnvironments(filter.environment);
  const zone = env().zone;
  const dayStart = new Date(instantOf(localDate(Date.now(), zone), "00:00", zone));
  const attending = attendingOf(environments);
  const [list, counts, attended, honesty] = await Promise.all([
    // What the rows lead to is asked for as soon as they are here: the counts take as long as both.
    pageOfRuns(user, filter, attending),
    countRuns(environments, dayStart),
    attending,
    honest([...feeding], filter.environment),
  ]);
  const needing = (needs: Attention) => attended.runs.filter((each) => each.needs === needs).length;
  const all = {
    ...counts,
    failed: needing("failed"),
    overrunning: needing("overrunning"),
    queuedLong: needing("queued_long"),
    isMore: attended.isMore,
  };
  const hasRuns = list.items.length > 0 || (await selectRuns({ environments, limit: 1 })).rows.length > 0;
  return { ...honesty, ...list, hasRuns, counts: all, sentence: runsSentence(all, honesty.sources, hasRuns) };
}

const spanMs: Record<RunSpan, number> = { "1h": 3_600_000, "24h": 86_400_000, "7d": 7 * 86_400_000, "30d": 30 * 86_400_000 };

/** One page of a filter, of the list or of its export. */
export async function pageOfRuns(user: User, filter: RunFilter, attending = attendingOf(shownEnvironments(filter.environment))) {
  const { since, until, last, who, show, ...rest } = filter;
  const attended = await attending;
  const from = since ? new Date(since) : last ? new Date(Date.now() - spanMs[last]) : undefined;
  const { rows, lookedBackTo, ...cursors } = await selectRuns({
    ...rest,
    environments: shownEnvironments(filter.environment),
    since: from,
    until: until ? new Date(until) : undefined,
    who: who === undefined ? undefined : who === "me" ? { name: user.name, id: user.id } : { name: who, id: null },
    among: show === "attention" ? attended.runs : undefined,
  });
  return { items: await toItems(rows, attended), ...cursors, lookedBackTo: isoText(lookedBackTo) };
}

async function toItems(rows: RunRow[], attended: Attending): Promise<RunListItem[]> {
  const needs = new Map(attended.runs.map((each) => [runKeyText(each), each.needs]));
  return (await toRuns(rows)).map((run) => ({ ...run, needs: needs.get(runKeyText(run)) ?? null }));
}

/** Certain runs as they are now, newest first: what a reader holds though it has left the filter. */
export async function listNamedRuns(user: User, { environment, runs }: z.output<typeof RunNames>): Promise<NamedRuns> {
  allow(user, "read");
  const environments = shownEnvironments(environment);
  const [attended, { rows }, honesty] = await Promise.all([
    attendingOf(environments),
    selectRuns({ environments, among: runs, limit: runs.length }),
    honest([...feeding], environment),
  ]);
  return { ...honesty, items: await toItems(rows, attended) };
}

/** Counted once for all who ask until something changes: each pipeline is looked at, whatever page is asked for. */
async function countRuns(environments: string[], dayStart: Date): Promise<RunCounts> {
  const key = JSON.stringify(["run counts", env().databaseUrl, environments, dayStart.getTime(), await selectStateName()]);
  return readShared(
    key,
    () => selectRunCounts(environments, dayStart),
    () => ({ freshMs: countsFreshMs, sizeBytes: key.length }),
  );
}

/** One run with every attempt, its loads and who asked for it. @throws AppError `not_found` with near names */
export async function getRun(user: User, id: RunId): Promise<RunDetail> {
  allow(user, "read");
  const intent = await selectIntentOfRun(id);
  const row = await findRun(id, intent);
  const folds = await selectFolds(id);
  const [[run], attempts, loads, notes, usualTasks, honesty] = await Promise.all([
    toRuns([row]),
    folds.length > 0 ? selectTellingAttempts(id, folds) : selectAttempts(id),
    selectRunLoads(id).then(toTableLoads),
    selectRunNotes(id),
    readUsualTasks(id),
    honest(["airflow", "ecs", "glue", "warehouse"], id.environment),
  ]);
  const failed = folds.length > 0 ? await selectFailed(id) : failuresInOrder(attempts);
  const failure = failed[0] ? toFailure(failed[0]) : null;
  const [eta, failureContext] = await Promise.all([
    etaOf(row, async () => (folds.length > 0 ? selectAttemptTimes(id) : attempts.map(({ attempt }) => attempt))),
    contextOf(failed),
  ]);
  return {
    ...honesty,
    run: run as Run,
    sentence: row.isGone
      ? goneRunSentence(run as Run, row.state === "failed" ? failure : null, Date.now())
      : runSentence(run as Run, row.state === "failed" ? failure : null, Date.now(), eta?.eta?.p50At),
    attempts: attempts.map(toAttempt),
    folded: folds.map((fold) => toFolded(fold, attempts)),
    failure,
    failureContext,
    loads,
    conf: isRecord(row.conf) ? withoutSecrets(row.conf) : null,
    notes: toNotes(notes),
    eta,
    usualTasks,
  };
}

function toFolded(fold: Fold, attempts: JoinedAttempt[]): FoldedTask {
  const states: FoldedTask["states"] = {};
  for (const [name, times] of Object.entries(fold.states)) {
    const state = AttemptState.safeParse(name).data ?? "unknown";
    states[state] = (states[state] ?? 0) + times;
  }
  const sent = new Set(attempts.filter(({ attempt }) => attempt.taskId === fold.taskId).map(({ attempt }) => attempt.mapIndex));
  return { ...fold, states, sent: sent.size, startedAt: isoText(fold.startedAt), endedAt: isoText(fold.endedAt) };
}

/** What is usual changes slowly and is read from fifty runs: once a minute for all who look. */
async function readUsualTasks({ environment, pipeline }: RunId): Promise<Record<string, Usual>> {
  const key = JSON.stringify(["usual tasks", env().databaseUrl, environment, pipeline]);
  return readShared(
    key,
    async () => Object.fromEntries(await usualOfTasks({ environment, pipeline })),
    (found) => ({ freshMs: usualFreshMs, sizeBytes: key.length + JSON.stringify(found).length }),
  );
}

/** The run's row; one that was just asked for and not yet read from Airflow waits. @throws AppError `not_found` that names what is near */
export async function findRun(id: RunId, intent: IntentRow | null): Promise<RunRow> {
  knownEnvironment(id.environment);
  const row = await selectRun(id);
  if (row) return row;
  if (intent && intent.outcome !== "failed") return waitingRun(id, intent);
  const pipelines = await selectPipelineNames(id.environment);
  if (!pipelines.includes(id.pipeline)) throw notFound("pipeline", id.pipeline, pipelines);
  throw notFound("run", id.runId, await selectNearRuns(id.environment, id.pipeline));
}

function waitingRun(id: RunId, intent: IntentRow): RunRow {
  const unknown = {
    logicalDate: null,
    dataIntervalStart: null,
    dataIntervalEnd: null,
    startedAt: null,
    endedAt: null,
    triggeredBy: null,
    note: null,
    dagVersion: null,
  };
  const { params } = intent.body as { params?: unknown };
  const { createdAt } = intent;
  const asked = { runAfter: createdAt, queuedAt: createdAt, sortAt: createdAt, changedAt: createdAt };
  return { ...id, ...unknown, ...asked, state: "queued", type: "manual", conf: params ?? null, isGone: false };
}

/** What failed by itself, the first in time first; what only waited for it is no cause. */
function failuresInOrder(attempts: JoinedAttempt[]): JoinedAttempt[] {
  return attempts
    .filter(({ attempt }) => attempt.isLatest && isFailedState(attempt.state) && attempt.state !== "upstream_failed")
    .sort((a, b) => (a.attempt.endedAt?.getTime() ?? Infinity) - (b.attempt.endedAt?.getTime() ?? Infinity));
}

/** Ledger rows as the API's runs, in the same order; a fixed number of queries however many rows. */
export async function toRuns(rows: RunRow[]): Promise<Run[]> {
  const [askerOf, totalsOf, tablesOf, usualOf, failures] = await Promise.all([
    selectAskers(rows),
    selectRunTotals(rows),
    selectRunTables(rows),
    usualOfPipelines(rows),
    selectFirstFailures(rows.filter((row) => row.state === "failed")),
  ]);
  return rows.map((row) => {
    const totals = totalsOf(row);
    const asker = askerOf(row);
    const failed = failures.find(
      ({ attempt }) => attempt.environment === row.environment && attempt.pipeline === row.pipeline && attempt.runId === row.runId,
    );
    return {
      environment: row.environment,
      pipeline: row.pipeline,
      runId: row.runId,
      state: RunState.parse(row.state),
      type: RunType.safeParse(row.type).data ?? "unknown",
      logicalDate: isoText(row.logicalDate),
      dataIntervalStart: isoText(row.dataIntervalStart),
      dataIntervalEnd: isoText(row.dataIntervalEnd),
      runAfter: isoText(row.runAfter),
      queuedAt: isoText(row.queuedAt),
      startedAt: isoText(row.startedAt),
      endedAt: isoText(row.endedAt),
      durationMs: msBetween(row.startedAt, row.endedAt),
      usual: usualOf(row),
      triggeredBy: asker?.userName ?? row.triggeredBy,
      triggerReason: asker?.reason ?? null,
      taskCounts: { total: totals.total, done: totals.done, failed: totals.failed },
      costUsd: totals.costUsd,
      cost: { usd: totals.costUsd, isEstimate: totals.hasOpenCost, unknownCount: totals.unknownCosts, asOf: isoText(row.changedAt) },
      failure: failed ? failureOf(failed) : null,
      tables: tablesOf(row),
      note: row.note,
      dagVersion: row.dagVersion,
      isGone: row.isGone,
    };
  });
}

function failureOf(failed: FailedAttempt): Run["failure"] {
  const failure = toFailure(failed);
  if (!failure) return null;
  const { class: failureClass, title, taskId, tryNumber, doesRetryHelp } = failure;
  return { class: failureClass, title, taskId, mapIndex: failed.attempt.mapIndex, tryNumber, doesRetryHelp };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
