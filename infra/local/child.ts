import { spawn } from "node:child_process";
import { appendFileSync, closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { endSessions, identify, killSessions, membersOf } from "./processes";
import { Fix, say } from "./steps";

export interface ChildSpec {
  /** Unique in the platform: names the log and the record of the process. */
  name: string;
  argv: [string, ...string[]];
  cwd: string;
  env: Record<string, string>;
  /** How long it may take to end by itself. */
  graceMs: number;
}

export interface Child {
  name: string;
  pid: number;
  /** Resolves with how it ended: `exit code 1` or `signal SIGKILL`. */
  exited: Promise<string>;
  hasExited(): boolean;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

const tailLines = 20;

/** Starts a program in a session of its own, its output in `<state>/logs/<name>.log`. */
export async function startChild(state: string, spec: ChildSpec): Promise<Child> {
  const log = logFile(state, spec.name);
  mkdirSync(dirname(log), { recursive: true });
  appendFileSync(log, `\n--- ${new Date().toISOString()} ${spec.name}\n`);
  const output = openSync(log, "a");
  const [command, ...args] = spec.argv;
  const child = spawn(command, args, {
    cwd: spec.cwd,
    env: spec.env as NodeJS.ProcessEnv,
    detached: true,
    stdio: ["ignore", output, output],
  });
  closeSync(output);
  let ended = false;
  const exited = new Promise<string>((done) => {
    child.once("exit", (code, signalName) => done(signalName ? `signal ${signalName}` : `exit code ${code}`));
    child.once("error", (error) => done(error.message));
  }).then((how) => {
    ended = true;
    return how;
  });
  const pid = child.pid;
  if (pid === undefined) throw new Fix(`${spec.name} did not start: ${await exited}`);
  const record = recordFile(state, spec.name);
  mkdirSync(dirname(record), { recursive: true });
  writeFileSync(record, JSON.stringify({ pid, process: identify(pid) }));
  const end = async (how: Promise<void>) => {
    await how;
    await exited;
    rmSync(record, { force: true });
  };
  return {
    name: spec.name,
    pid,
    exited,
    hasExited: () => ended,
    stop: () => end(endSessions([pid], spec.graceMs)),
    kill: () => end(killSessions([pid])),
  };
}

/** Waits until `probe` answers true. Fails at once when the process ends, and at the deadline, with the last lines of its log. */
export async function untilReady(state: string, child: Child, probe: () => Promise<boolean>, deadlineMs: number): Promise<void> {
  const until = Date.now() + deadlineMs;
  while (!(await probe().catch(() => false))) {
    if (child.hasExited()) throw new Fix(`${child.name} ended while it was starting (${await child.exited})\n${tail(state, child.name)}`);
    if (Date.now() > until) throw new Fix(`${child.name} was not ready after ${deadlineMs / 1000} s\n${tail(state, child.name)}`);
    await delay(100);
  }
}

export const logFile = (state: string, name: string) => join(state, "logs", `${name}.log`);
const recordFile = (state: string, name: string) => join(state, "run", `${name}.json`);

/** The last lines of a service's log, indented, with where the rest is. */
export function tail(state: string, name: string): string {
  const file = logFile(state, name);
  if (!existsSync(file)) return `  (no log at ${file})`;
  const lines = readFileSync(file, "utf8").trimEnd().split("\n").slice(-tailLines);
  return [...lines.map((line) => `  │ ${line}`), `  └ ${file}`].join("\n");
}

/** Ends what a supervisor that was killed left running, one line for each; records of what is gone are removed. */
export async function endLeftovers(state: string): Promise<void> {
  const folder = join(state, "run");
  if (!existsSync(folder)) return;
  await Promise.all(readdirSync(folder).map((name) => endLeftover(join(folder, name), name.replace(/\.json$/, ""))));
}

async function endLeftover(file: string, name: string): Promise<void> {
  const record = JSON.parse(readFileSync(file, "utf8")) as { pid: number; process: string | null };
  const now = identify(record.pid);
  // Another process may have the id by now; while anything of the old session lives, the system does not give it away.
  const isOurs = now === null || now === record.process;
  const members = isOurs ? membersOf([record.pid]) : [];
  if (members.length > 0) {
    await endSessions([record.pid], 5_000);
    say(`  · stopped ${name} that an earlier run left behind (process ${record.pid} and ${members.length - 1} below it)`);
  }
  rmSync(file, { force: true });
}
