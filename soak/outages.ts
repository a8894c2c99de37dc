import { setTimeout as delay } from "node:timers/promises";
import type { FaultRule, HttpFault } from "../infra/local/fault-proxy/rules";
import { breakSources, callsSince, mendSources, sources } from "./platform";
import type { Report, Trial } from "./trial";

/** The collector's idle periods (server/collector/look-*.ts), by the service that is asked. */
const periods = { airflow: 15_000, ecs: 20_000, glue: 20_000, warehouse: 15_000 };
const names = Object.keys(periods) as (keyof typeof periods)[];
const kinds: HttpFault[] = ["503", "throttling-exception", "hang"];
/** Ten of the longest period. */
const spanMs = 200_000;
const countEveryMs = 5_000;

/** Requests of each service in slices of time. */
async function count(forMs: number): Promise<Map<string, number[]>> {
  const slices = new Map<string, number[]>();
  await callsSince();
  for (let slice = 0; slice * countEveryMs < forMs; slice++) {
    await delay(countEveryMs);
    for (const { service, count: made } of await callsSince()) {
      const known = slices.get(service) ?? [];
      known[slice] = (known[slice] ?? 0) + made;
      slices.set(service, known);
    }
  }
  return slices;
}

const total = (slices: number[] | undefined) => (slices ?? []).reduce((sum, each) => sum + (each ?? 0), 0);
/** The most in one period. */
function peak(slices: number[] | undefined, periodMs: number): number {
  const width = Math.ceil(periodMs / countEveryMs);
  return Math.max(0, ...Array.from({ length: Math.max(0, (slices ?? []).length) }, (_, at) => total(slices?.slice(at, at + width))));
}

/** How long each source takes to have been read again. */
async function untilFresh(since: number): Promise<Map<string, number>> {
  const fresh = new Map<string, number>();
  for (const until = since + 90_000; fresh.size < names.length && Date.now() < until; await delay(500)) {
    for (const source of await sources()) {
      // Others are not broken and are read all the while.
      const isFresh = names.some((name) => name === source.name) && source.asOf !== null && Date.parse(source.asOf) > since;
      if (isFresh && !fresh.has(source.name)) fresh.set(source.name, Date.parse(source.asOf as string) - since);
    }
  }
  return fresh;
}

async function run(report: Report): Promise<void> {
  await mendSources();
  await count(30_000);
  const normal = await count(spanMs);
  for (const fault of kinds) {
    const rules: FaultRule[] = [
      ...(["airflow", "ecs", "glue"] as const).map((service) => ({ service, fault })),
      { service: "warehouse", fault: fault === "hang" ? "hang" : "refuse" },
    ];
    await breakSources(rules);
    const during = await count(spanMs);
    await mendSources();
    const back = Date.now();
    const [fresh, after] = await Promise.all([untilFresh(back), count(60_000)]);
    for (const name of names) {
      const freshMs = fresh.get(name) ?? Number.POSITIVE_INFINITY;
      report.figure(`${name} after ${fault}`, `fresh after ${(freshMs / 1000).toFixed(1)} s of ${(periods[name] + 10_000) / 1000} s`);
      report.check(`${name} after ${fault}: fresh within one period and 10 s`, freshMs <= periods[name] + 10_000);
      if (name === "warehouse") continue;
      const ratio = total(during.get(name)) / total(normal.get(name));
      const [usual, burst] = [peak(normal.get(name), periods[name]), peak(after.get(name), periods[name])];
      report.figure(
        `${name} with ${fault}`,
        `${ratio.toFixed(2)} of the normal requests; after it at most ${burst} in a period, normally ${usual}`,
      );
      report.check(`${name} with ${fault}: at most 1.1 of the normal requests`, ratio <= 1.1);
      report.check(`${name} after ${fault}: no burst above twice the normal`, burst <= 2 * usual);
    }
  }
}

export default { name: "outages", run } satisfies Trial;
