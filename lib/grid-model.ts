import { type Cell, decodeCells, decodeIds, decodeNumbers, type Stretch } from "./grid-codec";
import type { GridGroup, GridRun, PipelineGrid } from "./schemas/grid";
import { worstFirst } from "./schemas/worst-first";

export interface TaskRow {
  id: string;
  label: string;
  stretches: Stretch[];
  medianMs: number | null;
  costUsd: number | null;
}

/** A grid as it is drawn: runs from the oldest to the newest. */
export interface GridData {
  runs: GridRun[];
  rows: TaskRow[];
  groups: GridGroup[];
  more: number;
}

const lastPart = (id: string) => id.slice(id.lastIndexOf(".") + 1) || id;

const read = new WeakMap<PipelineGrid, GridData>();

/** An answer is read once, so that it may be read before it is to be drawn. */
export function readGrid(grid: PipelineGrid): GridData {
  const known = read.get(grid);
  if (known) return known;
  const data = toData(grid);
  read.set(grid, data);
  return data;
}

function toData(grid: PipelineGrid): GridData {
  const cells = grid.cells.split("\n");
  const [medians, costs] = [decodeNumbers(grid.medians), decodeNumbers(grid.costs)];
  const inGroup = new Set(grid.groups.flatMap(({ first, count }) => Array.from({ length: count }, (_, at) => first + at)));
  const rows = decodeIds(grid.rows).map((id, index): TaskRow => {
    const [median, cost] = [medians[index] ?? null, costs[index] ?? null];
    return {
      id,
      label: grid.labels[id] ?? (inGroup.has(index) ? lastPart(id) : id),
      stretches: decodeCells(cells[index] ?? ""),
      medianMs: median === null ? null : median * 1000,
      costUsd: cost === null ? null : cost / 1e5,
    };
  });
  return { runs: grid.runs, rows, groups: grid.groups, more: grid.more };
}

export function cellAt(stretches: Stretch[], column: number): Cell | null {
  return stretches.find(({ from, length }) => column >= from && column < from + length)?.cell ?? null;
}

const same = (a: Cell | null, b: Cell | null) =>
  a === b ||
  (a !== null && b !== null && a.state === b.state && a.tries === b.tries && a.instances === b.instances && a.failed === b.failed);

export function toStretches(cells: (Cell | null)[]): Stretch[] {
  const stretches: Stretch[] = [];
  cells.forEach((cell, from) => {
    const last = stretches.at(-1);
    if (last && same(last.cell, cell)) last.length += 1;
    else stretches.push({ cell, from, length: 1 });
  });
  return stretches;
}

const spread = (stretches: Stretch[]) => stretches.flatMap(({ cell, length }) => Array.from({ length }, () => cell));

const rankOf = new Map(worstFirst.map((state, rank) => [state, rank]));

/** Several rows in one: of each run the state that needs somebody most; `instances` is how many tasks stand behind it. */
export function summed(rows: TaskRow[], runs: number): Stretch[] {
  const sums = Array.from({ length: runs }, () => ({ rank: worstFirst.length, tries: 0, instances: 0, failed: 0 }));
  for (const { stretches } of rows) {
    for (const { cell, from, length } of stretches) {
      if (cell === null) continue;
      const rank = rankOf.get(cell.state) ?? 0;
      for (let column = from; column < from + length; column += 1) {
        const sum = sums[column];
        if (!sum) break;
        if (rank < sum.rank) sum.rank = rank;
        if (cell.tries > sum.tries) sum.tries = cell.tries;
        sum.instances += 1;
        if (cell.state === "failed") sum.failed += 1;
      }
    }
  }
  return toStretches(sums.map(({ rank, ...sum }) => (sum.instances === 0 ? null : { state: worstFirst[rank] ?? "unknown", ...sum })));
}

/** How many runs and rows are new to what is held. */
export function newTo(held: GridData, current: GridData): { runs: number; rows: number } {
  const [runs, rows] = [new Set(held.runs.map(({ runId }) => runId)), new Set(held.rows.map(({ id }) => id))];
  return { runs: current.runs.filter(({ runId }) => !runs.has(runId)).length, rows: current.rows.filter(({ id }) => !rows.has(id)).length };
}

