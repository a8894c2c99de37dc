import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { endLeftovers, startChild, untilReady } from "./child";
import { identify, listProcesses, membersOf } from "./processes";

let state: string;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "penstock-child-"));
});
afterEach(() => rmSync(state, { recursive: true, force: true }));

const env = { PATH: process.env.PATH ?? "" };
const spec = (script: string, graceMs = 500) => ({
  name: "service",
  argv: [process.execPath, "-e", script] as [string, ...string[]],
  cwd: state,
  env,
  graceMs,
});
const isAlive = (pid: number) => listProcesses().some((each) => each.pid === pid);
const printed = () => readFileSync(join(state, "logs", "service.log"), "utf8");
const pidPrinted = async () => Number(await vi.waitFor(() => /pid (\d+)/.exec(printed())?.[1] ?? Promise.reject(new Error("not yet"))));

const forever = "setInterval(() => undefined, 1000)";
/** A grandchild in a session of its own that ignores SIGTERM: the worst that a service leaves behind. */
const daemon = `
  const child = require("node:child_process").spawn(process.execPath,
    ["-e", "process.on('SIGTERM', () => undefined); ${forever}; console.log('pid ' + process.pid)"],
    { detached: true, stdio: ["ignore", "inherit", "inherit"] });
  ${forever}`;

describe("a child of the supervisor", () => {
  test("stop ends grandchildren too, even those with a session of their own", async () => {
    const child = await startChild(state, spec(daemon));
    const grandchild = await pidPrinted();
    await child.stop();
    expect(isAlive(child.pid)).toBe(false);
    expect(isAlive(grandchild)).toBe(false);
  });

  test("a start that ends says how, with the last lines of its log", async () => {
    const child = await startChild(state, spec("console.log('no database'); process.exit(3)"));
    await expect(untilReady(state, child, async () => false, 10_000)).rejects.toThrow(/exit code 3[\s\S]*no database/);
  });

  test("a start that takes too long says so", async () => {
    const child = await startChild(state, spec(forever));
    await expect(untilReady(state, child, () => Promise.reject(new Error("refused")), 200)).rejects.toThrow("was not ready after 0.2 s");
    await child.kill();
  });

  test("what a killed supervisor left is stopped at the next start, and told", async () => {
    const child = await startChild(state, spec(daemon));
    const grandchild = await pidPrinted();
    const told = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    await endLeftovers(state);
    expect(told.mock.calls.join("")).toMatch(/stopped service that an earlier run left behind/);
    told.mockRestore();
    expect(isAlive(child.pid)).toBe(false);
    expect(isAlive(grandchild)).toBe(false);
    expect(readdirSync(join(state, "run"))).toEqual([]);
  });

  test("a process that only has the id of a leftover is left alone", async () => {
    const stranger = spawn(process.execPath, ["-e", forever], { detached: true, stdio: "ignore" });
    const pid = stranger.pid ?? 0;
    const child = await startChild(state, spec(forever));
    await child.stop();
    writeFileSync(join(state, "run", "old.json"), JSON.stringify({ pid, process: "Mon Jan  1 00:00:00 2024 node old" }));
    await endLeftovers(state);
    expect(identify(pid)).not.toBeNull();
    process.kill(-pid, "SIGKILL");
  });

  test("members are found through session, group and parent", () => {
    const processes = [
      { pid: 10, parent: 1, group: 10, session: 10 },
      { pid: 11, parent: 10, group: 11, session: 11 },
      { pid: 12, parent: 1, group: 12, session: 10 },
      { pid: 13, parent: 1, group: 11, session: 11 },
      { pid: 20, parent: 1, group: 20, session: 20 },
    ];
    expect(membersOf([10], processes).sort()).toEqual([10, 11, 12, 13]);
  });
});
