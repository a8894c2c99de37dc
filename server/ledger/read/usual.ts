import "server-only";
import { sql } from "drizzle-orm";
import type { RunId } from "@/lib/schemas/run";
import { arrayLiteral } from "../arrays";
import { ledger } from "../db";

export type PipelineKey = Pick<RunId, "environment" | "pipeline">;

/** "Usual" is over this many good runs, and over none that are older than this. */
const mostRuns = 50;
const oldest = sql`now() - interval '60 days'`;
/** One that seldom succeeds is not followed back through its whole history. */
const mostLooked = 500;

const goodRuns = sql`
  select run_id, sort_at, extract(epoch from ended_at - started_at) * 1000 as ms from (
    select run_id, sort_at, state, started_at, ended_at from run
    where run.environment = p.environment and run.pipeline = p.pipeline and sort_at > ${oldest}
    order by sort_at desc, run_id desc limit ${mostLooked}) looked
  where state = 'success' and ended_at is not null and started_at is not null
  order by sort_at desc limit ${mostRuns}`;

const pipelineRows = (keys: PipelineKey[]) => sql`unnest(${arrayLiteral(keys.map(({ environment }) => environment))}::text[],
  ${arrayLiteral(keys.map(({ pipeline }) => pipeline))}::text[]) as p(environment, pipeline)`;

/** The lengths of the newest good runs of each pipeline, each pipeline given once. */
export async function selectRunLengths(keys: PipelineKey[]): Promise<(PipelineKey & { lengthsMs: number[] })[]> {
  if (keys.length === 0) return [];
  const { rows } = await ledger().execute<{ environment: string; pipeline: string; lengths_ms: number[] }>(sql`
    select p.environment, p.pipeline, array_agg(r.ms::float8) as lengths_ms
    from ${pipelineRows(keys)} cross join lateral (${goodRuns}) r group by 1, 2`);
  return rows.map(({ environment, pipeline, lengths_ms }) => ({ environment, pipeline, lengthsMs: lengths_ms }));
}

/** The lengths of the tries that succeeded in the newest good runs of a pipeline, by task. */
export async function selectTaskLengths(key: PipelineKey): Promise<{ taskId: string; lengthsMs: number[] }[]> {
  const { rows } = await ledger().execute<{ task_id: string; lengths_ms: number[] }>(sql`
    select a.task_id, array_agg((extract(epoch from a.ended_at - a.started_at) * 1000)::float8) as lengths_ms
    from ${pipelineRows([key])} cross join lateral (${goodRuns}) r
    join attempt a on a.environment = p.environment and a.pipeline = p.pipeline and a.run_id = r.run_id
    where a.is_latest and a.state = 'success' and a.started_at is not null and a.ended_at is not null
    group by 1`);
  return rows.map((row) => ({ taskId: row.task_id, lengthsMs: row.lengths_ms }));
}
