import { expect, it } from "vitest";
import { addFacts, factsBetween, noFacts } from "./facts";
import { OpenRuns } from "./live";
import { hourMs, World } from "./world";

// Of this seed one container is under way when the collector goes away.
const world = new World("25", "2026-07-25");
const [away] = world.effects("collector_away");
if (!away) throw new Error("no such day");

const sorted = (facts: { taskArn: string }[]) => [...facts].sort((a, b) => (a.taskArn < b.taskArn ? -1 : 1));

it("what is told as it happens is in the end what is told at once, also of containers that are forgotten a day later", async () => {
  const [from, to] = [away.from - hourMs, away.to + hourMs];
  const open = new OpenRuns(world, from);
  const known = new Map<string, { taskArn: string }>();
  for (let last = from; last < to; last += hourMs) {
    const now = Math.min(to, last + hourMs);
    for (const run of await open.changed(last, now)) {
      const facts = noFacts();
      addFacts(world, facts, run, now);
      for (const fact of facts.containers) known.set(fact.taskArn, fact);
    }
  }
  const whole = factsBetween(world, from, to, to).containers;
  expect(whole.some(({ missingSince }) => missingSince !== null)).toBe(true);
  expect(sorted([...known.values()].filter(({ taskArn }) => whole.some((fact) => fact.taskArn === taskArn)))).toEqual(sorted(whole));
});
