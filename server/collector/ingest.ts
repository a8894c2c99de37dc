import "server-only";
import { and, eq, notInArray, sql } from "drizzle-orm";
import type { EnvironmentFact, PipelineDetailFact, PipelineFact, RunFact, TableCheckFact, TableLoadFact } from "@/lib/schemas/facts";
import { attemptId } from "@/server/ledger/attempt-id";
import type { Transaction } from "@/server/ledger/db";
import { environment, pipeline, run, tableCheck, tableLoad } from "@/server/ledger/schema";
import { upsertChanged, upsertNews } from "@/server/ledger/upsert";
import { joinByEvidence, parseJoinKey } from "./join";
import { type Changes, type Scope, writtenAt } from "./scope";

export async function ingestEnvironment(tx: Transaction, scope: Scope, changes: Changes, fact: EnvironmentFact): Promise<void> {
  const row = { name: scope.environment, region: scope.region, ...fact, readAt: writtenAt(scope, {}) };
  const written = await upsertChanged(tx, [row], { table: environment, key: ["name"], silent: ["readAt"] });
  if (written.length > 0) changes.keys.add("sources");
}

/** All DAGs of the environment: those that are neither among them nor among the `unread` are gone, and kept. */
export async function ingestPipelines(
  tx: Transaction,
  scope: Scope,
  changes: Changes,
  facts: PipelineFact[],
  unread: { id: string | null }[] = [],
): Promise<void> {
  const readAt = writtenAt(scope, {});
  const rows = facts.map((fact) => ({ environment: scope.environment, ...fact, isGone: false, readAt }));
  const written = await upsertChanged(tx, rows, { table: pipeline, key: ["environment", "pipeline"], silent: ["readAt"] });
  const names = [...facts.map((fact) => fact.pipeline), ...unread.flatMap(({ id }) => id ?? [])];
  // One that has not even a name may be any of them.
  const isWhole = unread.every(({ id }) => id !== null);
  const gone = await tx
    .update(pipeline)
    .set({ isGone: true, readAt })
    .where(
      and(
        eq(pipeline.environment, scope.environment),
        eq(pipeline.isGone, false),
        isWhole ? undefined : sql`false`,
        names.length > 0 ? notInArray(pipeline.pipeline, names) : undefined,
      ),
    )
    .returning({ pipeline: pipeline.pipeline });
  if (written.length + gone.length > 0) changes.keys.add("pipelines").add("status");
}

export async function ingestPipelineDetails(tx: Transaction, scope: Scope, changes: Changes, fact: PipelineDetailFact): Promise<void> {
  const written = await tx
    .update(pipeline)
    .set({ runbook: fact.runbook, params: fact.params, detailsVersion: fact.version })
    .where(
      and(
        eq(pipeline.environment, scope.environment),
        eq(pipeline.pipeline, fact.pipeline),
        sql`(${pipeline.runbook}, ${pipeline.params}, ${pipeline.detailsVersion}) is distinct from (${fact.runbook}::text, ${JSON.stringify(fact.params)}::jsonb, ${fact.version}::text)`,
      ),
    )
    .returning({ pipeline: pipeline.pipeline });
  if (written.length > 0) changes.keys.add("pipelines");
}

export async function ingestRuns(tx: Transaction, scope: Scope, changes: Changes, facts: RunFact[]): Promise<void> {
  const rows = facts.map((fact) => ({
    environment: scope.environment,
    ...fact,
    sortAt: fact.runAfter ?? fact.logicalDate ?? fact.queuedAt ?? fact.startedAt ?? new Date(0),
    isGone: false,
    changedAt: writtenAt(scope, fact),
  }));
  const written = await upsertNews(tx, rows, { table: run, key: ["environment", "pipeline", "runId"], silent: ["changedAt"] });
  for (const { row } of written) changes.run(row.environment, row.pipeline, row.runId);
}

/** A run that Airflow no longer has: kept, and marked. */
export async function ingestGoneRun(
  tx: Transaction,
  scope: Scope,
  changes: Changes,
  key: { pipeline: string; runId: string },
): Promise<void> {
  const gone = await tx
    .update(run)
    .set({ isGone: true, changedAt: sql`now()` })
    .where(and(eq(run.environment, scope.environment), eq(run.pipeline, key.pipeline), eq(run.runId, key.runId), eq(run.isGone, false)))
    .returning({ runId: run.runId });
  if (gone.length > 0) changes.run(scope.environment, key.pipeline, key.runId);
}

/** The loader's record. It is joined by its own key, else by the Glue run that it names. */
export async function ingestTableLoads(tx: Transaction, scope: Scope, changes: Changes, facts: TableLoadFact[]): Promise<number> {
  const rows = facts.map((fact) => {
    const key = parseJoinKey(scope, fact.joinKey);
    return { environment: scope.environment, ...fact, ...(key ? { attemptId: attemptId(key) } : {}) };
  });
  const withKey = rows.filter((row) => "attemptId" in row);
  const without = rows.filter((row) => !("attemptId" in row));
  const options = { table: tableLoad, key: ["environment", "runKey", "tableName"] as ("environment" | "runKey" | "tableName")[] };
  const written = [...(await upsertChanged(tx, withKey, options)), ...(await upsertChanged(tx, without, options))];
  if (written.length === 0) return 0;
  changes.keys.add("tables").add("status").add("runs");
  await joinByEvidence(tx, scope, changes);
  for (const row of written) {
    const key = parseJoinKey(scope, row.joinKey);
    if (key) changes.run(scope.environment, key.pipeline, key.runId);
  }
  return written.length;
}

/** What one look at each table said; a look that failed keeps what the last good one found. */
export async function ingestTableChecks(tx: Transaction, scope: Scope, changes: Changes, facts: TableCheckFact[]): Promise<void> {
  const toRow = (fact: TableCheckFact) => ({
    environment: scope.environment,
    ...fact,
    succeededAt: fact.error === null ? fact.checkedAt : null,
  });
  const key = ["environment", "tableName"] as ("environment" | "tableName")[];
  const good = facts.filter((fact) => fact.error === null).map(toRow);
  const bad = facts.filter((fact) => fact.error !== null).map(toRow);
  const before = await tx
    .select({
      tableName: tableCheck.tableName,
      loadedAt: tableCheck.loadedAt,
      dataThrough: tableCheck.dataThrough,
      error: tableCheck.error,
    })
    .from(tableCheck)
    .where(eq(tableCheck.environment, scope.environment));
  const known = new Map(before.map((row) => [row.tableName, row]));
  const isNews = (fact: TableCheckFact) => {
    const last = known.get(fact.tableName);
    if (!last || last.error !== fact.error) return true;
    return fact.error === null && (last.loadedAt?.getTime() !== fact.loadedAt?.getTime() || last.dataThrough !== fact.dataThrough);
  };
  await upsertChanged(tx, good, { table: tableCheck, key });
  await upsertChanged(tx, bad, { table: tableCheck, key, insertOnly: ["loadedAt", "dataThrough", "succeededAt"] });
  if (facts.some(isNews)) changes.keys.add("tables").add("status");
}