/** What is held, in its places, with the newest content: live data moves no row and no column. */
export function inPlace(held: GridData, current: GridData): GridData {
  const columns = new Map(current.runs.map(({ runId }, index) => [runId, index]));
  const rows = new Map(current.rows.map((row) => [row.id, row]));
  const isSame =
    held.runs.length === current.runs.length &&
    held.rows.length === current.rows.length &&
    held.runs.every(({ runId }, index) => columns.get(runId) === index) &&
    held.rows.every(({ id }, index) => current.rows[index]?.id === id);
  if (isSame) return { ...current, groups: held.groups };
  return {
    ...held,
    runs: held.runs.map((run) => current.runs[columns.get(run.runId) ?? -1] ?? run),
    rows: held.rows.map((row) => {
      const fresh = rows.get(row.id);
      if (!fresh) return row;
      const [old, cells] = [spread(row.stretches), spread(fresh.stretches)];
      const at = (runId: string, index: number) => {
        const column = columns.get(runId);
        return (column === undefined ? old[index] : cells[column]) ?? null;
      };
      return { ...fresh, label: row.label, stretches: toStretches(held.runs.map(({ runId }, index) => at(runId, index))) };
    }),
  };
}

/** A row as it stands on screen. */
export type ShownRow = { key: string; depth: number; label: string } & (
  | { kind: "group"; group: GridGroup; isOpen: boolean; stretches: Stretch[] }
  | { kind: "task"; row: TaskRow; isMapped: boolean; isOpen: boolean; stretches: Stretch[] }
  | { kind: "instance"; row: TaskRow; task: TaskRow; stretches: Stretch[] }
  | { kind: "waiting"; stretches: Stretch[] }
);

const isMappedRow = ({ stretches }: TaskRow) => stretches.some(({ cell }) => cell !== null && cell.instances !== null);

/** Rows with folded groups as one row each and the instances of opened tasks below them; `instancesOf` is undefined while they are read. */
export function shownRows(
  { rows, groups, runs }: GridData,
  folded: ReadonlySet<string>,
  opened: ReadonlySet<string>,
  instancesOf: (taskId: string) => GridData | undefined,
): ShownRow[] {
  const shown: ShownRow[] = [];
  const starting = new Map<number, GridGroup[]>();
  for (const group of groups) starting.set(group.first, [...(starting.get(group.first) ?? []), group]);
  const around: GridGroup[] = [];
  for (let index = 0; index < rows.length; ) {
    while (around.length > 0 && index >= endOf(around.at(-1))) around.pop();
    let isFolded = false;
    for (const group of starting.get(index) ?? []) {
      const isOpen = !folded.has(group.groupId);
      const stretches = isOpen ? [] : summed(rows.slice(group.first, endOf(group)), runs.length);
      shown.push({ kind: "group", key: `g ${group.groupId}`, depth: around.length, label: group.label, group, isOpen, stretches });
      if (!isOpen) {
        index = endOf(group);
        isFolded = true;
        break;
      }
      around.push(group);
    }
    if (isFolded) continue;
    const row = rows[index];
    if (row) shown.push(...taskRows(row, around.length, opened.has(row.id), instancesOf));
    index += 1;
  }
  return shown;
}

const endOf = (group: GridGroup | undefined) => (group ? group.first + group.count : 0);

function taskRows(row: TaskRow, depth: number, isOpen: boolean, instancesOf: (taskId: string) => GridData | undefined): ShownRow[] {
  const task: ShownRow = {
    kind: "task",
    key: `t ${row.id}`,
    depth,
    label: row.label,
    row,
    isMapped: isMappedRow(row),
    isOpen,
    stretches: row.stretches,
  };
  if (!isOpen) return [task];
  const instances = instancesOf(row.id);
  if (!instances) return [task, { kind: "waiting", key: `w ${row.id}`, depth: depth + 1, label: "reading its instances", stretches: [] }];
  return [
    task,
    ...instances.rows.map((each): ShownRow => {
      const label = `[${each.id}]`;
      return { kind: "instance", key: `i ${row.id} ${each.id}`, depth: depth + 1, label, row: each, task: row, stretches: each.stretches };
    }),
  ];
}
