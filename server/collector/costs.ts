import "server-only";
import { inArray, sql } from "drizzle-orm";
import { fargateCost, glueCost, noCost, sumUsd } from "@/lib/cost";
import type { Cost } from "@/lib/schemas/cost";
import type { Transaction } from "@/server/ledger/db";
import { attempt, ecsTask, glueRun } from "@/server/ledger/schema";
import type { Changes, Scope } from "./scope";

const startsSomething = /^(Ecs|Glue).*Operator/;
const neverStarted = ["skipped", "upstream_failed", "removed"];

/** Several containers or Glue runs of one attempt (Glue's own retries) add up; one unknown part makes the sum unknown. */
export function addCosts(parts: Cost[]): Cost | null {
  const [first, ...rest] = parts;
  if (!first || rest.length === 0) return first ?? null;
  const unknown = parts.find((part) => part.usd === null);
  return {
    ...first,
    usd: unknown ? null : sumUsd(parts.map((part) => part.usd)),
    isFinal: parts.every((part) => part.isFinal),
    seconds: parts.reduce((sum, part) => sum + (part.seconds ?? 0), 0),
    formula: parts.map((part) => part.formula).join(" + "),
    lines: parts.flatMap((part) => part.lines),
    reason: unknown?.reason,
  };
}

/** A container that ECS forgot before anybody saw it stop: for how long it ran is unknown, and stays so. */
const forgotten = (cost: Cost): Cost => ({
  ...cost,
  usd: null,
  isFinal: true,
  reason: "measure unknown: ECS forgot the task before it was seen to stop",
});

function costOf({ state, operator }: { state: string; operator: string | null }, parts: Cost[]): Cost | null {
  const added = addCosts(parts);
  if (added) return added;
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
    const parts = [
      ...tasks
        .filter((task) => task.attemptId === each.id)
        .map((task) => ({ isForgotten: task.missingSince !== null, cost: fargateCost(task, scope.region, now) }))
        .map(({ isForgotten, cost }) => (isForgotten ? forgotten(cost) : cost)),
      ...runs.filter((run) => run.attemptId === each.id).map((run) => glueCost(run, scope.region, now)),
    ];
    const cost = costOf(each, parts);
    await tx
      .update(attempt)
      .set({ cost, costUsd: cost?.usd ?? null })
      .where(
        sql`${attempt.id} = ${each.id} and (${attempt.cost}, ${attempt.costUsd}) is distinct from (${JSON.stringify(cost)}::jsonb, ${cost?.usd ?? null}::numeric)`,
      );
  }
}
