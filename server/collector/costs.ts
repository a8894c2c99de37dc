import "server-only";
import { sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import { attemptCost, noCost } from "@/lib/cost";
import type { Cost } from "@/lib/schemas/cost";
import { arrayParameter } from "@/server/ledger/array-binary";
import { arrayLiteral } from "@/server/ledger/arrays";
import type { Transaction } from "@/server/ledger/db";
import { attempt, ecsTask, glueRun } from "@/server/ledger/schema";
import type { Changes, Scope } from "./scope";

const startsSomething = /^(Ecs|Glue).*Operator/;
const neverStarted = ["skipped", "upstream_failed", "removed"];

/** `metered`: of what is joined to the attempt, null when nothing is. */
export function costOf({ state, operator }: { state: string; operator: string | null }, metered: Cost | null): Cost | null {
  if (metered) return metered;
  if (neverStarted.includes(state)) return { ...noCost, reason: "never started: nothing is metered" };
  return operator === null || startsSomething.test(operator) ? null : noCost;
}

/**
 * Computes the cost of the attempts in `changes` from what is joined to them, and notes the runs whose cost or container changed. Attempts that were just
 * added have the cost of one that nothing is joined to: they are looked at when something is.
 */
export async function refreshCosts(tx: Transaction, scope: Scope, changes: Changes): Promise<void> {
  const asked = [...changes.attempts, ...changes.unjoined];
  if (asked.length === 0) return;
  const now = new Date();
  const among = arrayParameter(asked, "text");
  const isAsked = (column: PgColumn) => sql`${column} = any(${among}::text[])`;
  const tasks = groupByAttempt(await tx.select().from(ecsTask).where(isAsked(ecsTask.attemptId)));
  const runs = groupByAttempt(await tx.select().from(glueRun).where(isAsked(glueRun.attemptId)));
  const ids = [...new Set([...changes.attempts, ...tasks.keys(), ...runs.keys()])];
  if (ids.length === 0) return;
  const attempts = await tx
    .select({
      id: attempt.id,
      environment: attempt.environment,
      pipeline: attempt.pipeline,
      runId: attempt.runId,
      state: attempt.state,
      operator: attempt.operator,
    })
    .from(attempt)
    .where(sql`${attempt.id} = any(${arrayLiteral(ids)}::text[])`);
  const priced = attempts.map((each) => {
    changes.run(each.environment, each.pipeline, each.runId);
    const [of, by] = [tasks.get(each.id) ?? [], runs.get(each.id) ?? []];
    const at = scope.stamp ? newest([...of, ...by].map(({ changedAt }) => changedAt)) : now;
    return { id: each.id, cost: costOf(each, attemptCost(of, by, scope.prices ?? scope.region, at)) };
  });
  const values = [
    sql`${arrayLiteral(priced.map(({ id }) => id))}::text[]`,
    sql`${arrayLiteral(priced.map(({ cost }) => cost))}::jsonb[]`,
    sql`${arrayLiteral(priced.map(({ cost }) => cost?.usd ?? null))}::numeric[]`,
  ];
  await tx.execute(sql`
    update ${attempt} a set cost = priced.cost, cost_usd = priced.usd from unnest(${sql.join(values, sql`, `)}) as priced(id, cost, usd)
    where a.id = priced.id and (a.cost, a.cost_usd) is distinct from (priced.cost, priced.usd)`);
}

const newest = (instants: Date[]) => new Date(Math.max(0, ...instants.map((instant) => instant.getTime())));

function groupByAttempt<T extends { attemptId: string | null }>(parts: T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const part of parts) {
    if (part.attemptId === null) continue;
    const group = groups.get(part.attemptId);
    if (group) group.push(part);
    else groups.set(part.attemptId, [part]);
  }
  return groups;
}
