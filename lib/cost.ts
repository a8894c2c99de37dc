import Big from "big.js";
import { type PriceBook, type PriceList, priceListOf } from "./prices";
import type { Cost, CostLine } from "./schemas/cost";

/** Digits after the point of a line's dollars and hours; lines are rounded half up once and then added exactly. */
const scale = 10;
const minimumSeconds = 60;
const freeEphemeralGib = 20;
const halfUp = 1;

// A constructor of our own: precision set on the shared Big would change other modules' arithmetic.
const Decimal = Big();
Decimal.DP = 40;
Decimal.RM = halfUp;
Decimal.NE = -40;
Decimal.PE = 40;

type When = Date | string | null;

/** What a Fargate task reserved and for how long, as ECS tells it; a ledger row fits. */
export interface FargateUse {
  architecture: string | null;
  platformFamily: string | null;
  launchType: string | null;
  capacityProvider: string | null;
  cpuUnits: number | null;
  memoryMib: number | null;
  ephemeralGib: number | null;
  createdAt: When;
  pullStartedAt: When;
  stoppedAt: When;
}

/** What a Glue run used; numerics may come as decimal text from the ledger. */
export interface GlueUse {
  state: string;
  glueVersion: string | null;
  workerType: string | null;
  numberOfWorkers: number | null;
  maxCapacityDpu: number | string | null;
  executionSeconds: number | null;
  dpuSeconds: number | string | null;
  executionClass: string | null;
  startedAt: When;
}

const time = (when: When) => (when === null ? null : new Date(when).getTime());
const rounded = (value: Big) => {
  const text = value.toFixed(scale, halfUp);
  return text.replace(/\.?0+$/, "");
};

function unknown(basis: Cost["basis"], reason: string, isFinal: boolean, list: PriceList, seconds: number | null = null): Cost {
  const priceList = list.prices ? { region: list.region, asOf: list.asOf } : null;
  return { usd: null, isFinal, basis, seconds, formula: "", lines: [], priceList, reason };
}

/** `unitSeconds` of one resource at `rate` per unit and hour; without a rate its dollars are unknown. */
function line(what: string, unit: string, unitSeconds: Big, rate: string | undefined): CostLine {
  return {
    what,
    quantity: rounded(unitSeconds.div(3600)),
    unit,
    rateUsd: rate ?? null,
    usd: rate === undefined ? null : rounded(unitSeconds.times(rate).div(3600)),
  };
}

function total(lines: CostLine[], cost: Omit<Cost, "usd" | "lines">): Cost {
  const missing = lines.filter((each) => each.usd === null).map((each) => each.what);
  if (missing.length > 0) {
    return { ...cost, lines, usd: null, reason: `price unknown: ${missing.join(", ")} in ${cost.priceList?.region ?? "this region"}` };
  }
  const sum = lines.reduce((so, each) => so.plus(each.usd ?? 0), new Decimal(0));
  return { ...cost, lines, usd: rounded(sum) };
}

/** The cost of work that runs on Airflow's own workers: none of its own. */
export const noCost: Cost = {
  usd: null,
  isFinal: true,
  basis: "none",
  seconds: null,
  formula: "",
  lines: [],
  priceList: null,
  reason: "runs on Airflow's workers, which are billed by the environment hour",
};

function fargateRates(use: FargateUse, { prices, region }: PriceList) {
  if (!prices?.fargate) return `price unknown: Fargate in ${region}`;
  if (use.capacityProvider === "FARGATE_SPOT") return "price unknown: Fargate Spot has no list price";
  if (use.platformFamily && !/^linux$/i.test(use.platformFamily)) return `price unknown: Fargate on ${use.platformFamily}`;
  const architecture = (use.architecture ?? "x86_64").toLowerCase();
  const rates = architecture === "arm64" ? prices.fargate.arm64 : architecture === "x86_64" ? prices.fargate.x86_64 : undefined;
  return rates ? { ...rates, architecture } : `price unknown: Fargate on ${architecture} in ${region}`;
}

/**
 * List-price estimate of a Fargate task: from the start of the image pull to the stop, whole seconds, at least a minute,
 * vCPU + memory + ephemeral storage above 20 GiB. A task that still runs is priced up to `now` and not final.
 */
