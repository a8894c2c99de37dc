import { join } from "node:path";
import { triggerThroughPenstock, verifyJoined } from "./check";
import { dashboardUrl } from "./dashboard";
import { type Options, parseOptions, usage } from "./options";
import { Platform } from "./platform";
import { pipeline, triggerThroughAirflow, untilRunSucceeded } from "./run-and-wait";
import { whenStarterIsGone } from "./starter";
import { explain, say, seconds, step } from "./steps";

const endSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Runs the platform until it is told to end. Resolves to the exit code. */
export async function main(root: string, args: string[]): Promise<number> {
  if (args.includes("--help")) {
    say(usage);
    return 0;
  }
  const began = Date.now();
  let platform: Platform | undefined;
  const asked = whenAskedToEnd();
  try {
    const options = parseOptions(root, args, process.env);
    platform = await Platform.open(options);
    const running = platform;
    void asked.then(() => running.stop());
    const ended = await Promise.race([demonstrate(running, began).then(() => "done" as const), asked]);
    if (ended === "done" && !options.isCheck) await asked;
    return options.isCheck && ended !== "done" ? 1 : 0;
  } catch (error) {
    if (platform?.isStopping) return 0;
    say(`\n${explain(error)}`);
    return 1;
  } finally {
    if (platform) {
      const stopping = Date.now();
      await platform.stop();
      say(`stopped everything (${seconds(Date.now() - stopping)})`);
    }
  }
}

async function demonstrate(platform: Platform, began: number): Promise<void> {
  const { options } = platform;
  await platform.start();
  say(`ready after ${seconds(Date.now() - began)}`);
  if (options.triggers) {
    const hasDashboard = !options.without.includes("dashboard");
    const runId = await step(`${pipeline}: triggered`, () =>
      hasDashboard ? triggerThroughPenstock(options) : triggerThroughAirflow(options),
    );
    await step(`${pipeline}: succeeded`, () => untilRunSucceeded(options, runId, () => platform.isStopping));
    if (hasDashboard && options.isCheck) {
      await step("the API shows run, attempts, containers, Glue run, logs, cost and a fresh table", () => verifyJoined(options, runId));
    }
  }
  welcome(options, Date.now() - began);
}

function welcome(options: Options, tookMs: number): void {
  if (options.isCheck)
    say(`\nThe pipeline ran${options.without.includes("dashboard") ? "" : " and Penstock shows it whole"} (${seconds(tookMs)}).`);
  else if (options.without.includes("dashboard")) say(`\nRunning without the dashboard. State: ${options.state}. Ctrl-C stops everything.`);
  else say(addresses(options));
}

const addresses = (options: Options) => `
  Penstock   ${dashboardUrl(options)}
  Sign in as Vera (viewer), Ana (analyst), Oskar (operator) or Ada (admin): no password on this machine.
  API tokens ${join(options.state, "tokens.json")}
  Airflow    http://127.0.0.1:${options.ports.airflow}
  Logs       ${join(options.state, "logs")}

  Ctrl-C stops everything.`;

/** Resolves at the first request to end: a signal, or the death of the npm that started us, which passes no signal on when it is killed. */
function whenAskedToEnd(): Promise<"asked"> {
  return new Promise((resolve) => {
    let isFirst = true;
    const end = (why: string) => {
      if (isFirst) say(`\n${why}: stopping`);
      isFirst = false;
      resolve("asked");
    };
    for (const name of endSignals) process.on(name, () => end(name));
    if (process.env.npm_lifecycle_event !== undefined) whenStarterIsGone(() => end("npm has gone"));
  });
}
