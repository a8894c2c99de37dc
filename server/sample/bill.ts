import "server-only";
import Big from "big.js";
import { type FargateUse, fargateCost, glueCost, sumUsd } from "@/lib/cost";
import type { PriceBook } from "@/lib/prices";
import type { Cost } from "@/lib/schemas/cost";
import { priceBook } from "./catalogue";
import { runsBetween } from "./runs";
import type { Container, GlueWork, Try } from "./timeline";
import { dpuOf } from "./tries";
import { dayMs, type World } from "./world";

/** One usage type of one day (UTC), as the account's bill lists it. */
export interface BillLine {
  day: string;
  service: "Elastic Container Service" | "Glue";
  usageType: string;
  quantity: string;
  unit: string;
  usd: string;
}

/** Spot costs three tenths of the list price. */
const spotShare = "0.3";

const spotOf = (book: PriceBook): PriceBook => {
  const cheaper = (price: string) => new Big(price).times(spotShare).toFixed();
  return (at) => {
    const list = book(at);
    const fargate = list.prices?.fargate;
    if (!list.prices || !fargate?.x86_64 || !fargate.arm64) return list;
    const compute = ({ vcpuHour, gbHour }: typeof fargate.x86_64) => ({ vcpuHour: cheaper(vcpuHour), gbHour: cheaper(gbHour) });
    return { ...list, prices: { ...list.prices, fargate: { x86_64: compute(fargate.x86_64), arm64: compute(fargate.arm64) } } };
  };
};

/**
 * What the account is billed for days [fromDay, toDay): everything that was metered, counted where the metering began. Unlike the ledger's estimates it knows
 * the price of Spot and the containers that nobody saw.
 */
export function billBetween(world: World, fromDay: number, toDay: number): BillLine[] {
  const [from, to] = [world.instant(fromDay), world.instant(toDay)];
  const book = priceBook(world);
  const sums = new Map<string, BillLine>();
  // What is metered in these days may belong to a run that began before.
  for (const run of runsBetween(world, from - dayMs, to)) {
    for (const each of run.tries) {
      const at = each.container?.pullStartedAt ?? each.glue?.startedAt ?? null;
      if (at !== null && at >= from && at < to) addTo(sums, world.dateOf(world.utcDay(at)), each, book);
    }
  }
  return [...sums.values()].sort((a, b) => (a.day + a.usageType < b.day + b.usageType ? -1 : 1));
}

function addTo(sums: Map<string, BillLine>, day: string, { container, glue }: Try, book: PriceBook): void {
  const service = container ? "Elastic Container Service" : "Glue";
  const { lines } = container ? containerCost(container, book) : glue ? glueRunCost(glue, book) : { lines: [] };
  for (const { what, quantity, unit, usd } of lines) {
    const usageType = container?.isSpot ? `Spot ${what}` : what;
    const key = `${day} ${usageType}`;
    const known = sums.get(key);
    const plus = (before: string | undefined, more: string | null) => sumUsd([before ?? "0", more]) ?? "0";
    sums.set(key, { day, service, usageType, unit, quantity: plus(known?.quantity, quantity), usd: plus(known?.usd, usd) });
  }
}

function containerCost({ definition, revision, isSpot, ...times }: Container, book: PriceBook): Cost {
  const use: FargateUse = {
    architecture: definition.architecture.toLowerCase(),
    platformFamily: "Linux",
    launchType: "FARGATE",
    capacityProvider: "FARGATE",
    cpuUnits: revision.cpuUnits,
    memoryMib: revision.memoryMib,
    ephemeralGib: null,
    createdAt: new Date(times.createdAt),
    pullStartedAt: times.pullStartedAt === null ? null : new Date(times.pullStartedAt),
    stoppedAt: new Date(times.stoppedAt),
  };
  return fargateCost(use, isSpot ? spotOf(book) : book, new Date(times.stoppedAt));
}

function glueRunCost({ job, startedAt, executionSeconds, dpuSeconds, completedAt }: GlueWork, book: PriceBook): Cost {
  const use = { state: "SUCCEEDED", glueVersion: "5.0", maxCapacityDpu: dpuOf[job.workerType] * job.numberOfWorkers };
  return glueCost({ ...job, ...use, executionSeconds, dpuSeconds, startedAt: new Date(startedAt) }, book, new Date(completedAt));
}
