import Big from "big.js";
import type { Attempt } from "./schemas/attempt";
import type { FoldedTask } from "./schemas/run";

/** Exact decimal text; `unknown` attempts cost something that nobody knows and are in no sum. `lost`: of tries that failed or were tried again. */
export interface RunCostSums {
  usd: string | null;
  lostUsd: string | null;
  metered: number;
  unknown: number;
  open: number;
}

export const isMetered = ({ kind, cost }: Attempt) => (cost === null ? kind !== "airflow" : cost.basis !== "none");

/** A try whose work was thrown away: it failed, or another try of its task followed. */
export const isLost = ({ isLatest, state }: Attempt) => !isLatest || state === "failed";

/** Of a folded task its own sums count, not those of the tries that were sent. */
export function runCostSums(attempts: Attempt[], folded: FoldedTask[] = []): RunCostSums {
  const known = new Set(folded.map(({ taskId }) => taskId));
  const metered = attempts.filter((attempt) => isMetered(attempt) && !(attempt.mapIndex >= 0 && known.has(attempt.taskId)));
  const sum = (amounts: (string | null)[]) => {
    const some = amounts.filter((usd) => usd !== null);
    return some.length === 0 ? null : some.reduce((total, usd) => total.plus(usd), Big(0)).toFixed();
  };
  const costs = folded.map(({ cost }) => cost);
  const count = (own: number, of: "metered" | "unknown" | "open") => costs.reduce((all, cost) => all + cost[of], own);
  return {
    usd: sum([...metered.map(({ costUsd }) => costUsd), ...costs.map(({ usd }) => usd)]),
    lostUsd: sum([...metered.filter(isLost).map(({ costUsd }) => costUsd), ...costs.map(({ lostUsd }) => lostUsd)]),
    metered: count(metered.length, "metered"),
    unknown: count(metered.filter(({ costUsd, endedAt }) => costUsd === null && endedAt !== null).length, "unknown"),
    open: count(metered.filter(({ cost, endedAt }) => endedAt === null || cost?.isFinal === false).length, "open"),
  };
}

/** Dearest first; what is not known after what is, what has no meter last. */
export function byCost(attempts: Attempt[]): Attempt[] {
  const rank = (attempt: Attempt) => (attempt.costUsd !== null ? 0 : isMetered(attempt) ? 1 : 2);
  return attempts.toSorted((a, b) => rank(a) - rank(b) || Big(b.costUsd ?? 0).cmp(a.costUsd ?? 0));
}
