import "server-only";
import { addDays, instantOf } from "@/lib/calendar";
import { type Expectation, judgedFrom, judgeFreshness, judgeLoad, type Punctuality } from "@/lib/freshness";
import type { RunState } from "@/lib/schemas/run";
import type {
  LoadFilter,
  TableDetail,
  TableFilter,
  TableLoad,
  TableLoadPage,
  TablePage,
  TableState,
  TableSummary,
} from "@/lib/schemas/table";
import type { User } from "@/lib/schemas/user";
import { countStates, tableSentence, tablesSentence } from "@/lib/sentences";
import { allow } from "./auth";
import { env, knownEnvironment, shownEnvironments, type TableConfig } from "./env";
import { honest } from "./health";
import { isHoliday } from "./holidays";
import { cutPage, decodeCursor } from "./ledger/read/cursor";
import {
  type LoadRow,
  type NewestRun,
  selectLoads,
  selectLoadTimes,
  selectNewestLoads,
  selectNewestRuns,
  selectTableChecks,
  type TableCheckRow,
} from "./ledger/read/tables";
import { notFound } from "./near";
import { readTableSchema } from "./table-schema";
import { explainTable } from "./why";
import { isoText } from "./wire";

const feeding = ["warehouse", "airflow"] as const;
const worstFirst: TableState[] = ["failed", "late", "due_soon", "unknown", "on_time", "not_expected"];
const loadsShown = 20;

interface Known {
  check: TableCheckRow | null;
  loadedAt: Date | null;
  newestRun: NewestRun | null;
}

/** Every configured table of one environment, or of all real ones, judged at a moment; the worst first. `names` leaves out the others. */
export async function judgeTables(environment?: string, now = new Date(), names?: string[]): Promise<TableSummary[]> {
  const environments = shownEnvironments(environment);
  const tables = env().tables.filter((table) => environments.includes(table.environment) && (names?.includes(table.name) ?? true));
  const producers = tables.flatMap((table) =>
    table.producedBy ? [{ environment: table.environment, pipeline: table.producedBy.dag }] : [],
  );
  const [checks, loads, runs] = await Promise.all([selectTableChecks(), selectNewestLoads(tables), selectNewestRuns(producers)]);
  const summaries = tables.map((table) => {
    const check = checks.find((row) => row.environment === table.environment && row.tableName === table.name) ?? null;
    const load = loads.find((row) => row.environment === table.environment && row.tableName === table.name) ?? null;
    const newestRun = runs.find((row) => row.environment === table.environment && row.pipeline === table.producedBy?.dag) ?? null;
    return summarise(table, { check, loadedAt: check?.loadedAt ?? load?.finishedAt ?? null, newestRun }, now);
  });
  return summaries.sort((a, b) => worstFirst.indexOf(a.state) - worstFirst.indexOf(b.state) || compareNames(a, b));
}

const compareNames = (a: TableSummary, b: TableSummary) => (a.environment + a.table < b.environment + b.table ? -1 : 1);

function summarise(table: TableConfig, { check, loadedAt, newestRun }: Known, now: Date): TableSummary {
  const zone = table.expect?.zone ?? env().zone;
  const verdict = judgeFreshness(
    {
      expect: expectationOf(table),
      warnAfterMs: table.warnAfterMs,
      errorAfterMs: table.errorAfterMs,
    },
    {
      loadedAt: isoText(loadedAt),
      dataThrough: check?.dataThrough ?? null,
      checkedAt: isoText(check?.succeededAt ?? null),
      checkError: check?.error ?? null,
      lastRun: newestRun ? { state: newestRun.state as RunState, endedAt: isoText(newestRun.endedAt) } : null,
    },
    now,
  );
  return {
    environment: table.environment,
    table: table.name,
    ...verdict,
    dataThrough: check?.dataThrough ?? null,
    loadedAt: isoText(loadedAt),
    expectedZone: table.expect ? zone : null,
    producedBy: table.producedBy ? { pipeline: table.producedBy.dag, taskId: table.producedBy.task ?? null } : null,
    lastRun: newestRun ? { runId: newestRun.runId, state: newestRun.state } : null,
    evidence: evidenceOf(check),
  };
}

function expectationOf({ expect }: TableConfig): Expectation | null {
  if (!expect) return null;
  const { by, zone = env().zone, days, graceMs, calendar } = expect;
  return { by, zone, days, graceMs, isHoliday: (date) => calendar !== undefined && isHoliday(calendar, date) };
}

const evidenceKinds = ["loaded_at_column", "table_load", "write_counters"] as const;

function evidenceOf(check: TableCheckRow | null): TableSummary["evidence"] {
  if (!check) return { kind: "none", description: "The warehouse was not read for this table yet.", readAt: null, tookMs: null };
  return {
    kind: evidenceKinds.find((kind) => kind === check.evidence) ?? "none",
    description: check.evidenceDetail,
    readAt: isoText(check.succeededAt),
    tookMs: check.tookMs,
  };
}

