import type { AttemptFact, RunFact } from "@/lib/schemas/facts";
import { pipelineFacts } from "@/server/sample/catalogue";
import { addFacts, noFacts } from "@/server/sample/facts";
import { runsBetween } from "@/server/sample/runs";
import { isoformat } from "@/server/sample/timeline";
import { dayMs, World } from "@/server/sample/world";
import type { SimulatedHistory, SimulatedRun } from "./simulate";

export interface CompanyOptions {
  seed: string;
  days: number;
  until: Date;
  /** How often each run is told, each time a little later: the pipelines stay as they are, and so does the share of each. */
  factor: number;
}

/** From one copy of a run to the next: no two copies of a schedule meet, and a hundred stay within the hour. */
const copyEveryMs = 35_993;

/** The history of the sample company, many times over, oldest first. */
export function companyHistory({ seed, days, until, factor }: CompanyOptions): SimulatedHistory {
  const anchor = new Date(until.getTime() - days * dayMs).toISOString().slice(0, 10);
  const world = new World(seed, anchor);
  const now = until.getTime() - factor * copyEveryMs;
  return { pipelines: pipelineFacts(world, now).ever, runs: companyRuns(world, now, factor) };
}

function* companyRuns(world: World, now: number, factor: number): Generator<SimulatedRun> {
  for (let from = world.instant(-1); from < now; from += dayMs) {
    for (const run of runsBetween(world, from, Math.min(now, from + dayMs))) {
      const facts = noFacts();
      addFacts(world, facts, run, now);
      const [fact] = facts.runs;
      if (!fact) continue;
      for (let copy = 0; copy < factor; copy++) yield copyOf(fact, facts.attempts, run.runAfter, copy * copyEveryMs);
    }
  }
}

function copyOf(run: RunFact, attempts: AttemptFact[], runAfter: number, shiftMs: number): SimulatedRun {
  const runId = `${run.runId.slice(0, run.runId.indexOf("__"))}__${isoformat(runAfter + shiftMs)}`;
  return { run: { ...shifted(run, shiftMs), runId }, attempts: attempts.map((attempt) => ({ ...shifted(attempt, shiftMs), runId })) };
}

function shifted<T extends object>(fact: T, shiftMs: number): T {
  const later = Object.entries(fact).map(([name, value]) => [name, value instanceof Date ? new Date(value.getTime() + shiftMs) : value]);
  return Object.fromEntries(later) as T;
}
