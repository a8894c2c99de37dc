import fc from "fast-check";
import { expect, it } from "vitest";
import { byCost, runCostSums } from "./run-cost";
import type { Attempt } from "./schemas/attempt";

const attempt = (over: Partial<Attempt>) =>
  ({ kind: "ecs", cost: null, costUsd: null, isLatest: true, state: "success", endedAt: "2026-03-16T07:00:00Z", ...over }) as Attempt;

it("adds exactly, and says what was lost to tries that failed", () => {
  const sums = runCostSums([
    attempt({ costUsd: "0.1" }),
    attempt({ costUsd: "0.2", isLatest: false, state: "failed" }),
    attempt({ costUsd: "0.0000000001", state: "failed" }),
    attempt({ kind: "airflow" }),
  ]);
  expect(sums).toEqual({ usd: "0.3000000001", lostUsd: "0.2000000001", metered: 3, unknown: 0, open: 0 });
});

it("leaves out of the sum what nobody knows, and counts it; nothing known is not nothing", () => {
  expect(runCostSums([attempt({}), attempt({ costUsd: "1" }), attempt({ endedAt: null })])).toMatchObject({
    usd: "1",
    unknown: 1,
    open: 1,
  });
  expect(runCostSums([attempt({})])).toMatchObject({ usd: null, lostUsd: null });
});

it("puts the dearest first, however many digits", () => {
  const money = fc
    .integer({ min: 0, max: 10 ** 12 })
    .map((units) => `${BigInt(units) / 10n ** 9n}.${(BigInt(units) % 10n ** 9n).toString().padStart(9, "0")}`);
  fc.assert(
    fc.property(fc.array(fc.option(money, { nil: null })), (amounts) => {
      const order = byCost(amounts.map((costUsd) => attempt({ costUsd }))).map(({ costUsd }) => costUsd);
      const known = order.flatMap((usd) => (usd === null ? [] : [BigInt(usd.replace(".", ""))]));
      expect(known).toEqual(known.toSorted((a, b) => (a < b ? 1 : a > b ? -1 : 0)));
      expect(order.slice(known.length).every((usd) => usd === null)).toBe(true);
    }),
  );
});
