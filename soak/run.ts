import path from "node:path";
import { fileURLToPath } from "node:url";
import { explain, say, seconds } from "../infra/local/steps";
import { startPlatform } from "../infra/local/suites/platform";
import connections from "./connections";
import faults from "./faults";
import outages from "./outages";
import { choosePlatform, platformState } from "./settings";
import { Report, type Trial } from "./trial";

const trials: Trial[] = [faults, outages, connections];

async function onPlatform(work: () => Promise<void>): Promise<void> {
  if (platformState() !== null) return work();
  const root = fileURLToPath(new URL("..", import.meta.url));
  const state = path.join(root, ".local", "test");
  choosePlatform(state);
  const platform = await startPlatform(root, state, path.join(root, ".local", "soak-platform.log"));
  try {
    await work();
  } finally {
    await platform.stop();
  }
}

async function soak(chosen: Trial[], options: string[]): Promise<void> {
  for (const trial of chosen) {
    const began = performance.now();
    const report = new Report(trial.name);
    say(`\n${trial.name}`);
    await trial.run(report, options);
    say(`  ${report.passed} passed, ${report.failed.length} failed (${seconds(performance.now() - began)})`);
    if (report.failed.length > 0) process.exitCode = 1;
  }
}

const given = process.argv.slice(2);
const firstOption = given.findIndex((each) => each.startsWith("-"));
const names = firstOption === -1 ? given : given.slice(0, firstOption);
const unknown = names.filter((name) => !trials.some((trial) => trial.name === name));
try {
  if (unknown.length > 0)
    throw new Error(`There is no trial ${unknown.join(", ")}; there are ${trials.map((trial) => trial.name).join(", ")}.`);
  const chosen = names.length > 0 ? trials.filter((trial) => names.includes(trial.name)) : trials;
  const onIts = chosen.every((trial) => trial.hasItsOwnServer) ? (work: () => Promise<void>) => work() : onPlatform;
  await onIts(() => soak(chosen, firstOption === -1 ? [] : given.slice(firstOption)));
} catch (error) {
  say(explain(error));
  process.exitCode = 1;
}
