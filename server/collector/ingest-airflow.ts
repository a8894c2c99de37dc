import "server-only";
import { createHash } from "node:crypto";
import { and, eq, notInArray } from "drizzle-orm";
import type { DagSettingFact, DagVersionFact, DagWarningFact, HeartbeatFact, ImportErrorFact, PoolFact } from "@/lib/schemas/facts";
import type { Transaction } from "@/server/ledger/db";
import { airflowState, dagSetting, dagVersion, dagWarning, importError } from "@/server/ledger/schema-airflow";
import { upsertChanged } from "@/server/ledger/upsert";
import { type Changes, type Scope, writtenAt } from "./scope";

const versionKey: ("environment" | "pipeline" | "version")[] = ["environment", "pipeline", "version"];
const digestOf = (code: string) => createHash("sha256").update(code).digest("hex");

/** Versions, all told alike: what one of them leaves out, all leave out, and what the ledger has of it stays. */
export async function ingestDagVersions(tx: Transaction, scope: Scope, changes: Changes, facts: DagVersionFact[]): Promise<void> {
  const rows = facts.map((fact) => {
    const digest = fact.code === undefined ? {} : { codeDigest: fact.code === null ? null : digestOf(fact.code) };
    return { environment: scope.environment, ...fact, ...digest };
  });
  const written = await upsertChanged(tx, rows, { table: dagVersion, key: versionKey, insertOnly: ["firstSeenAt"] });
  if (written.length > 0) changes.keys.add("pipelines");
}

export async function ingestDagSettings(tx: Transaction, scope: Scope, changes: Changes, facts: DagSettingFact[]): Promise<void> {
  const rows = facts.map((fact) => ({ environment: scope.environment, ...fact, readAt: writtenAt(scope, {}) }));
  const written = await upsertChanged(tx, rows, { table: dagSetting, key: ["environment", "pipeline"], silent: ["readAt"] });
  if (written.length > 0) changes.keys.add("pipelines");
}

/** Pools and heartbeats as of `at`, each as far as it was read. No page waits for these: nobody is notified. */
export async function ingestAirflowState(
  tx: Transaction,
  scope: Scope,
  at: Date,
  { pools, heartbeats }: { pools?: PoolFact[]; heartbeats?: HeartbeatFact[] },
): Promise<void> {
  const row = {
    environment: scope.environment,
    ...(pools ? { pools, poolsReadAt: at } : {}),
    ...(heartbeats ? { heartbeats, heartbeatsReadAt: at } : {}),
  };
  await upsertChanged(tx, [row], { table: airflowState, key: ["environment"] });
}

/** All import errors and warnings that there are now: what is no longer among them is over. */
export async function ingestDagTroubles(
  tx: Transaction,
  scope: Scope,
  changes: Changes,
  at: Date,
  { errors, warnings }: { errors: ImportErrorFact[]; warnings: DagWarningFact[] },
): Promise<void> {
  const { environment } = scope;
  const errorIds = errors.map(({ errorId }) => errorId);
  const over = await tx
    .delete(importError)
    .where(and(eq(importError.environment, environment), errorIds.length > 0 ? notInArray(importError.errorId, errorIds) : undefined))
    .returning({ id: importError.errorId });
  const errorRows = errors.map((fact) => ({ environment, ...fact }));
  const written = await upsertChanged(tx, errorRows, { table: importError, key: ["environment", "errorId"] });
  const told = new Set(warnings.map(({ pipeline, kind }) => JSON.stringify([pipeline, kind])));
  const before = await tx.select().from(dagWarning).where(eq(dagWarning.environment, environment));
  const ended = before.filter(({ pipeline, kind }) => !told.has(JSON.stringify([pipeline, kind])));
  for (const { pipeline, kind } of ended)
    await tx
      .delete(dagWarning)
      .where(and(eq(dagWarning.environment, environment), eq(dagWarning.pipeline, pipeline), eq(dagWarning.kind, kind)));
  const warningRows = warnings.map((fact) => ({ environment, ...fact }));
  const warned = await upsertChanged(tx, warningRows, { table: dagWarning, key: ["environment", "pipeline", "kind"] });
  await upsertChanged(tx, [{ environment, errorsReadAt: at }], { table: airflowState, key: ["environment"] });
  if (over.length + written.length + ended.length + warned.length > 0) changes.keys.add("pipelines");
}
