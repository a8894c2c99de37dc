import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { airflow2 } from "./airflow-2";
import { airflow3 } from "./airflow-3";
import { majorOf } from "./airflow-versions";
import { type ChildSpec, startChild, untilReady } from "./child";
import { requireDatabase, urlOf } from "./databases";
import type { Keys } from "./keys";
import { account, airflowEnvironment, airflowUser, awsEnv, baseEnv, dataBucket, region, taskLogGroup } from "./names";
import type { Options } from "./options";
import type { Venv } from "./python";
import { run } from "./run";
import type { ServiceSpec } from "./supervisor";

export interface AirflowInput {
  options: Options;
  keys: Keys;
  venv: Venv;
  /** From the repository's root. */
  lock: string;
  metadataUrl: string;
}

/** What differs between Airflow 2 and 3: their processes, their web server and who may call it. */
export interface Generation {
  api: "/api/v1" | "/api/v2";
  components: string[];
  /** The component that answers for all of them. */
  front: string;
  healthPath: string;
  environment(input: AirflowInput): Record<string, string>;
  /** Commands of Airflow's CLI that the first start needs. */
  afterMigration(input: AirflowInput): string[][];
}

const role = "airflow";
const startDeadlineMs = 180_000;

const generations = { 2: airflow2, 3: airflow3 };
const generationOf = (options: Options) => generations[majorOf(options.airflow)];

/** What the emulated MWAA needs to know of the environment's Airflow. */
export function airflowConnection(options: Options, keys: Keys) {
  const { api } = generationOf(options);
  const connection = { url: `http://127.0.0.1:${options.ports.airflow}`, version: options.airflow, api };
  return api === "/api/v1" ? { ...connection, username: airflowUser, password: keys.airflowApiPassword } : connection;
}

/** Airflow as MWAA runs it: its processes on PostgreSQL, task logs in CloudWatch. `migrate` comes before the first start. */
export function airflow(input: AirflowInput): { migrate: () => Promise<void>; service: ServiceSpec } {
  const { options, venv } = input;
  const generation = generationOf(options);
  const home = join(options.state, "airflow");
  const env = environment(input, home);
  const program = join(venv.bin, "airflow");
  return {
    migrate: () => migrate(input, program, env, home),
    service: {
      name: "airflow",
      port: options.ports.airflow,
      async start(add) {
        const since = Date.now();
        const child = (component: string) => ({
          name: `airflow-${component}`,
          argv: [program, component],
          cwd: home,
          env,
          graceMs: 9_000,
        });
        const children = await Promise.all(
          generation.components.map((component) => startChild(options.state, child(component) as ChildSpec)),
        );
        for (const each of children) add(each);
        // The web server answers for all: each of the others shows its heartbeat there.
        const url = `http://127.0.0.1:${options.ports.airflow}${generation.healthPath}`;
        const isReady = (component: string) => isHealthy(url, component === generation.front ? null : component, since);
        await Promise.all(
          children.map((each, index) =>
            untilReady(options.state, each, () => isReady(generation.components[index] ?? ""), startDeadlineMs),
          ),
        );
      },
    },
  };
}

async function isHealthy(url: string, component: string | null, since: number): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(3_000) });
  if (!response.ok) return false;
  if (component === null) return true;
  const health = (await response.json()) as Record<string, Record<string, string | null>>;
  const part = component.replace("-", "_");
  const beat = health[part]?.[`latest_${part}_heartbeat`];
  // A heartbeat of an earlier start counts as healthy there for half a minute.
  return health[part]?.status === "healthy" && beat != null && Date.parse(beat) > since;
}

/** Makes or upgrades the metadata database; once for each lock and database. */
async function migrate(input: AirflowInput, program: string, env: Record<string, string>, home: string) {
  const { options, keys, metadataUrl } = input;
  mkdirSync(home, { recursive: true });
  if (options.extraDags) linkDags(options, options.extraDags);
  await requireDatabase(metadataUrl, role, role, keys.airflowPassword);
  const marker = join(home, "migrated.sha256");
  const lock = readFileSync(join(options.root, input.lock));
  const digest = createHash("sha256").update(lock).update(keys.airflowPassword).digest("hex");
  if (existsSync(marker) && readFileSync(marker, "utf8") === digest) return;
  await run([program, "db", "migrate"], { env, cwd: home });
  for (const command of generationOf(options).afterMigration(input)) await run([program, ...command], { env, cwd: home });
  writeFileSync(marker, digest);
}

const dagsFolder = (options: Options) => (options.extraDags ? join(options.state, "dags") : join(options.root, "dags"));

/** One folder with the files of both, since Airflow 2 reads one. */
function linkDags(options: Options, extra: string): void {
  const folder = dagsFolder(options);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const source of [join(options.root, "dags"), extra]) {
    for (const name of readdirSync(source).filter((each) => /\.py$|^penstock_dags$|^\.airflowignore$/.test(each))) {
      symlinkSync(join(source, name), join(folder, name));
    }
  }
}

function environment(input: AirflowInput, home: string): Record<string, string> {
  const { options, keys, venv, metadataUrl } = input;
  const { ports, root } = options;
  const databaseUrl = urlOf(metadataUrl, role, { user: role, password: keys.airflowPassword });
  return {
    ...baseEnv(),
    ...awsEnv(ports.aws),
    PATH: [venv.bin, process.env.PATH ?? ""].join(delimiter),
    PYTHONPATH: join(root, "infra", "local", "airflow_hooks"),
    PYTHONUNBUFFERED: "1",
    AIRFLOW_HOME: home,
    AIRFLOW_ENV_NAME: airflowEnvironment,
    AIRFLOW_CONN_AWS_DEFAULT: "aws://",
    AIRFLOW__CORE__DAGS_FOLDER: dagsFolder(options),
    AIRFLOW__CORE__LOAD_EXAMPLES: "False",
    AIRFLOW__CORE__EXECUTOR: "LocalExecutor",
    AIRFLOW__CORE__PARALLELISM: "4",
    AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION: "False",
    AIRFLOW__CORE__FERNET_KEY: keys.airflowFernetKey,
    AIRFLOW__DATABASE__SQL_ALCHEMY_CONN: databaseUrl.replace(/^postgresql:/, "postgresql+psycopg2:"),
    AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK: "True",
    AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE: options.schedules ? "True" : "False",
    AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT: String(ports.airflowHealth),
    AIRFLOW__USAGE_DATA_COLLECTION__ENABLED: "False",
    AIRFLOW__LOGGING__REMOTE_LOGGING: "True",
    AIRFLOW__LOGGING__REMOTE_LOG_CONN_ID: "aws_default",
    AIRFLOW__LOGGING__LOGGING_CONFIG_CLASS: "local_logging.LOGGING_CONFIG",
    AIRFLOW__LOGGING__REMOTE_BASE_LOG_FOLDER: `cloudwatch://arn:aws:logs:${region}:${account}:log-group:${taskLogGroup}`,
    AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT: String(ports.airflowLogs),
    AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT: String(ports.airflowTriggererLogs),
    PENSTOCK_DATA_BUCKET: dataBucket,
    PENSTOCK_FX_URL: `http://127.0.0.1:${ports.fx}`,
    // The emulated network maps any subnet to one that it has.
    PENSTOCK_SUBNETS: "subnet-local",
    PENSTOCK_SECURITY_GROUPS: "sg-local",
    PENSTOCK_POLL_SECONDS: "1",
    ...generationOf(options).environment(input),
    ...options.airflowSettings,
  };
}
