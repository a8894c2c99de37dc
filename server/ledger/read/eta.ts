import "server-only";
import { eq, sql } from "drizzle-orm";
import type { EndedRun, TrySpan } from "@/lib/schemas/eta";
import { type Executor, ledger } from "../db";
import { etaTrial } from "../schema-eta";
import type { PipelineKey } from "./usual";

/** One that seldom succeeds is not followed back through its whole history. */
const mostLooked = 500;

interface Row extends Record<string, unknown> {
  run_id: string;
  type: string;
  state: string;
  started_ms: number;
  ended_ms: number;
  /** task, try, start, end, whether it went well */
  tries: [string, number, number, number | null, boolean][] | null;
}

const ms = (column: unknown) => sql`(extract(epoch from ${column}) * 1000)::float8`;

/** The tries of each task, its mapped instances together. */
const triesOf = (run: { environment: unknown; pipeline: unknown; runId: unknown }) => sql`
  select jsonb_agg(jsonb_build_array(t.task_id, t.try_number, t.started_ms, t.ended_ms, t.is_good)) as tries from (
    select task_id, try_number, ${ms(sql`min(started_at)`)} as started_ms,
      case when bool_and(ended_at is not null) then ${ms(sql`max(ended_at)`)} end as ended_ms, bool_and(state in ('success', 'skipped')) as is_good
    from attempt a where a.environment = ${run.environment} and a.pipeline = ${run.pipeline} and a.run_id = ${run.runId} and started_at is not null
    group by 1, 2) t`;

const toTries = (tries: Row["tries"]): TrySpan[] =>
  (tries ?? []).map(([taskId, tryNumber, startedMs, endedMs, isGood]) => ({ taskId, tryNumber, startedMs, endedMs, isGood }));

/** The newest runs of a pipeline that have ended, with what their tasks did; `states` are those wanted. */
export async function selectEndedRuns(key: PipelineKey, states: ("success" | "failed")[], most: number): Promise<EndedRun[]> {
  const wanted = sql.join(
    states.map((state) => sql`${state}`),
    sql`, `,
  );
  const { rows } = await ledger().execute<Row>(sql`
    select r.run_id, r.type, r.state, ${ms(sql`r.started_at`)} as started_ms, ${ms(sql`r.ended_at`)} as ended_ms, t.tries
    from (select * from (
        select * from run where environment = ${key.environment} and pipeline = ${key.pipeline} order by sort_at desc, run_id desc limit ${mostLooked}) looked
      where state in (${wanted}) and started_at is not null and ended_at is not null order by sort_at desc limit ${most}) r
    cross join lateral (${triesOf({ environment: sql`r.environment`, pipeline: sql`r.pipeline`, runId: sql`r.run_id` })}) t`);
  return rows.map((row) => ({
    runId: row.run_id,
    type: row.type,
    isGood: row.state === "success",
    startedMs: row.started_ms,
    endedMs: row.ended_ms,
    tries: toTries(row.tries),
  }));
}

/** Some pipelines of an environment, others each day; all of them where they are no more. */
export async function selectSomePipelines(environment: string, most: number): Promise<string[]> {
  const { rows } = await ledger().execute<{ pipeline: string }>(sql`
    select pipeline from pipeline where environment = ${environment} and not is_gone order by md5(pipeline || current_date) limit ${most}`);
  return rows.map(({ pipeline }) => pipeline).sort();
}

export type EtaTrialRow = typeof etaTrial.$inferSelect;

export async function selectEtaTrial(environment: string, db: Executor = ledger()): Promise<EtaTrialRow | null> {
  const [row] = await db.select().from(etaTrial).where(eq(etaTrial.environment, environment));
  return row ?? null;
}
