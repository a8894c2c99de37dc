import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { defaultAirflow, requireAirflowVersion } from "./airflow-versions";
import { choosePorts, type Ports, testOffset } from "./ports";
import { Fix } from "./steps";
import { type ServiceName, serviceNames } from "./supervisor";

export const usage = `npm run demo [-- options]
  --check             start, run sales_daily, verify it through the API, stop; exit code 0 or 1
  --test              a second platform beside a running demo: ports + ${testOffset}, state in .local/test
  --airflow VERSION   another Airflow than ${defaultAirflow}, from 2.7.2 on, with a state of its own; PENSTOCK_AIRFLOW sets it too
  --state DIR         where databases, logs and objects are kept (.local)
  --port-base N       ports N, N+1, … instead of the usual ones; PENSTOCK_PORT_<NAME> sets one alone
  --no-run            start only; trigger nothing
  --no-schedules      Airflow runs only what is triggered (implied by --check and --test)
  --no-sample         without the simulated company's history; PENSTOCK_SAMPLE=0 says the same
  --fresh             forget the state first
  --without a,b       leave services out: ${serviceNames.join(", ")}`;

export interface Options {
  root: string;
  /** Everything of this platform. */
  state: string;
  /** What platforms share: virtual environments, jars, uv. */
  cache: string;
  ports: Ports;
  isCheck: boolean;
  isTest: boolean;
  triggers: boolean;
  schedules: boolean;
  isFresh: boolean;
  /** Months of a simulated company beside what really runs. */
  hasSample: boolean;
  without: ServiceName[];
  airflow: string;
  /** Further DAG files, and settings of Airflow, for a platform that is started by a program. */
  extraDags?: string;
  airflowSettings?: Record<string, string>;
  /** A small shop as it is at this instant, for a platform whose rows have to be the same each time. */
  shopAt?: string;
  /** The dashboard's collector without its pages, which need no build then. */
  collectorOnly?: boolean;
}

/** @throws Fix that says what is wrong with the command line */
export function parseOptions(root: string, args: string[], variables: Record<string, string | undefined>): Options {
  const { values } = readArguments(args);
  const base = values["port-base"] === undefined ? undefined : Number(values["port-base"]);
  const isTest = values.test ?? false;
  const isCheck = values.check ?? false;
  const without = (values.without ?? "").split(",").filter(Boolean);
  const unknown = without.filter((name) => !serviceNames.some((each) => each === name));
  if (unknown.length > 0) throw new Fix(`--without ${unknown.join(",")}: there is no such service`, usage);
  const version = requireAirflowVersion(values.airflow ?? (variables.PENSTOCK_AIRFLOW || defaultAirflow));
  return {
    root,
    state: resolve(root, values.state ?? usualState(isTest, version)),
    cache: resolve(root, ".local/cache"),
    ports: choosePorts({ base, offset: isTest ? testOffset : 0 }, variables),
    isCheck,
    isTest,
    triggers: !values["no-run"] && !isTest,
    schedules: !(values["no-schedules"] || isCheck || isTest),
    isFresh: values.fresh ?? false,
    hasSample: !values["no-sample"] && variables.PENSTOCK_SAMPLE !== "0",
    without: serviceNames.filter((name) => without.includes(name)),
    airflow: version,
  };
}

/** An older Airflow cannot read what a newer one has written. */
function usualState(isTest: boolean, version: string): string {
  const state = isTest ? ".local/test" : ".local";
  return version === defaultAirflow ? state : join(state, `airflow-${version}`);
}

function readArguments(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        check: { type: "boolean" },
        test: { type: "boolean" },
        state: { type: "string" },
        "port-base": { type: "string" },
        "no-run": { type: "boolean" },
        "no-schedules": { type: "boolean" },
        fresh: { type: "boolean" },
        "no-sample": { type: "boolean" },
        without: { type: "string" },
        airflow: { type: "string" },
      },
    });
  } catch (error) {
    throw new Fix((error as Error).message, usage);
  }
}