export function fargateCost(use: FargateUse, book: string | PriceBook, now: Date): Cost {
  const isFinal = use.stoppedAt !== null;
  const from = time(use.pullStartedAt);
  const list = priceListOf(book, from);
  if ((use.launchType ?? "FARGATE") !== "FARGATE" && !use.capacityProvider?.startsWith("FARGATE")) {
    return unknown("none", `runs on ${use.launchType} capacity, whose instances are billed, not this task`, isFinal, list);
  }
  if (from === null) {
    if (isFinal)
      return {
        ...unknown("fargate", "", true, list, 0),
        usd: "0",
        formula: "never pulled its image: nothing is metered",
        reason: undefined,
      };
    return unknown("fargate", "not metered yet: the image pull has not begun", false, list);
  }
  if (use.cpuUnits === null || use.memoryMib === null)
    return unknown("fargate", "measure unknown: ECS told no size of the task", isFinal, list);
  const elapsed = ((time(use.stoppedAt) ?? now.getTime()) - from) / 1000;
  const seconds = Math.max(minimumSeconds, Math.ceil(elapsed));
  const rates = fargateRates(use, list);
  if (typeof rates === "string") return unknown("fargate", rates, isFinal, list, seconds);

  const vcpu = new Decimal(use.cpuUnits).div(1024);
  const gb = new Decimal(use.memoryMib).div(1024);
  const extraGib = Math.max(0, (use.ephemeralGib ?? freeEphemeralGib) - freeEphemeralGib);
  const lines = [
    line(`vCPU (${rates.architecture})`, "vCPU-hour", vcpu.times(seconds), rates.vcpuHour),
    line(`memory (${rates.architecture})`, "GB-hour", gb.times(seconds), rates.gbHour),
  ];
  if (extraGib > 0)
    lines.push(
      line("ephemeral storage above 20 GB", "GB-hour", new Decimal(extraGib).times(seconds), list.prices?.fargate?.ephemeralGbHour),
    );
  const minimum = elapsed < minimumSeconds ? ` (${Math.max(0, Math.ceil(elapsed))} s, billed as the 1-minute minimum)` : "";
  const storage = extraGib > 0 ? ` + ${extraGib} GB × storage rate` : "";
  return total(lines, {
    isFinal,
    basis: "fargate",
    seconds,
    formula: `${seconds} s${minimum} ÷ 3600 × (${vcpu.toFixed()} vCPU × rate + ${gb.toFixed()} GB × rate${storage})`,
    priceList: { region: list.region, asOf: list.asOf },
  });
}

/** DPU of one worker; M-DPU workers (R.*) are priced apart and not in the list. */
const dpuOfWorker: Record<string, string> = {
  "G.025X": "0.25",
  "G.1X": "1",
  "G.2X": "2",
  "G.4X": "4",
  "G.8X": "8",
  "G.12X": "12",
  "G.16X": "16",
  Standard: "1",
};

const endedStates = ["SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR", "EXPIRED"];

function glueCapacity(use: Pick<GlueUse, "workerType" | "numberOfWorkers" | "maxCapacityDpu">): Big | string {
  if (use.workerType !== null && use.numberOfWorkers !== null) {
    const dpu = dpuOfWorker[use.workerType];
    return dpu === undefined ? `price unknown: Glue worker ${use.workerType}` : new Decimal(dpu).times(use.numberOfWorkers);
  }
  return use.maxCapacityDpu === null ? "measure unknown: Glue told no capacity of the run" : new Decimal(use.maxCapacityDpu);
}

/** Execution seconds × DPU as decimal text, for runs whose DPU-seconds Glue does not meter; null where a part is unknown. */
export function glueDpuSeconds(
  use: Pick<GlueUse, "workerType" | "numberOfWorkers" | "maxCapacityDpu" | "executionSeconds">,
): string | null {
  const capacity = glueCapacity(use);
  return typeof capacity === "string" || use.executionSeconds === null ? null : rounded(capacity.times(use.executionSeconds));
}

