import { expect, it } from "vitest";
import { attemptCost, sumUsd } from "@/lib/cost";
import { billBetween } from "./bill";
import { priceBook } from "./catalogue";
import { factsBetween } from "./facts";
import { World } from "./world";

const world = new World("penstock", "2026-07-25");
const later = world.instant(400);

/** What the product estimates of everything that began on a day. */
function estimate(day: number): { usd: string | null; unknown: number } {
  const [from, to] = [world.instant(day), world.instant(day + 1)];
  const facts = factsBetween(world, world.instant(day - 1), to, later);
  const isOfDay = (at: Date | null) => at !== null && at.getTime() >= from && at.getTime() < to;
  const book = priceBook(world);
  const costs = [
    ...facts.containers.filter((each) => isOfDay(each.pullStartedAt)).map((each) => attemptCost([each], [], book, new Date(later))),
    ...facts.glueRuns.filter((each) => isOfDay(each.startedAt)).map((each) => attemptCost([], [each], book, new Date(later))),
  ];
  return { usd: sumUsd(costs.map((cost) => cost?.usd ?? null)), unknown: costs.filter((cost) => cost?.usd === null).length };
}

it("the bill is the sum of the estimates and of Spot, before and after prices changed", () => {
  for (const day of [34, 99]) {
    const bill = billBetween(world, day, day + 1);
    expect(sumUsd(bill.filter(({ usageType }) => !usageType.startsWith("Spot ")).map(({ usd }) => usd))).toBe(estimate(day).usd);
    expect(Number(sumUsd(bill.filter(({ usageType }) => usageType.startsWith("Spot ")).map(({ usd }) => usd)))).toBeGreaterThan(0);
    expect(estimate(day).unknown).toBeGreaterThan(0);
  }
});

it("the bill knows the containers of the day without a collector", () => {
  const bill = billBetween(world, 88, 90).filter(({ usageType }) => !usageType.startsWith("Spot "));
  const known = sumUsd([estimate(88).usd, estimate(89).usd]);
  expect(Number(sumUsd(bill.map(({ usd }) => usd)))).toBeGreaterThan(Number(known));
});
