import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { dagTestsVenv, defaultAirflow, lockedVersions, requireAirflowVersion } from "../airflow-versions";
import { type Options, parseOptions } from "../options";
import { Platform } from "../platform";
import { findUv, venv } from "../python";
import { run } from "../run";
import { explain, Fix, say, step } from "../steps";
import { pageLimit, readAnswers } from "./answers";
import { isJoined, type LedgerDump, ledgerDifferences, settledLedger } from "./ledger";
import { compareRecordings, recordingsFolder, writeJson, writeRecordings } from "./recordings";
import { runEverything } from "./runs";
import { scrubber } from "./scrub";

const usage = `npm run test:airflow -- <version> [options]
  --record            keep the answers and the ledger in server/sources/recorded/airflow
  --port-base N       ports N, N+1, … (20000)`;
const portBase = "20000";
const ledgerDeadlineMs = 240_000;

interface Asked {
  options: Options;
  isRecording: boolean;
}

/** Runs one Airflow, its answers and its ledger compared with what is recorded. Resolves to the exit code. */
export async function main(root: string, args: string[]): Promise<number> {
  let platform: Platform | undefined;
  const problems: string[] = [];
  const endSoon = () => void platform?.stop();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, endSoon);
  try {
    const { options, isRecording } = read(root, args);
    if (!isRecording) problems.push(...(await testDags(options)));
    platform = await Platform.open(options);
    const since = new Date().toISOString();
    await platform.start();
    problems.push(...(await onPlatform(platform, since, isRecording)));
  } catch (error) {
    if (!platform?.isStopping) problems.push(explain(error));
  } finally {
    await platform?.stop();
  }
  for (const problem of problems) say(`  ✗ ${problem}`);
  say(problems.length === 0 ? "nothing differs" : `${problems.length} differences`);
  return problems.length === 0 ? 0 : 1;
}

/** The DAGs' own tests, on that Airflow. */
async function testDags({ root, cache, airflow }: Options): Promise<string[]> {
  const uv = await step("uv", () => findUv(cache));
  const { python } = await step(`Python environment: tests of the DAGs on Airflow ${airflow}`, async () =>
    venv(root, cache, uv, await dagTestsVenv(root, cache, uv, airflow)),
  );
  const tests: [string, ...string[]] = [python, "-m", "pytest", "--quiet", "-p", "no:cacheprovider"];
  return step(`tests of the DAGs on Airflow ${airflow}`, () => run(tests, { cwd: join(root, "dags") })).then(
    () => [],
    (error) => [explain(error)],
  );
}

async function onPlatform(platform: Platform, since: string, isRecording: boolean): Promise<string[]> {
  const { options } = platform;
  const runs = await runEverything(options, () => platform.isStopping);
  const folder = recordingsFolder(options.root, options.airflow);
  const live = await step("Airflow's answers", () => readAnswers(options, since, runs));
  const answers = scrubber(options)(live);
  writeRecordings(join(options.state, "answers"), answers);
  if (isRecording) {
    rmSync(folder, { recursive: true, force: true });
    writeRecordings(folder, answers);
  }
  const problems = [...compareRecordings(folder, answers), ...(await compareLedger(options, isRecording ? folder : null))];
  if (isRecording)
    await run([process.execPath, "node_modules/@biomejs/biome/bin/biome", "check", "--write", folder], { cwd: options.root });
  return problems;
}

/** The ledger that the collector has made of the runs beside that of the usual Airflow. */
async function compareLedger(options: Options, keepIn: string | null): Promise<string[]> {
  const { ledgerUrl } = JSON.parse(readFileSync(join(options.state, "platform.json"), "utf8")) as { ledgerUrl: string };
  const found = await step("Penstock's ledger", () => settledLedger(ledgerUrl, isJoined, ledgerDeadlineMs));
  writeJson(join(options.state, "answers", "ledger.json"), found);
  if (keepIn !== null) writeJson(join(keepIn, "ledger.json"), found);
  const usual = join(recordingsFolder(options.root, defaultAirflow), "ledger.json");
  if (!existsSync(usual)) return [`there is no ${usual} to compare the ledger with: record ${defaultAirflow} first`];
  return ledgerDifferences(JSON.parse(readFileSync(usual, "utf8")) as LedgerDump, found);
}

/** @throws Fix that says what is wrong with the command line */
function read(root: string, args: string[]): Asked {
  const { values, positionals } = parse(args);
  const [version] = positionals;
  if (positionals.length !== 1 || version === undefined) {
    throw new Fix(
      `name one version of Airflow; locked here are ${lockedVersions(root).join(", ")}, the usual one is ${defaultAirflow}`,
      usage,
    );
  }
  const state = join(".local", "airflow-test", requireAirflowVersion(version));
  const given = [
    "--airflow",
    version,
    "--state",
    state,
    "--fresh",
    "--no-run",
    "--no-schedules",
    "--no-sample",
    "--port-base",
    values["port-base"] ?? portBase,
  ];
  const options: Options = {
    ...parseOptions(root, given, process.env),
    collectorOnly: true,
    shopAt: "2026-11-20T18:00:00Z",
    extraDags: join(root, "infra", "local", "recorder", "dags"),
    airflowSettings: { AIRFLOW__API__MAXIMUM_PAGE_LIMIT: String(pageLimit) },
  };
  return { options, isRecording: values.record ?? false };
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, allowPositionals: true, options: { record: { type: "boolean" }, "port-base": { type: "string" } } });
  } catch (error) {
    throw new Fix((error as Error).message, usage);
  }
}
