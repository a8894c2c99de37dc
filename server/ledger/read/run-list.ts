import "server-only";
import { and, asc, desc, eq, getTableColumns, gte, lt, type SQL, sql } from "drizzle-orm";
import { unionAll } from "drizzle-orm/pg-core";
import type { RunFilter, RunId } from "@/lib/schemas/run";
import { withoutSecrets } from "@/lib/schemas/secret-names";
import { ledger } from "../db";
import { run } from "../schema";
import { decodeCursor, encodeCursor, timePart } from "./cursor";
import { keyRows, type RunRow } from "./runs";

/** The chosen environments rather than one or none. `who` is a person by name, and by id where it is oneself. */
export type RunListFilter = Pick<
  RunFilter,
  "limit" | "cursor" | "before" | "pipeline" | "state" | "type" | "longerThanMs" | "shorterThanMs" | "parameter" | "errorClass" | "table"
> & {
  environments: string[];
  since?: Date | undefined;
  until?: Date | undefined;
  who?: { name: string; id: string | null } | undefined;
  /** Only these. */
  among?: Pick<RunId, "environment" | "pipeline" | "runId">[] | undefined;
};

export interface RunList {
  rows: RunRow[];
  nextCursor: string | null;
  previousCursor: string | null;
  /** Where a rare filter stopped before it had found a page. */
  lookedBackTo: Date | null;
}

/** How many runs are looked at in one statement for what no index has, and for how long statements follow each other. */
export const lookLimits = { rows: 2_000, budgetMs: 120 };

type Place = string[];
type Way = "older" | "newer";
type Found = RunRow & { sortText: string };

const placeOf = (row: Found): Place => [row.sortText, row.environment, row.pipeline, row.runId];
const sortKeys = [run.sortAt, run.environment, run.pipeline, run.runId];
const inOrder = (way: Way) => sortKeys.map((column) => (way === "older" ? desc(column) : asc(column)));

/** What an index leads to, so that reading stops after a page. */
function atOnce(filter: RunListFilter): SQL[] {
  return [
    filter.pipeline !== undefined && eq(run.pipeline, filter.pipeline),
    filter.state !== undefined && eq(run.state, filter.state),
    // What was open when it was deleted in Airflow is no longer open.
    (filter.state === "running" || filter.state === "queued") && eq(run.isGone, false),
    // Only failed runs are searched for a failure.
    filter.errorClass !== undefined && filter.state === undefined && eq(run.state, "failed"),
    // The planner knows an index of these by the words of its condition.
    ((filter.type !== undefined && filter.type !== "scheduled") || filter.who !== undefined) && sql`${run.type} <> 'scheduled'`,
    filter.since && gte(run.sortAt, filter.since),
    filter.until && lt(run.sortAt, filter.until),
  ].filter((each) => each instanceof Object) as SQL[];
}

/** What is looked for among runs one after the other. */
function oneByOne(filter: RunListFilter): SQL[] {
  const { type, who, longerThanMs, shorterThanMs, parameter, errorClass, table } = filter;
  const ofRun = sql`a.environment = ${run.environment} and a.pipeline = ${run.pipeline} and a.run_id = ${run.runId}`;
  const took = sql`extract(epoch from coalesce(${run.endedAt}, now()) - ${run.startedAt}) * 1000`;
  return [
    type !== undefined && sql`${run.type} = ${type}`,
    who !== undefined &&
      sql`(${run.triggeredBy} = ${who.name} or exists (select from intent i where i.environment = ${run.environment}
        and i.pipeline = ${run.pipeline} and i.run_id = ${run.runId} and i.outcome <> 'failed'
        and (i.user_name = ${who.name} or i.user_id = ${who.id})))`,
    longerThanMs !== undefined && sql`${took} >= ${longerThanMs}`,
    shorterThanMs !== undefined && sql`${took} < ${shorterThanMs}`,
    (longerThanMs !== undefined || shorterThanMs !== undefined) && sql`(${run.endedAt} is not null or not ${run.isGone})`,
    parameter !== undefined && sql`position(lower(${JSON.stringify(parameter).slice(1, -1)}) in lower(${run.conf}::text)) > 0`,
    errorClass !== undefined &&
      sql`exists (select from attempt a join failure f on f.attempt_id = a.id where ${ofRun} and f.class = ${errorClass})`,
    table !== undefined &&
      sql`exists (select from attempt a join table_load l on l.attempt_id = a.id where ${ofRun} and l.table_name = ${table})`,
  ].filter((each) => each instanceof Object) as SQL[];
}

function beyond(place: Place | null, way: Way): SQL | undefined {
  if (!place) return undefined;
  const [at, environment, pipeline, runId] = place;
  const there = sql`(${timePart(at)}::timestamptz, ${environment}, ${pipeline}, ${runId})`;
  const here = sql`(${sql.join(sortKeys, sql`, `)})`;
  return way === "older" ? sql`${here} < ${there}` : sql`${here} > ${there}`;
}

const sortText = sql<string>`${run.sortAt}::text`.as("sort_text");

