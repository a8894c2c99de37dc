import "server-only";
import { columnChanges } from "@/lib/column-changes";
import { type ColumnsChanged, compareSides } from "@/lib/compare-runs";
import { pairDefinitions, pairParameters, pairTasks, type Side } from "@/lib/compare-sides";
import type { CompareQuery, RunComparison } from "@/lib/schemas/compare";
import type { Run, RunId } from "@/lib/schemas/run";
import type { ColumnChanges } from "@/lib/schemas/table";
import type { User } from "@/lib/schemas/user";
import { whatChanged } from "@/lib/what-changed";
import { allow } from "./auth";
import { readSide } from "./compare-side";
import { knownEnvironment } from "./env";
import { AppError } from "./errors";
import { honest } from "./health";
import { selectLastGoodRun, selectSchemaChanges } from "./ledger/read/compare";
import { type RunRow, selectNearRuns, selectRun } from "./ledger/read/runs";
import { notFound } from "./near";
import { toRuns } from "./runs";

/** Of a run with thousands of mapped tasks those that differ come first, and so many in all. */
const mostTasks = 300;

/**
 * A run beside another of the same pipeline, else beside the last success before it, with the answer to "what changed?".
 * @throws AppError `not_found` for either run, `invalid` for a run beside itself
 */
export async function compareRuns(user: User, id: RunId, query: CompareQuery): Promise<RunComparison> {
  allow(user, "read");
  knownEnvironment(id.environment);
  if (query.with === id.runId)
    throw new AppError("invalid", "A run cannot be compared with itself", { status: 400, remedy: "Choose another run." });
  const row = await findRow(id);
  const other = query.with === undefined ? await selectLastGoodRun(row) : await findRow({ ...id, runId: query.with });
  const [honesty, runs] = await Promise.all([
    honest(["airflow", "ecs", "glue", "warehouse"], id.environment),
    toRuns(other ? [row, other] : [row]),
  ]);
  const [run, earlier] = runs as [Run, Run | undefined];
  const base = { ...honesty, run, isLastGood: query.with === undefined, failureClass: run.failure?.class ?? null };
  if (!other || !earlier) return { ...base, ...nothingToCompareWith(run) };
  const [before, now] = await Promise.all([readSide(other, earlier), readSide(row, run)]);
  const definitions = pairDefinitions(before, now);
  const columns = await readColumns(other, row, before, now);
  const failure = run.failure && { class: run.failure.class, taskId: run.failure.taskId };
  const pairs = pairTasks(before, now);
  return {
    ...base,
    with: earlier,
    ...whatChanged(compareSides(before, now, columns, definitions), run.state, failure),
    tasks: [...pairs.filter(({ isAlike }) => !isAlike), ...pairs.filter(({ isAlike }) => isAlike)].slice(0, mostTasks),
    taskCount: pairs.length,
    alikeCount: pairs.filter(({ isAlike }) => isAlike).length,
    parameters: pairParameters(before.parameters, now.parameters),
    definitions,
    code: { before: before.codeVersion, now: now.codeVersion },
  };
}

async function findRow(id: RunId): Promise<RunRow> {
  return (await selectRun(id)) ?? Promise.reject(notFound("run", id.runId, await selectNearRuns(id.environment, id.pipeline)));
}

function nothingToCompareWith(run: Run) {
  return {
    with: null,
    sentence: [
      { text: `No earlier run of ${run.pipeline} succeeded`, tone: "mute" as const },
      { text: ", so there is nothing to compare it with." },
    ],
    summary: "Choose any other run to lay beside it.",
    things: [],
    tasks: [],
    taskCount: 0,
    alikeCount: 0,
    parameters: [],
    definitions: [],
    code: { before: null, now: null },
  };
}

/** What became of the columns of the tables that either run writes, after the one had begun and before the other was over. */
async function readColumns(other: RunRow, row: RunRow, before: Side, now: Side): Promise<ColumnsChanged[]> {
  const [first, last] = [other, row].sort((a, b) => a.sortAt.getTime() - b.sortAt.getTime()) as [RunRow, RunRow];
  const tables = [...new Set([...before.rows.keys(), ...now.rows.keys()])];
  const found = await selectSchemaChanges(row.environment, tables, first.startedAt ?? first.sortAt, last.endedAt ?? new Date());
  return found.flatMap(({ tableName, before: was, columns, since }) => {
    const changes = columnChanges(was, columns);
    return changes ? [{ table: tableName, difference: said(changes), at: since.toISOString() }] : [];
  });
}

function said({ added, removed, retyped }: ColumnChanges): string {
  return [
    ...(added.length === 1 && removed.length === 1
      ? [`${removed[0]} became ${added[0]}`]
      : [...removed.map((name) => `${name} is gone`), ...added.map((name) => `${name} is new`)]),
    ...retyped.map(({ name, from, to }) => `${name} is ${to} instead of ${from}`),
  ].join(", ");
}
