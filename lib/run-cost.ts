import Big from "big.js";
import type { Attempt } from "./schemas/attempt";

/** Exact decimal text; `unknown` attempts cost something that nobody knows and are in no sum. `lost`: of tries that failed or were tried again. */
export interface RunCostSums {
  usd: string | null;
  lostUsd: string | null;
  metered: number;
  unknown: number;
  open: number;
}

const isMetered = ({ kind, cost }: Attempt) => (cost === null ? kind !== "airflow" : cost.basis !== "none");

/** A try whose work was thrown away: it failed, or another try of its task followed. */
export const isLost = ({ isLatest, state }: Attempt) => !isLatest || state === "failed";

export function runCostSums(attempts: Attempt[]): RunCostSums {
  const metered = attempts.filter(isMetered);
  const sum = (some: Attempt[]) => {
    const known = some.flatMap(({ costUsd }) => costUsd ?? []);
    return known.length === 0 ? null : known.reduce((total, usd) => total.plus(usd), Big(0)).toFixed();
  };
  return {
    usd: sum(metered),
    lostUsd: sum(metered.filter(isLost)),
    metered: metered.length,
    unknown: metered.filter(({ costUsd, endedAt }) => costUsd === null && endedAt !== null).length,
    open: metered.filter(({ cost, endedAt }) => endedAt === null || cost?.isFinal === false).length,
  };
}

/** Dearest first; what is not known after what is, what has no meter last. */
export function byCost(attempts: Attempt[]): Attempt[] {
  const rank = (attempt: Attempt) => (attempt.costUsd !== null ? 0 : isMetered(attempt) ? 1 : 2);
  return attempts.toSorted((a, b) => rank(a) - rank(b) || Big(b.costUsd ?? 0).cmp(a.costUsd ?? 0));
}
