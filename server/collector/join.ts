import "server-only";
import { and, eq, isNull, sql } from "drizzle-orm";
import { z } from "zod";
import type { JoinHintFact } from "@/lib/schemas/facts";
import { type AttemptKey, attemptId } from "@/server/ledger/attempt-id";
import type { Transaction } from "@/server/ledger/db";
import { attempt, glueRun, joinHint, tableLoad } from "@/server/ledger/schema";
import { joinByNames, joinByReattachId, joinByTime, joinByXcom, type Reach } from "./join-evidence";
import type { Changes, Scope } from "./scope";

const JoinKey = z.object({
  v: z.literal(1),
  environment: z.string(),
  dag: z.string(),
  run: z.string(),
  task: z.string(),
  map: z.number().int(),
  try: z.number().int().min(1),
});

/** The attempt that a `PENSTOCK_JOIN_KEY` names, or null when it is none or of another Airflow environment. */
export function parseJoinKey(scope: Scope, text: string | null): AttemptKey | null {
  if (text === null) return null;
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return null;
  }
  const key = JoinKey.safeParse(raw);
  if (!key.success || key.data.environment !== scope.mwaaName) return null;
  const { dag, run, task, map } = key.data;
  return { environment: scope.environment, pipeline: dag, runId: run, taskId: task, mapIndex: map, tryNumber: key.data.try };
}

/** The columns that a join key decides; without one, other evidence fills them later. */
export function joinedByKey(scope: Scope, text: string | null): { attemptId?: string; joinedBy?: string } {
  const key = parseJoinKey(scope, text);
  return key ? { attemptId: attemptId(key), joinedBy: "join_key" } : {};
}

/** Loads say which Glue run wrote them; that run's attempt wrote them too. */
async function applyLoads(tx: Transaction, scope: Scope): Promise<void> {
  await tx
    .update(tableLoad)
    .set({ attemptId: glueRun.attemptId })
    .from(glueRun)
    .where(
      and(
        eq(tableLoad.environment, scope.environment),
        isNull(tableLoad.attemptId),
        eq(glueRun.environment, scope.environment),
        eq(glueRun.jobRunId, tableLoad.glueRunId),
        sql`${glueRun.attemptId} is not null`,
      ),
    );
}

/** Joins whatever the evidence now allows, strongest first, and notes the runs that show it. */
export async function joinByEvidence(tx: Transaction, scope: Scope, changes: Changes, reach: Reach = "new"): Promise<void> {
  const joined: string[] = [];
  for (const evidence of [joinByXcom, joinByReattachId, joinByNames, joinByTime]) joined.push(...(await evidence(tx, scope, reach)));
  await applyLoads(tx, scope);
  for (const id of joined) changes.attempts.add(id);
}

/** Keeps what XComs said, for the next try deletes them. The first attempt to name a run is the one that started it. */
export async function ingestHints(
  tx: Transaction,
  scope: Scope,
  changes: Changes,
  attemptOf: string,
  hints: JoinHintFact[],
): Promise<void> {
  if (hints.length > 0) {
    const rows = hints.map((hint) => ({
      environment: scope.environment,
      ref: hint.ref,
      owner: hint.owner,
      attemptId: attemptOf,
      seenAt: sql`now()`,
    }));
    await tx.insert(joinHint).values(rows).onConflictDoNothing();
  }
  await tx.update(attempt).set({ xcomReadAt: sql`now()` }).where(eq(attempt.id, attemptOf));
  if (hints.length > 0) await joinByEvidence(tx, scope, changes);
}
