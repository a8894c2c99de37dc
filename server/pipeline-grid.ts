import "server-only";
import { createHash } from "node:crypto";
import { encodeCells, encodeIds, encodeNumbers } from "@/lib/grid-codec";
import { AttemptState, FailureClass } from "@/lib/schemas/attempt";
import type { CellQuery, GridCell, GridQuery, GridRun, PipelineGrid } from "@/lib/schemas/grid";
import { RunState, RunType } from "@/lib/schemas/run";
import type { User } from "@/lib/schemas/user";
import { allow } from "./auth";
import { AppError } from "./errors";
import { type OrderedRows, orderRows, rowsOf, type Shape } from "./grid-rows";
import { honest } from "./health";
import { countInstances, mostInstances, selectColumnVersions, selectGridCell, selectGridColumns } from "./ledger/read/grid";
import { selectRuns } from "./ledger/read/run-list";
import type { RunRow } from "./ledger/read/runs";
import { selectDagSetting, selectDagVersion, selectDagVersions } from "./ledger/read/structure";
import { findPipeline } from "./pipelines";
import { readShared, readSharedEach } from "./shared-reads";
import { usualOfPipelines, usualOfTasks } from "./usual";
import { isoText, msBetween } from "./wire";

/** Dollars as whole hundred-thousandths. */
const costUnit = 1e-5;

/** Kept as long as somebody may look: what is in them is named by its version, so it cannot be old. */
const keptMs = 30 * 60_000;

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
  const [drawn, instances] = await Promise.all([
    query.task === undefined ? drawnTasks(environment, dag, runIds, shape) : drawnInstances(environment, dag, runIds, query.task),
    query.task === undefined ? 0 : countInstances(environment, dag, runIds, query.task),
  ]);
  return {
    ...honesty,
    runs: runs.map(toGridRun),
    ...drawn,
    more: Math.max(0, instances - mostInstances),
    usual: usualOf(key),
    olderCursor: page.nextCursor,
  };
}

type Drawn = Pick<PipelineGrid, "rows" | "labels" | "cells" | "medians" | "costs" | "groups">;

/** The column of a run is read again when one of its attempts has changed, the grid put together again when a column or the DAG has. */
async function drawnTasks(environment: string, dag: string, runIds: string[], shape: Shape | null): Promise<Drawn> {
  const versions = await selectColumnVersions(environment, dag, runIds);
  const keys = runIds.map((runId, at) => JSON.stringify(["column", environment, dag, runId, versions[at]]));
  const print = createHash("sha256")
    .update(JSON.stringify([keys, shape]))
    .digest("base64");
  return readShared(
    `grid ${print}`,
    async () => {
      const columns = await readSharedEach(
        keys,
        (missing) =>
          selectGridColumns(
            environment,
            dag,
            missing.map((at) => runIds[at] ?? ""),
          ),
        (column) => ({ freshMs: keptMs, sizeBytes: 200 + 160 * column.length }),
      );
      return draw(orderRows(rowsOf(columns, false), runIds.length, shape));
    },
    (drawn) => ({ freshMs: keptMs, sizeBytes: 2 * (drawn.cells.length + drawn.rows.length) + 4_000 }),
  );
}

async function drawnInstances(environment: string, dag: string, runIds: string[], task: string): Promise<Drawn> {
  const rows = rowsOf(await selectGridColumns(environment, dag, runIds, task), true);
  return draw({ rows: rows.toSorted((a, b) => Number(a.name) - Number(b.name)), labels: {}, groups: [] });
}

function draw({ rows, labels, groups }: OrderedRows): Drawn {
  return {
    rows: encodeIds(rows.map((row) => row.name)),
    labels,
    cells: rows.map((row) => encodeCells(row.cells)).join("\n"),
    medians: encodeNumbers(rows.map((row) => row.medianMs && row.medianMs / 1000)),
    costs: encodeNumbers(rows.map((row) => row.costUsd && row.costUsd / costUnit)),
    groups,
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
