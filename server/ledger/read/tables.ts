import "server-only";
import { and, desc, eq, gt, lt, sql } from "drizzle-orm";
import { ledger } from "../db";
import { attempt, tableCheck, tableLoad, tableSchema } from "../schema";
import { cutPage, decodeCursor, timePart } from "./cursor";

export type TableCheckRow = typeof tableCheck.$inferSelect;

export async function selectTableChecks(): Promise<TableCheckRow[]> {
  return ledger().select().from(tableCheck);
}

export interface LoadRow {
  load: typeof tableLoad.$inferSelect;
  pipeline: string | null;
  runId: string | null;
  taskId: string | null;
  costUsd: string | null;
}

const columns = { load: tableLoad, pipeline: attempt.pipeline, runId: attempt.runId, taskId: attempt.taskId, costUsd: attempt.costUsd };

/** Loads of one table, newest first. */
export async function selectLoads(
  environment: string,
  table: string,
  page: { limit: number; cursor?: string | undefined; before?: Date },
): Promise<{ rows: LoadRow[]; nextCursor: string | null }> {
  const where = [eq(tableLoad.environment, environment), eq(tableLoad.tableName, table)];
  if (page.before) where.push(lt(tableLoad.finishedAt, page.before));
  if (page.cursor) {
    const [at, runKey] = decodeCursor(page.cursor, 2);
    where.push(sql`(${tableLoad.finishedAt}, ${tableLoad.runKey}) < (${timePart(at)}::timestamptz, ${runKey})`);
  }
  const found = await ledger()
    .select({ ...columns, finishedText: sql<string>`${tableLoad.finishedAt}::text` })
    .from(tableLoad)
    .leftJoin(attempt, eq(attempt.id, tableLoad.attemptId))
    .where(and(...where))
    .orderBy(desc(tableLoad.finishedAt), desc(tableLoad.runKey))
    .limit(page.limit + 1);
  return cutPage(found, page.limit, (row) => [row.finishedText, row.load.runKey]);
}

/** Ends and reach of the loads of one table between two instants; of very many the newest. */
export async function selectLoadTimes(
  environment: string,
  table: string,
  { from, to }: { from: Date; to: Date },
): Promise<{ finishedAt: Date; dataThrough: string | null }[]> {
  return ledger()
    .select({ finishedAt: tableLoad.finishedAt, dataThrough: tableLoad.dataThrough })
    .from(tableLoad)
    .where(
      and(
        eq(tableLoad.environment, environment),
        eq(tableLoad.tableName, table),
        gt(tableLoad.finishedAt, from),
        lt(tableLoad.finishedAt, to),
      ),
    )
    .orderBy(desc(tableLoad.finishedAt))
    .limit(2_000);
}

/** When each of the tables was last loaded, as its loader recorded: one index look-up each, however many loads there were. */
export async function selectNewestLoads(
  tables: { environment: string; name: string }[],
): Promise<{ environment: string; tableName: string; finishedAt: Date }[]> {
  if (tables.length === 0) return [];
  const result = await ledger().execute<{ environment: string; name: string; finished_at: string }>(sql`
    select t.environment, t.name, l.finished_at
    from (values ${sql.join(
      tables.map((table) => sql`(${table.environment}::text, ${table.name}::text)`),
      sql`, `,
    )}) as t(environment, name)
    cross join lateral (
      select finished_at from table_load where table_load.environment = t.environment and table_name = t.name order by finished_at desc limit 1) l`);
  return result.rows.map((row) => ({ environment: row.environment, tableName: row.name, finishedAt: new Date(row.finished_at) }));
}

/** Loads that one run wrote, in order of their end. */
export async function selectRunLoads(id: { environment: string; pipeline: string; runId: string }): Promise<LoadRow[]> {
  return ledger()
    .select(columns)
    .from(tableLoad)
    .innerJoin(attempt, eq(attempt.id, tableLoad.attemptId))
    .where(and(eq(attempt.environment, id.environment), eq(attempt.pipeline, id.pipeline), eq(attempt.runId, id.runId)))
    .orderBy(tableLoad.finishedAt, tableLoad.tableName);
}

/** Loads that one attempt wrote, in order of their end. */
export async function selectAttemptLoads(attemptId: string): Promise<LoadRow[]> {
  return ledger()
    .select(columns)
    .from(tableLoad)
    .innerJoin(attempt, eq(attempt.id, tableLoad.attemptId))
    .where(eq(tableLoad.attemptId, attemptId))
    .orderBy(tableLoad.finishedAt, tableLoad.tableName);
}

export interface NewestRun {
  environment: string;
  pipeline: string;
  runId: string;
  state: string;
  startedAt: Date | null;
  endedAt: Date | null;
}

/** The newest run of each pipeline that was asked for. */
export async function selectNewestRuns(keys: { environment: string; pipeline: string }[]): Promise<NewestRun[]> {
  if (keys.length === 0) return [];
  const result = await ledger().execute<{
    environment: string;
    pipeline: string;
    run_id: string;
    state: string;
    started_at: string | null;
    ended_at: string | null;
  }>(sql`
    select distinct on (p.environment, p.pipeline) p.environment, p.pipeline, r.run_id, r.state, r.started_at, r.ended_at
    from (values ${sql.join(
      keys.map((key) => sql`(${key.environment}::text, ${key.pipeline}::text)`),
      sql`, `,
    )}) as p(environment, pipeline)
    cross join lateral (
      select * from run where run.environment = p.environment and run.pipeline = p.pipeline and not run.is_gone
      order by sort_at desc, run_id desc limit 1) r`);
  return result.rows.map((row) => ({
    environment: row.environment,
    pipeline: row.pipeline,
    runId: row.run_id,
    state: row.state,
    startedAt: row.started_at === null ? null : new Date(row.started_at),
    endedAt: row.ended_at === null ? null : new Date(row.ended_at),
  }));
}

/** The newest versions of a table's columns, newest first; of a table that is made anew all the time not each that there ever was. */
export async function selectSchemaVersions(environment: string, table: string): Promise<(typeof tableSchema.$inferSelect)[]> {
  return ledger()
    .select()
    .from(tableSchema)
    .where(and(eq(tableSchema.environment, environment), eq(tableSchema.tableName, table)))
    .orderBy(desc(tableSchema.since))
    .limit(50);
}
