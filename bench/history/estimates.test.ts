import { expect, test } from "vitest";
import { companyTrial } from "./estimates";

test("on the sample company the band holds eight ends in ten, whatever part of the usual time has passed", () => {
  const trial = companyTrial({ seed: "1", days: 40, until: new Date("2026-11-22T00:00:00Z"), ends: 30 });
  const share = ({ held, ends }: { held: number; ends: number }) => held / ends;
  expect(trial.ends).toBeGreaterThan(1_000);
  expect(share(trial)).toBeGreaterThan(0.75);
  expect(share(trial)).toBeLessThan(0.85);
  for (const part of [...trial.byElapsed, ...trial.byTasks].filter(({ ends }) => ends >= 200)) {
    expect(share(part), JSON.stringify(part)).toBeGreaterThan(0.73);
    expect(share(part), JSON.stringify(part)).toBeLessThan(0.87);
  }
}, 120_000);
