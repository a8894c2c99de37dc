import { spawn } from "node:child_process";
import { Fix } from "./steps";

export interface RunOptions {
  cwd?: string;
  env?: Record<string, string | undefined>;
  /** What to tell when it fails. */
  remedy?: string;
}

const shownLines = 15;
const running = new Set<number>();

/** Runs a program to its end and returns what it printed on stdout. @throws Fix with its last lines when it fails */
export function run(argv: [string, ...string[]], options: RunOptions = {}): Promise<string> {
  const [command, ...args] = argv;
  return new Promise((done, fail) => {
    // A group of its own, so that an interrupted start can end it with its children.
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    if (child.pid) running.add(child.pid);
    const out: Buffer[] = [];
    const all: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => {
      out.push(chunk);
      all.push(chunk);
    });
    child.stderr.on("data", (chunk: Buffer) => all.push(chunk));
    child.once("error", (error) => fail(new Fix(`${command}: ${error.message}`, options.remedy)));
    child.once("close", (code, signal) => {
      if (child.pid) running.delete(child.pid);
      if (code === 0) return done(Buffer.concat(out).toString());
      const last = Buffer.concat(all).toString().trimEnd().split("\n").slice(-shownLines).join("\n");
      fail(new Fix(`${argv.slice(0, 4).join(" ")} ended with ${signal ?? `exit code ${code}`}\n${last}`, options.remedy));
    });
  });
}

/** Sessions of programs that `run` has not seen the end of. */
export const runningSessions = () => [...running];
