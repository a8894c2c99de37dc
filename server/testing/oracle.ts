import { spawnSync } from "node:child_process";
import path from "node:path";

/** One question to the oracle of the sample company, with its answer. What the kinds are about: infra/sample-oracle. */
export interface Answered {
  id: number;
  kind: string;
  pipeline: string;
  runId: string;
  task: string;
  mapIndex: number;
  try: number;
  table: string;
  date: string;
  answer: unknown;
}

export interface Asked {
  seed: string;
  anchor: string;
  now: string;
  days: string[];
}

/** Random questions about some days, and what is true. The oracle is a Python program that shares no code with the product. */
export function askOracle({ seed, anchor, now, days }: Asked, count: number): Answered[] {
  const { stdout, stderr, status, error } = spawnSync(
    "python3",
    [
      ...["-m", "sample_oracle", "--seed", seed, "--anchor", anchor, "--now", now],
      ...["questions", "--answers", "--count", String(count), "--days", days.join(",")],
    ],
    { cwd: path.join("infra", "sample-oracle"), encoding: "utf8", maxBuffer: 64 * 1024 * 1024 },
  );
  if (status !== 0) throw new Error(`the oracle failed: ${error?.message ?? stderr}`);
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Answered);
}
