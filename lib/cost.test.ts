import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type FargateUse, fargateCost, type GlueUse, glueCost, sumUsd } from "./cost";

const start = Date.UTC(2026, 10, 22, 6, 15);
const task = (change: Partial<FargateUse> = {}): FargateUse => ({
  architecture: "x86_64",
  platformFamily: "Linux",
  launchType: "FARGATE",
  capacityProvider: null,
  cpuUnits: 1024,
  memoryMib: 2048,
  ephemeralGib: 20,
  createdAt: new Date(start - 5000),
  pullStartedAt: new Date(start),
  stoppedAt: new Date(start + 3_600_000),
  ...change,
});
const run = (change: Partial<GlueUse> = {}): GlueUse => ({
  state: "SUCCEEDED",
  glueVersion: "5.1",
  workerType: "G.1X",
  numberOfWorkers: 2,
  maxCapacityDpu: null,
  executionSeconds: 3600,
  dpuSeconds: null,
  executionClass: "STANDARD",
  startedAt: new Date(start),
  ...change,
});
const now = new Date(start + 10_000_000);

/** quantity/divisor × rate in units of 1e-10 dollars, half up, in integers only. */
function integerUsd(quantity: bigint, divisor: bigint, rate: string): bigint {
  const [whole = "0", fraction = ""] = rate.split(".");
  const numerator = quantity * BigInt(whole + fraction) * 10n ** 10n;
  const denominator = divisor * 10n ** BigInt(fraction.length);
  return (numerator * 2n + denominator) / (denominator * 2n);
}
const text = (units: bigint) => `${units / 10n ** 10n}.${String(units % 10n ** 10n).padStart(10, "0")}`.replace(/\.?0+$/, "");

describe("Fargate", () => {
  it("prices an hour of 1 vCPU and 2 GB at the list price", () => {
    const cost = fargateCost(task(), "eu-west-1", now);
    expect(cost.usd).toBe("0.04937");
    expect(cost.lines.map((each) => [each.quantity, each.unit, each.rateUsd, each.usd])).toEqual([
      ["1", "vCPU-hour", "0.04048", "0.04048"],
      ["2", "GB-hour", "0.004445", "0.00889"],
    ]);
    expect(cost).toMatchObject({ isFinal: true, seconds: 3600, priceList: { region: "eu-west-1", asOf: "2026-11-01" } });
  });

  it("equals integer arithmetic for every size and time, and its lines add up to it", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(256, 512, 1024, 2048, 4096),
        fc.integer({ min: 512, max: 30_720 }),
        fc.integer({ min: 20, max: 200 }),
        fc.integer({ min: 0, max: 200_000_000 }),
        (cpu, memory, disk, ms) => {
          const cost = fargateCost(
            task({ cpuUnits: cpu, memoryMib: memory, ephemeralGib: disk, stoppedAt: new Date(start + ms) }),
            "eu-west-1",
            now,
          );
          const seconds = BigInt(Math.max(60, Math.ceil(ms / 1000)));
          const sum =
            integerUsd(seconds * BigInt(cpu), 1024n * 3600n, "0.04048") +
            integerUsd(seconds * BigInt(memory), 1024n * 3600n, "0.004445") +
            integerUsd(seconds * BigInt(disk - 20), 3600n, "0.000111");
          expect(cost.usd).toBe(text(sum));
          expect(sumUsd(cost.lines.map((each) => each.usd))).toBe(cost.usd);
        },
      ),
    );
  });

  it("rounds up to whole seconds and bills at least a minute, saying so", () => {
    const short = fargateCost(task({ stoppedAt: new Date(start + 4_001) }), "eu-west-1", now);
    expect(short.seconds).toBe(60);
    expect(short.formula).toContain("5 s, billed as the 1-minute minimum");
    expect(fargateCost(task({ stoppedAt: new Date(start + 61_001) }), "eu-west-1", now).seconds).toBe(62);
  });

  it.each([
    ["a region that is not in the list", task(), "xx-north-9", /Fargate in xx-north-9/],
    ["Spot", task({ capacityProvider: "FARGATE_SPOT" }), "eu-west-1", /Spot/],
    ["Windows", task({ platformFamily: "Windows_Server_2022_Core" }), "eu-west-1", /Windows/],
    ["ARM where only x86 is known", task({ architecture: "arm64" }), "ap-northeast-1", /arm64/],
    ["storage whose rate is unknown", task({ ephemeralGib: 50 }), "sa-east-1", /ephemeral storage/],
    ["a task of unknown size", task({ memoryMib: null }), "eu-west-1", /measure unknown/],
  ])("says why it is unknown: %s", (_, use, region, reason) => {
    const cost = fargateCost(use, region, now);
    expect(cost.usd).toBeNull();
    expect(cost.reason).toMatch(reason);
  });

  it("prices a running task up to now, and one whose image never came at nothing", () => {
    expect(fargateCost(task({ stoppedAt: null }), "eu-west-1", new Date(start + 90_000))).toMatchObject({ isFinal: false, seconds: 90 });
    expect(fargateCost(task({ pullStartedAt: null, stoppedAt: null }), "eu-west-1", now)).toMatchObject({ usd: null, isFinal: false });
    expect(fargateCost(task({ pullStartedAt: null }), "eu-west-1", now)).toMatchObject({ usd: "0", isFinal: true });
  });
});

