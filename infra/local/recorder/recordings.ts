import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { minorOf } from "../airflow-versions";
import type { Recording } from "./answers";
import { differences } from "./shape";

/** Where the answers of a version lie, for the tests of the adapters. */
export const recordingsFolder = (root: string, version: string) => join(root, "server", "sources", "recorded", "airflow", minorOf(version));

export function writeJson(file: string, content: unknown): void {
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`);
}

export function writeRecordings(folder: string, recordings: Record<string, Recording>): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, recording] of Object.entries(recordings)) writeJson(join(folder, `${name}.json`), recording);
}

/** What is different about the live answers; a version that was never recorded has nothing to differ from. */
export function compareRecordings(folder: string, live: Record<string, Recording>): string[] {
  if (!existsSync(folder)) return [];
  const known = readdirSync(folder).filter((file) => file.endsWith(".json") && file !== "ledger.json");
  const problems = known.flatMap((file) => {
    const name = file.replace(/\.json$/, "");
    const recorded = JSON.parse(readFileSync(join(folder, file), "utf8")) as Recording;
    const now = live[name];
    if (!now) return [`${name}: no longer asked`];
    if (now.status !== recorded.status) return [`${name}: HTTP ${now.status}, was ${recorded.status}`];
    return differences(recorded.answer, now.answer).map((difference) => `${name}: ${difference}`);
  });
  const added = Object.keys(live).filter((name) => !known.includes(`${name}.json`));
  return [...problems, ...added.map((name) => `${name}: not recorded yet`)];
}