/**
 * List-price estimate of a Glue run: DPU-seconds as Glue metered them, else execution seconds (at least a minute) × DPU.
 * A run in progress is priced up to `now` and not final.
 */
export function glueCost(use: GlueUse, book: string | PriceBook, now: Date): Cost {
  const isFinal = endedStates.includes(use.state);
  const capacity = glueCapacity(use);
  const started = time(use.startedAt);
  const list = priceListOf(book, started);
  if (typeof capacity === "string") return unknown("glue", capacity, isFinal, list);
  const elapsed = use.state === "RUNNING" && started !== null ? Math.ceil((now.getTime() - started) / 1000) : null;
  const ran = use.executionSeconds || elapsed;
  if (!ran && use.dpuSeconds === null) {
    if (!isFinal) return unknown("glue", "not metered yet: the run has not begun", false, list);
    if (use.executionSeconds === null) return unknown("glue", "measure unknown: Glue told no execution time", true, list);
    return { ...unknown("glue", "", true, list, 0), usd: "0", formula: "never ran: nothing is metered", reason: undefined };
  }
  const seconds = Math.max(minimumSeconds, ran ?? 0);
  const isFlex = use.executionClass === "FLEX";
  const prices = list.prices?.glue;
  if (Number(use.glueVersion ?? "0") >= 6) return unknown("glue", `price unknown: Glue ${use.glueVersion}`, isFinal, list, seconds);
  const rate = isFlex ? prices?.flexDpuHour : prices?.standardDpuHour;
  if (rate === undefined) return unknown("glue", `price unknown: Glue ${isFlex ? "Flex " : ""}in ${list.region}`, isFinal, list, seconds);

  const isMetered = use.dpuSeconds !== null;
  const dpuSeconds = use.dpuSeconds === null ? capacity.times(seconds) : new Decimal(use.dpuSeconds);
  const minimum = ran !== null && ran < minimumSeconds ? ` (${ran} s, billed as the 1-minute minimum)` : "";
  return total([line(isFlex ? "Glue Flex" : "Glue", "DPU-hour", dpuSeconds, rate)], {
    isFinal,
    basis: "glue",
    seconds,
    formula: isMetered
      ? `${dpuSeconds.toFixed()} DPU-seconds as metered ÷ 3600 × rate`
      : `${seconds} s${minimum} × ${capacity.toFixed()} DPU ÷ 3600 × rate`,
    priceList: { region: list.region, asOf: list.asOf },
  });
}

/** The exact sum of decimal dollars; null when there is nothing known to add. */
export function sumUsd(amounts: Iterable<string | null>): string | null {
  let sum: Big | null = null;
  for (const amount of amounts) if (amount !== null) sum = (sum ?? new Decimal(0)).plus(amount);
  return sum === null ? null : rounded(sum);
}

/** A container that ECS forgot before anybody saw it stop: for how long it ran is unknown, and stays so. */
const forgotten = (cost: Cost): Cost => ({
  ...cost,
  usd: null,
  isFinal: true,
  reason: "measure unknown: ECS forgot the task before it was seen to stop",
});

/**
 * What all containers and Glue runs of one attempt (a launch that was repeated, Glue's own retries) cost together; one unknown part makes the sum unknown.
 * Null when there are none.
 */
export function attemptCost(
  tasks: (FargateUse & { missingSince: When })[],
  runs: GlueUse[],
  book: string | PriceBook,
  now: Date,
): Cost | null {
  const parts = [
    ...tasks.map((task) => (task.missingSince === null ? fargateCost(task, book, now) : forgotten(fargateCost(task, book, now)))),
    ...runs.map((run) => glueCost(run, book, now)),
  ];
  const [first, ...rest] = parts;
  if (!first || rest.length === 0) return first ?? null;
  const unknownPart = parts.find((part) => part.usd === null);
  return {
    ...first,
    usd: unknownPart ? null : sumUsd(parts.map((part) => part.usd)),
    isFinal: parts.every((part) => part.isFinal),
    seconds: parts.reduce((sum, part) => sum + (part.seconds ?? 0), 0),
    formula: parts.map((part) => part.formula).join(" + "),
    lines: parts.flatMap((part) => part.lines),
    reason: unknownPart?.reason,
  };
}
