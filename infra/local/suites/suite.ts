import { spawn } from "node:child_process";
import { createWriteStream, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";

export interface Counts {
  passed: number;
  failed: number;
}

export interface Command {
  program: string;
  args: string[];
  cwd?: string;
  env?: Record<string, string>;
}

export interface Suite {
  name: string;
  commands: Command[];
  /** Reads how many tests passed and failed from the suite's own report; without it each command counts as one test. */
  count?: () => Counts;
  report?: string;
}

export interface Result extends Counts {
  name: string;
  seconds: number;
  log: string;
}

/** Runs one command with its output in `log`; resolves to the exit code, 127 when it could not be started. */
function run(command: Command, log: string): Promise<number> {
  return new Promise((resolve) => {
    const out = createWriteStream(log, { flags: "a" });
    out.write(`$ ${[command.program, ...command.args].join(" ")}\n`);
    const child = spawn(command.program, command.args, {
      cwd: command.cwd,
      env: { ...process.env, ...command.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout.pipe(out, { end: false });
    child.stderr.pipe(out, { end: false });
    child.on("error", (error) => {
      out.write(`${error}\n`);
      resolve(127);
    });
    child.on("close", (code) => out.end(() => resolve(code ?? 1)));
  });
}

/** Runs a suite's commands in order. A report that says "all passed" does not outvote an exit code that says otherwise. */
export async function runSuite(suite: Suite, logDir: string): Promise<Result> {
  mkdirSync(logDir, { recursive: true });
  const log = path.join(logDir, `${suite.name.replaceAll(/[^a-z0-9]+/gi, "-")}.log`);
  rmSync(log, { force: true });
  if (suite.report) rmSync(suite.report, { force: true });
  const started = performance.now();
  const codes: number[] = [];
  for (const command of suite.commands) codes.push(await run(command, log));
  const failedCommands = codes.filter((code) => code !== 0).length;
  let counts: Counts = { passed: codes.length - failedCommands, failed: failedCommands };
  if (suite.count) {
    try {
      const reported = suite.count();
      counts = { passed: reported.passed, failed: Math.max(reported.failed, failedCommands > 0 ? 1 : 0) };
      if (counts.passed + counts.failed === 0) counts.failed = 1;
    } catch {
      counts = { passed: 0, failed: 1 };
    }
  }
  return { name: suite.name, ...counts, seconds: (performance.now() - started) / 1000, log };
}

const excerptLines = 60;

/** What a suite's log says of its failures: its end, without colours. Whoever reads CI's output may have nothing else. */
export function excerpt(log: string): string {
  if (!existsSync(log)) return "";
  const lines = stripVTControlCharacters(read(log)).trimEnd().split("\n");
  return lines
    .slice(-excerptLines)
    .map((line) => `  │ ${line.slice(0, 300)}`)
    .join("\n");
}

const read = (file: string) => readFileSync(file, "utf8");

/** Sums a pytest JUnit report. A skipped test counts as failed: nothing may be skipped. */
export function countJunit(file: string): Counts {
  let passed = 0;
  let failed = 0;
  for (const [tag] of read(file).matchAll(/<testsuite [^>]*>/g)) {
    const number = (name: string) => Number(new RegExp(` ${name}="(\\d+)"`).exec(tag)?.[1] ?? 0);
    const bad = number("failures") + number("errors") + number("skipped");
    passed += number("tests") - bad;
    failed += bad;
  }
  return { passed, failed };
}

export function countVitest(file: string): Counts {
  const report = JSON.parse(read(file)) as { numPassedTests: number; numTotalTests: number; numFailedTestSuites: number };
  return {
    passed: report.numPassedTests,
    failed: Math.max(report.numTotalTests - report.numPassedTests, report.numFailedTestSuites > 0 ? 1 : 0),
  };
}

export function countPlaywright(file: string): Counts {
  const { stats, errors } = JSON.parse(read(file)) as {
    stats: { expected: number; unexpected: number; flaky: number; skipped: number };
    errors: unknown[];
  };
  return { passed: stats.expected, failed: stats.unexpected + stats.flaky + stats.skipped + errors.length };
}
