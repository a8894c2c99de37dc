import "server-only";
import { inArray, sql } from "drizzle-orm";
import { attemptCost, noCost } from "@/lib/cost";
import type { Cost } from "@/lib/schemas/cost";
import type { Transaction } from "@/server/ledger/db";
import { attempt, ecsTask, glueRun } from "@/server/ledger/schema";
import type { Changes, Scope } from "./scope";

const startsSomething = /^(Ecs|Glue).*Operator/;
const neverStarted = ["skipped", "upstream_failed", "removed"];

function costOf({ state, operator }: { state: string; operator: string | null }, metered: Cost | null): Cost | null {
  if (metered) return metered;
  if (neverStarted.includes(state)) return { ...noCost, reason: "never started: nothing is metered" };
  return operator === null || startsSomething.test(operator) ? null : noCost;
}

/** Computes the cost of the attempts in `changes` from what is joined to them, and notes the runs whose cost or container changed. */
export async function refreshCosts(tx: Transaction, scope: Scope, changes: Changes): Promise<void> {
  const ids = [...changes.attempts];
  if (ids.length === 0) return;
  const now = new Date();
  const attempts = await tx.select().from(attempt).where(inArray(attempt.id, ids));
  const tasks = await tx.select().from(ecsTask).where(inArray(ecsTask.attemptId, ids));
  const runs = await tx.select().from(glueRun).where(inArray(glueRun.attemptId, ids));
  for (const each of attempts) {
    changes.run(each.environment, each.pipeline, each.runId);
    const isOf = (part: { attemptId: string | null }) => part.attemptId === each.id;
    const cost = costOf(each, attemptCost(tasks.filter(isOf), runs.filter(isOf), scope.region, now));
    await tx
      .update(attempt)
      .set({ cost, costUsd: cost?.usd ?? null })
      .where(
        sql`${attempt.id} = ${each.id} and (${attempt.cost}, ${attempt.costUsd}) is distinct from (${JSON.stringify(cost)}::jsonb, ${cost?.usd ?? null}::numeric)`,
      );
  }
}