/** Tables with their state, the worst first. Judged as a whole, then cut into pages. */
export async function listTables(user: User, filter: TableFilter): Promise<TablePage> {
  allow(user, "read");
  const [all, honesty] = await Promise.all([judgeTables(filter.environment), honest([...feeding], filter.environment)]);
  const wanted = filter.state ? all.filter((table) => table.state === filter.state) : all;
  const rest = filter.cursor ? after(wanted, filter.cursor) : wanted;
  const { rows, nextCursor } = cutPage(rest, filter.limit, (row) => [row.state, row.environment, row.table]);
  return { ...honesty, items: rows, nextCursor, sentence: tablesSentence(countStates(all), honesty.sources) };
}

/** What sorts after the cursor's row, also when that row has gone or changed its state since. */
function after(tables: TableSummary[], cursor: string): TableSummary[] {
  const [state, environment, name] = decodeCursor(cursor, 3);
  const rank = worstFirst.indexOf(state as TableState);
  return tables.filter((table) => {
    const own = worstFirst.indexOf(table.state);
    return own > rank || (own === rank && table.environment + table.table > `${environment}${name}`);
  });
}

function configured(environment: string, name: string): TableConfig {
  knownEnvironment(environment);
  const tables = env().tables.filter((table) => table.environment === environment);
  const found = tables.find((table) => table.name === name);
  if (!found)
    throw notFound(
      "table",
      name,
      tables.map((table) => table.name),
    );
  return found;
}

/** One table: its state, why it is so, and its last loads. @throws AppError `not_found` with near names */
export async function getTable(user: User, environment: string, name: string): Promise<TableDetail> {
  allow(user, "read");
  const config = configured(environment, name);
  const [tables, loads, schema, honesty] = await Promise.all([
    judgeTables(environment),
    selectLoads(environment, name, { limit: loadsShown }).then(({ rows }) => toTableLoads(rows)),
    readTableSchema(environment, name),
    honest([...feeding], environment),
  ]);
  const table = tables.find((each) => each.table === name);
  if (!table)
    throw notFound(
      "table",
      name,
      tables.map((each) => each.table),
    );
  return { ...honesty, table, sentence: tableSentence(table), why: await explainTable(table, config), loads, schema };
}

/** All loads of a table, newest first, or those up to the end of a day. */
export async function listTableLoads(
  user: User,
  environment: string,
  name: string,
  { until, ...page }: LoadFilter,
): Promise<TableLoadPage> {
  allow(user, "read");
  const { expect } = configured(environment, name);
  const before = until === undefined ? {} : { before: new Date(instantOf(addDays(until, 1), "00:00", expect?.zone ?? env().zone)) };
  const [{ rows, nextCursor }, honesty] = await Promise.all([
    selectLoads(environment, name, { ...page, ...before }),
    honest([...feeding], environment),
  ]);
  return { ...honesty, items: await toTableLoads(rows), nextCursor };
}

/** Loads as the API has them, in the same order; each table's other loads are read once. */
export async function toTableLoads(rows: LoadRow[]): Promise<TableLoad[]> {
  const names = [...new Set(rows.map(({ load }) => load.tableName))];
  const punctualityOf = new Map(
    (await Promise.all(names.map((name) => judgeLoads(rows.filter(({ load }) => load.tableName === name))))).flat(),
  );
  return rows.map((row) => ({ ...toTableLoad(row), ...(punctualityOf.get(row) ?? unjudged) }));
}

const unjudged = { expectedBy: null, lateByMs: null, whyNotJudged: "No deadline is configured for this table.", missed: [] };

/** Loads of one table. */
async function judgeLoads(rows: LoadRow[]): Promise<[LoadRow, Punctuality][]> {
  const [first] = rows;
  const table = env().tables.find(({ environment, name }) => environment === first?.load.environment && name === first.load.tableName);
  const expect = table ? expectationOf(table) : null;
  if (!first || !expect) return [];
  const facts = rows.map(({ load }) => toLoadFacts(load));
  const needed = facts.map((load) => judgedFrom(expect, load));
  const ends = rows.map(({ load }) => load.finishedAt.getTime());
  const span = { from: new Date(Math.min(...needed, ...ends)), to: new Date(Math.max(...ends)) };
  const others = (await selectLoadTimes(first.load.environment, first.load.tableName, span)).map(toLoadFacts);
  return rows.map((row, index) => [row, judgeLoad(expect, facts[index] ?? toLoadFacts(row.load), others)]);
}

const toLoadFacts = ({ finishedAt, dataThrough }: { finishedAt: Date; dataThrough: string | null }) => ({
  finishedAt: finishedAt.toISOString(),
  dataThrough,
});

function toTableLoad({ load, pipeline, runId, taskId, costUsd }: LoadRow): Omit<TableLoad, keyof Punctuality> {
  return {
    runKey: load.runKey,
    table: load.tableName,
    pipeline,
    runId,
    attemptId: load.attemptId,
    taskId,
    rowsInserted: load.rowsInserted,
    rowsUpdated: load.rowsUpdated,
    rowsRejected: load.rowsRejected,
    dataThrough: load.dataThrough,
    startedAt: isoText(load.startedAt),
    finishedAt: load.finishedAt.toISOString(),
    costUsd,
  };
}
