import "server-only";
import { sql } from "drizzle-orm";
import { arrayLiteral } from "../arrays";
import { ledger } from "../db";

/** A moment in which runs are looked for, and what their names hold. */
export interface Moment {
  words: string[];
  span: { from: Date; to: Date } | null;
}

export interface FoundRunRow {
  environment: string;
  pipeline: string;
  runId: string;
  state: string;
  type: string;
  startedAt: Date | null;
  runAfter: Date | null;
}

type Raw = Record<string, unknown> & {
  environment: string;
  pipeline: string;
  run_id: string;
  state: string;
  type: string;
  started_at: string | null;
  run_after: string | null;
};

const toDate = (value: string | null) => (value === null ? null : new Date(value));
const toRow = (row: Raw): FoundRunRow => ({
  environment: row.environment,
  pipeline: row.pipeline,
  runId: row.run_id,
  state: row.state,
  type: row.type,
  startedAt: toDate(row.started_at),
  runAfter: toDate(row.run_after),
});

const columns = sql`r.environment, r.pipeline, r.run_id, r.state, r.type, r.started_at, r.run_after`;
const chosen = (environments: string[]) => sql`${arrayLiteral(environments)}::text[]`;
/** So many runs of a moment are looked through for the words. */
const mostOfSpan = 2_000;

/** The run of exactly that id, in whichever pipeline: one look-up in the key of runs for each pipeline, however many runs there are. */
export async function selectRunsById(environments: string[], runId: string, limit: number): Promise<FoundRunRow[]> {
  const { rows } = await ledger().execute<Raw>(sql`
    select ${columns} from pipeline p
    cross join lateral (
      select * from run where run.environment = p.environment and run.pipeline = p.pipeline and run.run_id = ${runId} offset 0) r
    where p.environment = any(${chosen(environments)})
    order by r.sort_at desc limit ${limit}`);
  return rows.map(toRow);
}

/** Runs of a day, an hour or a minute whose pipeline and id hold every word; the newest first. */
export async function selectRunsOfSpan(environments: string[], { words, span }: Moment, limit: number): Promise<FoundRunRow[]> {
  if (!span) return [];
  const holds = sql.join(
    words.map((word) => sql`position(${word} in lower(r.pipeline || ' ' || r.run_id || ' ' || r.state)) > 0`),
    sql` and `,
  );
  const { rows } = await ledger().execute<Raw>(sql`
    select ${columns} from unnest(${chosen(environments)}) as e(name)
    cross join lateral (
      select * from run where run.environment = e.name
        and sort_at >= ${span.from.toISOString()}::timestamptz and sort_at < ${span.to.toISOString()}::timestamptz
      order by sort_at desc, pipeline desc, run_id desc limit ${mostOfSpan}) r
    where ${holds} order by r.sort_at desc limit ${limit}`);
  return rows.map(toRow);
}

/** The newest runs of some pipelines; those in one state where that is asked for. */
export async function selectNewestOf(pipelines: { environment: string; pipeline: string }[], each: number): Promise<FoundRunRow[]> {
  if (pipelines.length === 0) return [];
  const names = sql`unnest(${arrayLiteral(pipelines.map(({ environment }) => environment))}::text[], ${arrayLiteral(pipelines.map(({ pipeline }) => pipeline))}::text[]) as p(environment, pipeline)`;
  const { rows } = await ledger().execute<Raw>(sql`
    select ${columns} from ${names}
    cross join lateral (
      select * from run where run.environment = p.environment and run.pipeline = p.pipeline and not run.is_gone
      order by sort_at desc, run_id desc limit ${each}) r
    order by r.sort_at desc`);
  return rows.map(toRow);
}

/** The runs that failed last. */
export async function selectFailedLast(environments: string[], limit: number): Promise<FoundRunRow[]> {
  const { rows } = await ledger().execute<Raw>(sql`
    select ${columns} from unnest(${chosen(environments)}) as e(name)
    cross join lateral (
      select * from run where run.state = 'failed' and run.environment = e.name order by sort_at desc limit ${limit}) r
    order by r.sort_at desc limit ${limit}`);
  return rows.map(toRow);
}

export interface NamedPipeline {
  environment: string;
  pipeline: string;
  isPaused: boolean;
}

/** Pipelines whose names hold every word; of very many the first by name. */
export async function selectPipelinesNamed(environments: string[], words: string[], limit: number): Promise<NamedPipeline[]> {
  const holds = sql.join(
    words.map((word) => sql`position(${word} in lower(pipeline)) > 0`),
    sql` and `,
  );
  const { rows } = await ledger().execute<{ environment: string; pipeline: string; is_paused: boolean }>(sql`
    select environment, pipeline, is_paused from pipeline
    where not is_gone and environment = any(${chosen(environments)}) and ${holds} order by length(pipeline), environment, pipeline limit ${limit}`);
  return rows.map((row) => ({ environment: row.environment, pipeline: row.pipeline, isPaused: row.is_paused }));
}
