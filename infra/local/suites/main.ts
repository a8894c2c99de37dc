import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { javaHome, odbcDriver } from "../prerequisites";
import { findUv, type Venv, venv } from "../python";
import { explain, say, step } from "../steps";
import { platformSuites, pythonProjects, pythonSuites, staticSuites } from "./catalogue";
import { requireChromium } from "./chromium";
import { permissionDifferences } from "./permissions";
import { leftovers, startPlatform } from "./platform";
import { excerpt, type Result, runSuite, type Suite } from "./suite";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const state = path.join(root, ".local", "test");
const reports = path.join(root, ".local", "reports");
const cache = path.join(root, ".local", "cache");
const results: Result[] = [];

async function lane(suites: Suite[]): Promise<void> {
  for (const suite of suites) report(await runSuite(suite, reports));
}

function report(result: Result): void {
  results.push(result);
  const mark = result.failed === 0 ? "✓" : "✗";
  say(
    `  ${mark} ${result.name}: ${result.passed} passed, ${result.failed} failed (${result.seconds.toFixed(0)} s)${result.failed ? ` → ${result.log}` : ""}`,
  );
}

/** A failure outside any suite counts as one failed test, so that the last line can never be good by omission. */
async function counted(name: string, work: () => Promise<void>): Promise<void> {
  const began = performance.now();
  const done = (failed: number) =>
    report({ name, passed: 1 - failed, failed, seconds: (performance.now() - began) / 1000, log: "see above" });
  try {
    await work();
    done(0);
  } catch (error) {
    say(explain(error));
    done(1);
  }
}

async function developmentVenvs(): Promise<Map<string, Venv>> {
  const uv = await step("uv", () => findUv(cache));
  const made = new Map<string, Venv>();
  for (const { name, lock } of pythonProjects) {
    made.set(name, await step(`Python tools of ${name}`, () => venv(root, cache, uv, { name: `${name}-test`, lock })));
  }
  return made;
}

async function onPlatform(): Promise<void> {
  const platform = await startPlatform(root, state, path.join(reports, "platform.log"));
  try {
    await lane(platformSuites(state));
    await counted("the dashboard's roles may do what the suites made them do, and nothing else", comparePermissions);
  } finally {
    await counted("the platform ends when told", platform.stop);
  }
}

async function comparePermissions(): Promise<void> {
  const [granted, recorded] = ["grants.jsonl", "actions.jsonl"].map((file) => readFileSync(path.join(state, "aws", file), "utf8"));
  const differences = permissionDifferences(granted ?? "", recorded ?? "");
  if (differences.length > 0) throw new Error(differences.join("\n"));
}

async function main(): Promise<void> {
  process.chdir(root);
  rmSync(reports, { recursive: true, force: true });
  await counted("prerequisites", async () => {
    await step("ODBC driver", odbcDriver);
    await step("Java", async () => javaHome());
    await step("Chromium", requireChromium);
    const venvs = await developmentVenvs();
    const bin = (name: string) => venvs.get(name)?.bin ?? "";
    await Promise.all([lane(staticSuites(reports, bin("shop"))), lane(pythonSuites(reports, bin))]);
  });
  await counted("platform", onPlatform);
  await counted("no process is left behind", async () => {
    const left = await leftovers(state);
    if (left.length > 0) throw new Error(left.join("\n"));
  });
}

await main();
const total = (key: "passed" | "failed") => results.reduce((sum, result) => sum + result[key], 0);
const failed = results.filter((result) => result.failed > 0);
for (const { name, log } of failed) say(`\n✗ ${name} → ${log}\n${excerpt(log)}`);
if (failed.length > 0) say(`\nFailed: ${failed.map(({ name }) => name).join(", ")}`);
say(`${total("passed")} passed, ${total("failed")} failed`);
process.exitCode = failed.length > 0 ? 1 : 0;