/** The next runs of all environments in order, whatever else is asked of them: the history of none is walked for the others'. */
function nextRuns(filter: RunListFilter, place: Place | null, way: Way, limit: number, isOnlyLast = false) {
  const where = [...atOnce(filter), beyond(place, way)];
  const { among } = filter;
  const [shown, skipped] = isOnlyLast ? [1, limit - 1] : [limit, 0];
  const of = (environment: string, first = limit, offset = 0) => {
    const columns = { ...getTableColumns(run), sortText };
    const base = among
      ? ledger()
          .select(columns)
          .from(run)
          .innerJoin(keyRows(among), sql`${run.environment} = k.environment and ${run.pipeline} = k.pipeline and ${run.runId} = k.run_id`)
      : ledger().select(columns).from(run);
    return base
      .where(and(eq(run.environment, environment), ...where))
      .orderBy(...inOrder(way))
      .limit(first)
      .offset(offset);
  };
  const [first, second, ...others] = filter.environments;
  if (first === undefined) return null;
  return second === undefined
    ? of(first, shown, skipped)
    : unionAll(of(first), of(second), ...others.map((each) => of(each)))
        .orderBy(...inOrder(way))
        .limit(shown)
        .offset(skipped);
}

interface Look {
  rows: Found[];
  /** Where the look ended; null: there is no more. */
  end: Place | null;
}

/** One look from a place on: at a page of what an index leads to, or at so many runs for what it does not. */
async function look(filter: RunListFilter, place: Place | null, way: Way, wanted: number, most: number): Promise<Look> {
  const rare = oneByOne(filter);
  if (rare.length === 0) {
    const rows = (await nextRuns(filter, place, way, wanted)) ?? [];
    const last = rows.at(-1);
    return { rows, end: rows.length === wanted && last ? placeOf(last) : null };
  }
  const looked = nextRuns(filter, place, way, most);
  if (!looked) return { rows: [], end: null };
  const rows: Found[] = await ledger()
    .select()
    .from(looked.as("run"))
    .where(and(...rare))
    .orderBy(...inOrder(way))
    .limit(wanted);
  const last = rows.at(-1);
  if (rows.length === wanted && last) return { rows, end: placeOf(last) };
  const [end] = (await nextRuns(filter, place, way, most, true)) ?? [];
  return { rows, end: end ? placeOf(end) : null };
}

const hasText = (value: unknown, text: string): boolean => {
  if (Array.isArray(value)) return value.some((each) => hasText(each, text));
  if (value !== null && typeof value === "object")
    return Object.entries(value).some(([name, inner]) => name.toLowerCase().includes(text) || hasText(inner, text));
  return String(value).toLowerCase().includes(text);
};

/** What a secret parameter holds is not found out by searching for it. */
function isAsked({ parameter }: RunListFilter, { conf }: RunRow): boolean {
  if (parameter === undefined) return true;
  return conf !== null && typeof conf === "object" && hasText(withoutSecrets(conf as Record<string, unknown>), parameter.toLowerCase());
}

/** Looks on until a page and one more are found, all were looked at, or the time is up. */
async function search(filter: RunListFilter, from: Place | null, way: Way, limits: typeof lookLimits) {
  const until = performance.now() + limits.budgetMs;
  const found: Found[] = [];
  let place = from;
  for (;;) {
    const { rows, end } = await look(filter, place, way, filter.limit + 1 - found.length, limits.rows);
    found.push(...rows.filter((row) => isAsked(filter, row)));
    if (found.length > filter.limit || end === null) return { found, stoppedAt: null };
    place = end;
    if (performance.now() >= until) return { found, stoppedAt: place };
  }
}

/**
 * Newest first by (sort time, environment, pipeline, run id); `cursor` goes on after a page, `before` to the one in front of it. What was
 * deleted in Airflow is history, too.
 */
export async function selectRuns(filter: RunListFilter, limits = lookLimits): Promise<RunList> {
  if (filter.before) return newerRuns(filter, decodeCursor(filter.before, 4), limits);
  const from = filter.cursor ? decodeCursor(filter.cursor, 4) : null;
  const { found, stoppedAt } = await search(filter, from, "older", limits);
  const rows = found.slice(0, filter.limit);
  const [first, last] = [rows[0], rows.at(-1)];
  const next = found.length > rows.length && last ? placeOf(last) : stoppedAt;
  return {
    rows: rows.map(bare),
    nextCursor: next && encodeCursor(next),
    previousCursor: from && first ? encodeCursor(placeOf(first)) : null,
    lookedBackTo: stoppedAt ? new Date(stoppedAt[0] ?? "") : null,
  };
}

/** The page in front of a place. The newest page is never a short one: where there is less in front, it is read from its top. */
async function newerRuns(filter: RunListFilter, from: Place, limits: typeof lookLimits): Promise<RunList> {
  const { found, stoppedAt } = await search(filter, from, "newer", limits);
  const { before: _, ...rest } = filter;
  if (found.length <= filter.limit && !stoppedAt) return selectRuns(rest, limits);
  const rows = found.slice(0, filter.limit).reverse();
  const [first, last] = [rows[0], rows.at(-1)];
  const previous = found.length > rows.length && first ? placeOf(first) : stoppedAt;
  return {
    rows: rows.map(bare),
    nextCursor: encodeCursor(last ? placeOf(last) : from),
    previousCursor: previous && encodeCursor(previous),
    lookedBackTo: null,
  };
}

const bare = ({ sortText: _, ...row }: Found): RunRow => row;