describe("Glue", () => {
  it("equals integer arithmetic for every worker type", () => {
    const workers = fc.constantFrom(["G.025X", 1n, 4n], ["G.1X", 1n, 1n], ["G.2X", 2n, 1n], ["G.8X", 8n, 1n]) as fc.Arbitrary<
      [string, bigint, bigint]
    >;
    fc.assert(
      fc.property(
        workers,
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: 200_000 }),
        fc.boolean(),
        ([workerType, numerator, divisor], count, seconds, isFlex) => {
          const cost = glueCost(
            run({ workerType, numberOfWorkers: count, executionSeconds: seconds, executionClass: isFlex ? "FLEX" : "STANDARD" }),
            "eu-west-1",
            now,
          );
          const billed = BigInt(Math.max(60, seconds)) * BigInt(count) * numerator;
          expect(cost.usd).toBe(text(integerUsd(billed, divisor * 3600n, isFlex ? "0.29" : "0.44")));
        },
      ),
    );
  });

  it("takes the DPU-seconds that Glue metered before its own product", () => {
    expect(glueCost(run({ dpuSeconds: "1800.5" }), "eu-west-1", now)).toMatchObject({
      usd: "0.2200611111",
      formula: "1800.5 DPU-seconds as metered ÷ 3600 × rate",
    });
  });

  it("does not price what has no known price", () => {
    expect(glueCost(run({ glueVersion: "6.0" }), "eu-west-1", now).reason).toBe("price unknown: Glue 6.0");
    expect(glueCost(run({ workerType: "R.2X" }), "eu-west-1", now).reason).toBe("price unknown: Glue worker R.2X");
    expect(glueCost(run(), "eu-west-2", now)).toMatchObject({ usd: null, reason: "price unknown: Glue in eu-west-2" });
  });

  it("does not say that a run cost nothing when Glue told no time of it", () => {
    expect(glueCost(run({ executionSeconds: null }), "eu-west-1", now)).toMatchObject({ usd: null, isFinal: true });
    expect(glueCost(run({ executionSeconds: 0 }), "eu-west-1", now)).toMatchObject({ usd: "0", isFinal: true });
  });

  it("estimates a running run from its start, and says when metering has not begun", () => {
    expect(glueCost(run({ state: "RUNNING", executionSeconds: 0 }), "eu-west-1", new Date(start + 120_000))).toMatchObject({
      usd: "0.0293333333",
      isFinal: false,
    });
    expect(glueCost(run({ state: "STARTING", executionSeconds: 0 }), "eu-west-1", now)).toMatchObject({ usd: null, isFinal: false });
  });
});

it("adds decimals without floats, and nothing known stays unknown", () => {
  expect(sumUsd(["0.1", "0.2", null])).toBe("0.3");
  expect(sumUsd([null])).toBeNull();
});
