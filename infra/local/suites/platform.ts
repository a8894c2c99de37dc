import { spawn } from "node:child_process";
import { createWriteStream, existsSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { run } from "../run";

const startMs = 20 * 60_000;
const stopMs = 60_000;

/** Starts a platform of its own for the tests: fresh state, own ports. `stop` rejects when it does not end by itself in time. */
export async function startPlatform(root: string, state: string, log: string): Promise<{ stop: () => Promise<void> }> {
  const ready = path.join(state, "platform.json");
  rmSync(ready, { force: true });
  const child = spawn(process.execPath, ["infra/local/demo.mjs", "--test", "--fresh"], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const out = createWriteStream(log);
  child.stdout.pipe(out);
  child.stderr.pipe(out);
  const ended = new Promise<number>((resolve) => child.once("close", (code) => resolve(code ?? 1)));
  let code: number | null = null;
  void ended.then((value) => {
    code = value;
  });
  const until = Date.now() + startMs;
  while (!existsSync(ready)) {
    if (code !== null) throw new Error(`The platform ended with ${code}:\n${readFileSync(log, "utf8").slice(-3000)}`);
    if (Date.now() > until) {
      child.kill("SIGTERM");
      throw new Error(`The platform was not ready in time:\n${readFileSync(log, "utf8").slice(-3000)}`);
    }
    await delay(200);
  }
  return {
    stop: async () => {
      child.kill("SIGTERM");
      const result = await Promise.race([ended, delay(stopMs, "late", { ref: false })]);
      if (result === "late") throw new Error(`The platform still ran ${stopMs / 1000} s after SIGTERM`);
      if (result !== 0) throw new Error(`The platform ended with ${result}:\n${readFileSync(log, "utf8").slice(-3000)}`);
    },
  };
}

/** Command lines of processes that belong to the platform in `state` and still run: they name it, or work in it as containers do. */
export async function leftovers(state: string): Promise<string[]> {
  const listed = await run(["ps", "axeww", "-o", "pid=,command="]);
  const belongs = (line: string, pid: number) => line.includes(state) || `${workingFolder(pid)}/`.startsWith(`${state}/`);
  return listed.split("\n").filter((line) => {
    const pid = Number.parseInt(line, 10);
    return pid !== process.pid && belongs(line, pid);
  });
}

/** Empty where the process has ended or the system has no /proc. */
function workingFolder(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return "";
  }
}
