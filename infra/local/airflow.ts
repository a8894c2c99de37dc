import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type ChildSpec, startChild, untilReady } from "./child";
import { requireDatabase, urlOf } from "./databases";
import type { Keys } from "./keys";
import { account, airflowEnvironment, awsEnv, baseEnv, dataBucket, region, taskLogGroup } from "./names";
import type { Options } from "./options";
import { runtimeVenvs, type Venv } from "./python";
import { run } from "./run";
import type { ServiceSpec } from "./supervisor";

const components = ["api-server", "scheduler", "dag-processor", "triggerer"] as const;
const role = "airflow";
const startDeadlineMs = 180_000;

/** Airflow as MWAA runs it: four processes on PostgreSQL, task logs in CloudWatch. `migrate` comes before the first start. */
export function airflow(
  options: Options,
  keys: Keys,
  venv: Venv,
  metadataUrl: string,
): { migrate: () => Promise<void>; service: ServiceSpec } {
  const home = join(options.state, "airflow");
  const env = environment(options, keys, venv, urlOf(metadataUrl, role, { user: role, password: keys.airflowPassword }), home);
  const program = join(venv.bin, "airflow");
  const url = `http://127.0.0.1:${options.ports.airflow}`;
  return {
    migrate: () => migrate(options, keys, metadataUrl, program, env, home),
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
        const children = await Promise.all(components.map((component) => startChild(options.state, child(component) as ChildSpec)));
        for (const each of children) add(each);
        // The API server answers for all four: each of the others shows its heartbeat there.
        await Promise.all(
          children.map((each, index) =>
            untilReady(options.state, each, () => isHealthy(url, components[index] ?? "", since), startDeadlineMs),
          ),
        );
      },
    },
  };
}

async function isHealthy(url: string, component: string, since: number): Promise<boolean> {
  const response = await fetch(`${url}/api/v2/monitor/health`, { signal: AbortSignal.timeout(3_000) });
  if (!response.ok) return false;
  if (component === "api-server") return true;
  const health = (await response.json()) as Record<string, Record<string, string | null>>;
  const part = component.replace("-", "_");
  const beat = health[part]?.[`latest_${part}_heartbeat`];
  // A heartbeat of an earlier start counts as healthy there for half a minute.
  return health[part]?.status === "healthy" && beat != null && Date.parse(beat) > since;
}

/** Makes or upgrades the metadata database; once for each lock and database. */
async function migrate(options: Options, keys: Keys, metadataUrl: string, program: string, env: Record<string, string>, home: string) {
  mkdirSync(home, { recursive: true });
  await requireDatabase(metadataUrl, role, role, keys.airflowPassword);
  const marker = join(home, "migrated.sha256");
  const lock = readFileSync(join(options.root, runtimeVenvs.airflow.lock));
  const digest = createHash("sha256").update(lock).update(keys.airflowPassword).digest("hex");
  if (existsSync(marker) && readFileSync(marker, "utf8") === digest) return;
  await run([program, "db", "migrate"], { env, cwd: home });
  writeFileSync(marker, digest);
}

function environment(options: Options, keys: Keys, venv: Venv, databaseUrl: string, home: string): Record<string, string> {
  const { ports, root } = options;
  const api = `http://127.0.0.1:${ports.airflow}`;
  return {
    ...baseEnv(),
    ...awsEnv(ports.aws),
    PATH: [venv.bin, process.env.PATH ?? ""].join(delimiter),
    PYTHONPATH: join(root, "infra", "local", "airflow_hooks"),
    PYTHONUNBUFFERED: "1",
    AIRFLOW_HOME: home,
    AIRFLOW_ENV_NAME: airflowEnvironment,
    AIRFLOW_CONN_AWS_DEFAULT: "aws://",
    AIRFLOW__CORE__DAGS_FOLDER: join(root, "dags"),
    AIRFLOW__CORE__LOAD_EXAMPLES: "False",
    AIRFLOW__CORE__EXECUTOR: "LocalExecutor",
    AIRFLOW__CORE__PARALLELISM: "4",
    AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION: "False",
    AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS: "True",
    AIRFLOW__CORE__EXECUTION_API_SERVER_URL: `${api}/execution/`,
    AIRFLOW__CORE__FERNET_KEY: keys.airflowFernetKey,
    AIRFLOW__API__HOST: "127.0.0.1",
    AIRFLOW__API__PORT: String(ports.airflow),
    AIRFLOW__API__BASE_URL: api,
    AIRFLOW__API__WORKERS: "1",
    AIRFLOW__API_AUTH__JWT_SECRET: keys.airflowJwtSecret,
    AIRFLOW__DATABASE__SQL_ALCHEMY_CONN: databaseUrl.replace(/^postgresql:/, "postgresql+psycopg2:"),
    AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL: "5",
    AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK: "True",
    AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE: options.schedules ? "True" : "False",
    AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT: String(ports.airflowHealth),
    AIRFLOW__USAGE_DATA_COLLECTION__ENABLED: "False",
    // Below this a stale executor event can fail a task that has just resumed.
    AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL: "1",
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
  };
}
