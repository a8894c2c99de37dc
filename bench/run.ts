import { spawnSync } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { odbcDriver } from "../infra/local/prerequisites";
import { findUv, venv } from "../infra/local/python";
import { explain, say } from "../infra/local/steps";

const root = fileURLToPath(new URL("..", import.meta.url));
const cache = path.join(root, ".local", "cache");

/** Each benchmark with the locked environment it runs in and the modules it measures. */
const benchmarks = {
  extraction: { lock: "bench/extraction.lock", script: "bench/extraction.py", modules: ["extractor/src"] },
  load: { lock: "extractor/glue/glue-dev.lock", script: "bench/load.py", modules: ["extractor/glue", "extractor/glue/tests"] },
};
type Name = keyof typeof benchmarks;
const isName = (text: string | undefined): text is Name => text !== undefined && text in benchmarks;

async function measure(name: Name, options: string[]): Promise<void> {
  const { lock, script, modules } = benchmarks[name];
  const { python } = await venv(root, cache, await findUv(cache), { name: `bench-${name}`, lock });
  say(`\n${name}`);
  const PYTHONPATH = modules.map((module) => path.join(root, module)).join(path.delimiter);
  const { status } = spawnSync(python, [script, ...options], { cwd: root, stdio: "inherit", env: { ...process.env, PYTHONPATH } });
  if (status !== 0) throw new Error(`${script} ended with ${status}`);
}

const [first, ...rest] = process.argv.slice(2);
try {
  await odbcDriver();
  if (isName(first)) await measure(first, rest);
  else if (first === undefined) for (const name of Object.keys(benchmarks) as Name[]) await measure(name, []);
  else throw new Error(`There is no benchmark ${first}; there are ${Object.keys(benchmarks).join(", ")}.`);
} catch (error) {
  say(explain(error));
  process.exitCode = 1;
}
