import "server-only";
import { type Cell, encodeCells, encodeIds, encodeNumbers } from "@/lib/grid-codec";
import { AttemptState, FailureClass } from "@/lib/schemas/attempt";
import type { CellQuery, GridCell, GridQuery, GridRun, PipelineGrid } from "@/lib/schemas/grid";
import { RunState, RunType } from "@/lib/schemas/run";
import type { User } from "@/lib/schemas/user";
import { worstFirst } from "@/lib/schemas/worst-first";
import { allow } from "./auth";
import { AppError } from "./errors";
import { orderRows, type Shape } from "./grid-rows";
import { honest } from "./health";
import { countInstances, type GridRow, mostInstances, selectGridCell, selectGridRows } from "./ledger/read/grid";
import { selectRuns } from "./ledger/read/run-list";
import type { RunRow } from "./ledger/read/runs";
import { selectDagSetting, selectDagVersion, selectDagVersions } from "./ledger/read/structure";
import { findPipeline } from "./pipelines";
import { usualOfPipelines, usualOfTasks } from "./usual";
import { isoText, msBetween } from "./wire";

/** Dollars as whole hundred-thousandths. */
const costUnit = 1e-5;

/** Tasks against the newest runs, or those before a cursor. @throws AppError `not_found` with near names */
export async function getPipelineGrid(user: User, environment: string, dag: string, query: GridQuery): Promise<PipelineGrid> {
  allow(user, "read");
  await findPipeline(environment, dag);
  const key = { environment, pipeline: dag };
  const [page, shape, usualOf, honesty] = await Promise.all([
    selectRuns({ environments: [environment], pipeline: dag, limit: query.runs, ...(query.before && { cursor: query.before }) }),
    query.task === undefined ? selectShape(environment, dag) : null,
    usualOfPipelines([key]),
    honest(["airflow"], environment),
  ]);
  const runs = page.rows.toReversed();
  const runIds = runs.map((run) => run.runId);
  const [found, instances] = await Promise.all([
    selectGridRows(environment, dag, runIds, query.task),
    query.task === undefined ? 0 : countInstances(environment, dag, runIds, query.task),
  ]);
  const ordered = query.task === undefined ? orderRows(found, shape) : { rows: byIndex(found), labels: {}, groups: [] };
  return {
    ...honesty,
    runs: runs.map(toGridRun),
    rows: encodeIds(ordered.rows.map((row) => row.name)),
    labels: ordered.labels,
    cells: ordered.rows.map((row) => encodeCells(cellsOf(row, runs.length))).join("\n"),
    medians: encodeNumbers(ordered.rows.map((row) => row.medianMs && row.medianMs / 1000)),
    costs: encodeNumbers(ordered.rows.map((row) => row.costUsd && row.costUsd / costUnit)),
    groups: ordered.groups,
    more: Math.max(0, instances - mostInstances),
    usual: usualOf(key),
    olderCursor: page.nextCursor,
  };
}

/** The newest try behind one cell. @throws AppError `not_found` where the run has nothing of that task */
export async function getGridCell(user: User, environment: string, dag: string, { run, task, map }: CellQuery): Promise<GridCell> {
  allow(user, "read");
  await findPipeline(environment, dag);
  const [row, usual, honesty] = await Promise.all([
    selectGridCell({ environment, pipeline: dag, runId: run }, task, map),
    usualOfTasks({ environment, pipeline: dag }),
    honest(["airflow"], environment),
  ]);
  if (!row)
    throw new AppError("not_found", `${JSON.stringify(run)} has nothing of the task ${JSON.stringify(task)}`, {
      remedy: "Open the run: what it has is listed there.",
    });
  const [startedAt, endedAt] = [row.started_at, row.ended_at].map((at) => (at === null ? null : new Date(at)));
  return {
    ...honesty,
    attemptId: row.id,
    state: AttemptState.safeParse(row.state).data ?? "unknown",
    mapIndex: row.map_index,
    tryNumber: row.try_number,
    startedAt: isoText(startedAt ?? null),
    endedAt: isoText(endedAt ?? null),
    durationMs: msBetween(startedAt ?? null, endedAt ?? null),
    failureClass: FailureClass.safeParse(row.class).data ?? null,
    usual: usual.get(task) ?? null,
  };
}

async function selectShape(environment: string, dag: string): Promise<Shape | null> {
  const [setting, versions] = await Promise.all([selectDagSetting(environment, dag), selectDagVersions(environment, dag)]);
  const current = setting?.currentVersion ?? versions[0]?.version;
  const version = current === undefined || current === null ? null : await selectDagVersion(environment, dag, current);
  return version?.tasks ? { tasks: version.tasks, groups: version.groups ?? [] } : null;
}

const byIndex = (rows: GridRow[]) => rows.toSorted((a, b) => Number(a.name) - Number(b.name));

function toGridRun(run: RunRow): GridRun {
  return {
    runId: run.runId,
    state: RunState.parse(run.state),
    type: RunType.safeParse(run.type).data ?? "unknown",
    at: run.sortAt.toISOString(),
    startedAt: isoText(run.startedAt),
    durationMs: msBetween(run.startedAt, run.endedAt),
  };
}

function cellsOf({ cells, isMapped }: GridRow, runs: number): (Cell | null)[] {
  const row = new Array<Cell | null>(runs).fill(null);
  for (const text of cells === "" ? [] : cells.split(" ")) {
    const [ordinal = 0, state = 0, tries = 1, instances = null, failed = 0] = text.split(":").map(Number);
    row[ordinal] = { state: worstFirst[state] ?? "unknown", tries, instances: isMapped ? instances : null, failed };
  }
  return row;
}
