import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { leftovers } from "./platform";

/** Nothing of ours, so that no name of the folder is inherited. */
const env = { NODE_ENV: "test" } as const;
const forever = "setInterval(() => undefined, 1000)";

test("a process that is left is found by what it names, and a container's by where it works", async () => {
  const state = mkdtempSync(join(tmpdir(), "penstock-leftovers-"));
  const folder = join(state, "aws", "tasks", "1");
  mkdirSync(folder, { recursive: true });
  const started = [
    spawn(process.execPath, ["-e", forever, state], { stdio: "ignore", env }),
    spawn(process.execPath, ["-e", forever], { stdio: "ignore", env, cwd: folder }),
    spawn(process.execPath, ["-e", forever], { stdio: "ignore", env, cwd: tmpdir() }),
  ];
  try {
    await Promise.all(started.map((child) => new Promise((spawned) => child.once("spawn", spawned))));
    const [naming, working] = started.map((child) => child.pid);
    const found = (await leftovers(state)).map((line) => Number.parseInt(line, 10));
    expect(found.sort()).toEqual([naming, ...(process.platform === "linux" ? [working] : [])].sort());
  } finally {
    for (const child of started) child.kill("SIGKILL");
    rmSync(state, { recursive: true });
  }
});
