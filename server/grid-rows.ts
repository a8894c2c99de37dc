import "server-only";
import type { Cell } from "@/lib/grid-codec";
import type { GridGroup } from "@/lib/schemas/grid";
import type { PipelineTask, TaskGroup } from "@/lib/schemas/structure";
import { worstFirst } from "@/lib/schemas/worst-first";
import type { GridColumn, GridFact } from "./ledger/read/grid";
import { quantile } from "./usual";

/** One row of a grid: a task, or an instance of a mapped one. */
export interface GridRow {
  name: string;
  /** One for each run, the oldest first. */
  cells: (Cell | null)[];
  /** Since the first task of its run began, on average; null where it never started. */
  startMs: number | null;
  medianMs: number | null;
  costUsd: number | null;
}

/** What is known of a DAG's shape; null where Airflow has not told it. */
export interface Shape {
  tasks: PipelineTask[];
  groups: TaskGroup[];
}

export interface OrderedRows {
  rows: GridRow[];
  labels: Record<string, string>;
  groups: GridGroup[];
}

/** Columns turned into rows; of a grid of instances none is mapped itself. */
export function rowsOf(columns: GridColumn[], areInstances: boolean): GridRow[] {
  const factsOf = new Map<string, { cells: (Cell | null)[]; starts: number[]; lengths: number[]; costs: number[] }>();
  columns.forEach((column, ordinal) => {
    const first = earliest(column);
    for (const fact of column) {
      let row = factsOf.get(fact.name);
      if (!row) {
        row = { cells: new Array<Cell | null>(columns.length).fill(null), starts: [], lengths: [], costs: [] };
        factsOf.set(fact.name, row);
      }
      row.cells[ordinal] = cellOf(fact, areInstances);
      if (fact.startedMs !== null) row.starts.push(fact.startedMs - first);
      if (fact.lengthMs !== null) row.lengths.push(fact.lengthMs);
      if (fact.costNanoUsd !== null) row.costs.push(fact.costNanoUsd);
    }
  });
  return [...factsOf].map(([name, { cells, starts, lengths, costs }]) => {
    const costNano = mean(costs);
    return {
      name,
      cells,
      startMs: mean(starts),
      medianMs:
        lengths.length === 0
          ? null
          : quantile(
              lengths.sort((a, b) => a - b),
              0.5,
            ),
      costUsd: costNano === null ? null : costNano / 1e9,
    };
  });
}

const earliest = (column: GridColumn) => column.reduce((first, { startedMs }) => Math.min(first, startedMs ?? Infinity), Infinity);
const mean = (values: number[]) => (values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length);

function cellOf({ state, tries, instances, failed }: GridFact, isInstance: boolean): Cell {
  const isMapped = !isInstance && instances > 0;
  return { state: worstFirst[state] ?? "unknown", tries, instances: isMapped ? instances : null, failed: isMapped ? failed : 0 };
}

/** The end of an id, after the group that Airflow puts before it. */
export const lastPart = (id: string) => id.slice(id.lastIndexOf(".") + 1) || id;
const prefix = (id: string) => (id.includes(".") ? id.slice(0, id.lastIndexOf(".")) : null);

interface Node {
  row?: GridRow;
  group?: TaskGroup;
  children: Node[];
  /** Place among its neighbours: how deep in the DAG, then when it starts. */
  rank: [number, number];
}

/** Rows in the order of the DAG with the tasks of a group together: what waits for nothing first. */
export function orderRows(found: GridRow[], runs: number, shape: Shape | null): OrderedRows {
  const tasks = new Map(shape?.tasks.map((task) => [task.taskId, task]));
  const groups = shape?.groups ?? namedGroups(found);
  const known = new Set(found.map(({ name }) => name));
  const never = [...tasks.values()]
    .filter(({ taskId }) => !known.has(taskId))
    .map(({ taskId }): GridRow => {
      return { name: taskId, cells: new Array<Cell | null>(runs).fill(null), startMs: null, medianMs: null, costUsd: null };
    });
  const depth = depths(tasks);
  const root: Node = { children: [], rank: [0, 0] };
  const nodes = new Map(groups.map((group) => [group.groupId, { group, children: [], rank: [Infinity, Infinity] } as Node]));
  for (const node of nodes.values()) (nodes.get(node.group?.parentId ?? "") ?? root).children.push(node);
  for (const row of [...found, ...never]) {
    const groupId = tasks.get(row.name)?.groupId ?? prefix(row.name);
    const rank: Node["rank"] = [depth.get(row.name) ?? (shape ? Infinity : 0), row.startMs ?? Infinity];
    (nodes.get(groupId ?? "") ?? root).children.push({ row, children: [], rank });
  }
  const ordered: OrderedRows = { rows: [], labels: {}, groups: [] };
  flatten(root, ordered);
  for (const { name } of ordered.rows) {
    const label = tasks.get(name)?.label;
    if (label !== undefined && label !== lastPart(name)) ordered.labels[name] = label;
  }
  return ordered;
}

/** Airflow names a task after its group unless told otherwise: two that share a name before the last dot are shown as a group. */
function namedGroups(rows: GridRow[]): TaskGroup[] {
  const counts = new Map<string, number>();
  for (const { name } of rows) {
    const group = prefix(name);
    if (group) counts.set(group, (counts.get(group) ?? 0) + 1);
  }
  const names = [...counts].filter(([, count]) => count > 1).map(([name]) => name);
  return names.map((groupId) => {
    const parent = prefix(groupId);
    return { groupId, label: lastPart(groupId), parentId: parent !== null && names.includes(parent) ? parent : null };
  });
}

/** The longest way from a task that waits for nothing. A circle, which Airflow refuses, would end where it began. */
function depths(tasks: Map<string, PipelineTask>): Map<string, number> {
  const found = new Map<string, number>();
  const of = (id: string): number => {
    const known = found.get(id);
    if (known !== undefined) return known;
    found.set(id, 0);
    const upstream = (tasks.get(id)?.upstream ?? []).filter((each) => tasks.has(each));
    const depth = upstream.reduce((most, each) => Math.max(most, of(each) + 1), 0);
    found.set(id, depth);
    return depth;
  };
  for (const id of tasks.keys()) of(id);
  return found;
}

const before = (a: Node["rank"], b: Node["rank"]) => (a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]) ? a : b);

function rankOf(node: Node): Node["rank"] {
  if (node.row) return node.rank;
  node.rank = node.children.map(rankOf).reduce(before, [Infinity, Infinity]);
  return node.rank;
}

const nameOf = ({ row, group }: Node) => row?.name ?? group?.groupId ?? "";

function flatten(root: Node, into: OrderedRows): void {
  rankOf(root);
  const walk = (node: Node) => {
    const sorted = node.children.toSorted(
      (a, b) => compare(a.rank[0], b.rank[0]) || compare(a.rank[1], b.rank[1]) || (nameOf(a) < nameOf(b) ? -1 : 1),
    );
    for (const child of sorted) {
      if (child.row) into.rows.push(child.row);
      if (!child.group || !hasRows(child)) continue;
      const group = { ...child.group, first: into.rows.length, count: 0 };
      into.groups.push(group);
      walk(child);
      group.count = into.rows.length - group.first;
    }
  };
  walk(root);
}

const hasRows = (node: Node): boolean => node.row !== undefined || node.children.some(hasRows);
const compare = (a: number, b: number) => (a === b ? 0 : a < b ? -1 : 1);
