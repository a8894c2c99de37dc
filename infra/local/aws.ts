import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { delimiter, join } from "node:path";
import { airflowConnection } from "./airflow";
import { startChild, untilReady } from "./child";
import { digestOf } from "./digest";
import { type Keys, writePrivate } from "./keys";
import { account, airflowEnvironment, baseEnv, externalId, places, region } from "./names";
import type { Options } from "./options";
import type { Venv } from "./python";
import { run } from "./run";
import type { ServiceSpec } from "./supervisor";

/**
 * How long one minute of a Glue job's Timeout lasts. The drill `glue_timeout` starts its job with Timeout=1, and the load job's own 30 minutes
 * become ten, which no load of the demo comes near.
 */
const secondsPerMinute = 20;

/** Between two reports of Container Insights and of Glue's metrics: tasks of the demo end before AWS's own minute is over. */
const metricsSeconds = 5;

export interface AwsInput {
  options: Options;
  keys: Keys;
  venvs: { platform: Venv; extractor: Venv; glue: Venv };
  jars: string;
  javaHome: string;
  assembly: string;
  /** Content of the secrets that the template defines, by name. */
  secrets: Record<string, object>;
}

/** The emulated account: moto with the data plane, seeded from the synthesised template after each start. */
export function aws(input: AwsInput): ServiceSpec {
  const { options } = input;
  const port = options.ports.aws;
  const folder = join(options.state, "aws");
  return {
    name: "aws",
    port,
    async start(add) {
      mkdirSync(folder, { recursive: true });
      const config = join(folder, "config.json");
      writePrivate(config, configuration(input, folder));
      const env = {
        ...baseEnv(),
        LOCAL_AWS_CONFIG: config,
        PYTHONPATH: join(options.root, "infra", "local", "aws"),
        PYTHONUNBUFFERED: "1",
      };
      const python = input.venvs.platform.python;
      const server: [string, ...string[]] = [python, "-m", "local_aws.server"];
      const child = await startChild(options.state, { name: "aws", argv: server, cwd: folder, env, graceMs: 8_000 });
      add(child);
      await untilReady(options.state, child, () => accepts(port), 60_000);
      const seed = join(folder, "seed.json");
      writePrivate(seed, { assembly: input.assembly, secrets: input.secrets });
      await run([python, "-m", "local_aws.seed", seed], { env });
    },
  };
}

function configuration({ options, keys, venvs, jars, javaHome }: AwsInput, folder: string): object {
  const glue = join(options.root, "extractor", "glue");
  return {
    port: options.ports.aws,
    state: folder,
    account,
    region,
    secondsPerMinute,
    metricsSeconds,
    ...(options.isTest ? { places, externalId } : {}),
    image: { argv: [venvs.extractor.python, "-m", "extractor"], env: { PYTHONPATH: join(options.root, "extractor", "src") } },
    glue: {
      argv: [venvs.glue.python],
      env: {
        JAVA_HOME: javaHome,
        PATH: [join(javaHome, "bin"), process.env.PATH ?? ""].join(delimiter),
        PYSPARK_PYTHON: venvs.glue.python,
        SPARK_CONF_DIR: join(glue, "local"),
        // The asterisk is Java's own wildcard of a class path.
        PYSPARK_SUBMIT_ARGS: `--driver-class-path ${jars}/* pyspark-shell`,
      },
    },
    airflow: { [airflowEnvironment]: airflowConnection(options, keys) },
  };
}

/** What the account refuses for a while; the server reads it with each request. */
export function deny(options: Options, denials: object[]): void {
  const folder = join(options.state, "aws");
  mkdirSync(folder, { recursive: true });
  // In one step: a request must not read half of it.
  writeFileSync(join(folder, "denials.json.new"), JSON.stringify(denials));
  renameSync(join(folder, "denials.json.new"), join(folder, "denials.json"));
}

const accepts = (port: number) =>
  new Promise<boolean>((answer) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      answer(true);
    });
    socket.once("error", () => answer(false));
  });

/** Synthesises the infrastructure's template, without an account; kept until what goes into it changes. */
export async function synthesise(options: Options): Promise<string> {
  const assembly = join(options.state, "cdk");
  const marker = join(assembly, "inputs.sha256");
  const digest = digestOf(options.root, ["infra/aws", "lib/aws-permissions.ts", "extractor", "dags", "package-lock.json"]);
  if (existsSync(marker) && readFileSync(marker, "utf8") === digest) return assembly;
  await run([process.execPath, "--import", "tsx", "infra/aws/bin/app.ts"], { cwd: options.root, env: { CDK_OUTDIR: assembly } });
  writeFileSync(marker, digest);
  return assembly;
}
