import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { buildDashboard } from "../infra/local/dashboard";
import { odbcDriver } from "../infra/local/prerequisites";
import { findUv, venv } from "../infra/local/python";
import { explain, say } from "../infra/local/steps";
import { requireChromium } from "../infra/local/suites/chromium";

const root = fileURLToPath(new URL("..", import.meta.url));
const cache = path.join(root, ".local", "cache");

/** Benchmarks in Python, each with the locked environment it runs in and the modules it measures. */
const python = {
  extraction: { lock: "bench/extraction.lock", script: "bench/extraction.py", modules: ["extractor/src"] },
  load: { lock: "extractor/glue/glue-dev.lock", script: "bench/load.py", modules: ["extractor/glue", "extractor/glue/tests"] },
};
/** Those of the dashboard, each a process of its own, most on the built application. */
const node = ["calls", "staleness", "list", "ingest", "start", "fan-out", "eta", "failures", "grid", "pages", "filters"];
/** Those that a browser sees. */
const seen = ["grid", "pages", "filters"];
/** Those that need no built application. */
const bare = ["ingest", "eta", "failures"];
const names = [...Object.keys(python), ...node];

async function measurePython(name: keyof typeof python, options: string[]): Promise<void> {
  const { lock, script, modules } = python[name];
  await odbcDriver();
  const environment = await venv(root, cache, await findUv(cache), { name: `bench-${name}`, lock });
  const PYTHONPATH = modules.map((module) => path.join(root, module)).join(path.delimiter);
  run(environment.python, [script, ...options], { PYTHONPATH });
}

async function measureNode(name: string, options: string[]): Promise<void> {
  if (seen.includes(name)) await requireChromium();
  if (!bare.includes(name)) await buildDashboard(root, cache);
  const args = ["--conditions=react-server", "--import", "tsx", `bench/${name}.ts`, ...options];
  run(process.execPath, args, { NODE_NO_WARNINGS: "1", BENCH_TARGETS: targetsFile(name) });
}

function run(program: string, args: string[], env: Record<string, string>): void {
  const { status } = spawnSync(program, args, { cwd: root, stdio: "inherit", env: { ...process.env, ...env } });
  if (status !== 0) throw new Error(`${args.find((each) => each.startsWith("bench/"))} ended with ${status}`);
}

const folder = mkdtempSync(path.join(tmpdir(), "penstock-bench-"));
const targetsFile = (name: string) => path.join(folder, name);

/** Each target with what was measured, by benchmark; says whether all were met. */
function sumUp(measured: string[]): boolean {
  const lines = measured.flatMap((name) => {
    const told = existsSync(targetsFile(name)) ? readFileSync(targetsFile(name), "utf8").trim().split("\n") : [];
    return told.map((line) => `${line[0]} ${name} · ${line.slice(2)}`);
  });
  const missed = lines.filter((line) => line.startsWith("✗"));
  if (lines.length > 0) say(`\n${lines.length - missed.length} of ${lines.length} targets met, load ${loadavg()[0]?.toFixed(1)}`);
  for (const line of lines) say(`  ${line}`);
  return missed.length === 0;
}

const given = process.argv.slice(2);
const firstOption = given.findIndex((each) => each.startsWith("-"));
const chosen = firstOption < 0 ? given : given.slice(0, firstOption);
const options = firstOption < 0 ? [] : given.slice(firstOption);
const isStrict = options.includes("--strict");
try {
  const unknown = chosen.filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new Error(`There is no benchmark ${unknown.join(", ")}; there are ${names.join(", ")}.`);
  const measured = chosen.length > 0 ? chosen : names;
  const passed = options.filter((each) => each !== "--strict");
  for (const name of measured) {
    say(`\n${name}, load ${loadavg()[0]?.toFixed(1)}`);
    if (name in python) await measurePython(name as keyof typeof python, passed);
    else await measureNode(name, passed);
  }
  if (!sumUp(measured) && isStrict) process.exitCode = 1;
} catch (error) {
  say(explain(error));
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
