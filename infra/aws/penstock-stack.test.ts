import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { field, plain, type Resource, repository, type Synthesised, synthesise } from "./testing";

let app: Synthesised;
beforeAll(() => {
  app = synthesise();
}, 180_000);
afterAll(() => rmSync(app.folder, { recursive: true }));

const all = (type: string): Resource[] => Object.values(app.resources).filter((resource) => resource.Type === type);
const properties = <T = Record<string, never>>(type: string): T[] => all(type).map((resource) => resource.Properties as T);

function only<T>(values: T[]): T {
  expect(values).toHaveLength(1);
  return values[0] as T;
}

describe("synthesis", () => {
  test("needs no account: neither account nor region is written into the template", () => {
    expect(app.text).not.toMatch(/\b\d{12}\b/);
    expect(app.text).not.toMatch(/\b(eu|us|ap)-(west|east|central|southeast|northeast)-\d\b/);
  });

  test("uses no function that a reader of the template would have to deploy to resolve", () => {
    expect(app.text).not.toMatch(/"Fn::(ImportValue|Transform|FindInMap|If)"/);
  });
});

test("a stage that does not exist is named, with those that do", { timeout: 120_000 }, () => {
  expect(() => synthesise({ stage: "prod" })).toThrow('There is no stage "prod": choose one of demo, production');
});

describe("the extractor's tasks", () => {
  interface TaskDefinition {
    Family: string;
    Cpu: string;
    Memory: string;
    RuntimePlatform: object;
    ContainerDefinitions: {
      Image: unknown;
      User: string;
      Environment?: unknown;
      Secrets: { Name: string; ValueFrom: unknown }[];
      LogConfiguration: { LogDriver: string; Options: Record<string, unknown> };
    }[];
  }
  const definitions = () => properties<TaskDefinition>("AWS::ECS::TaskDefinition");
  const container = (family: string) => only(only(definitions().filter((definition) => definition.Family === family)).ContainerDefinitions);

  test("are the real one and the drill without an image", () => {
    expect(definitions().map(({ Family }) => Family)).toEqual(["penstock-extractor", "penstock-extractor-missing-image"]);
    expect(plain(container("penstock-extractor-missing-image").Image)).toMatch(/:missing$/);
  });

  test("run the image that is built from extractor/Dockerfile", () => {
    const { dockerImages } = JSON.parse(readFileSync(join(app.folder, "Penstock.assets.json"), "utf8"));
    const [hash, image] = only(Object.entries<{ source: { directory: string } }>(dockerImages));
    expect(plain(container("penstock-extractor").Image)).toMatch(new RegExp(`\\.dkr\\.ecr\\.eu-west-1\\.amazonaws\\.com/.*:${hash}$`));
    const context = readdirSync(join(app.folder, image.source.directory));
    expect(context).toContain("Dockerfile");
    expect(context).not.toContain("glue");
    expect(context).not.toContain("tests");
  });

  test("run as the image's own user, without capabilities, on a read-only file system", () => {
    const user = /^USER (\S+)$/m.exec(readFileSync(join(repository, "extractor/Dockerfile"), "utf8"))?.[1];
    for (const { ContainerDefinitions } of definitions()) {
      expect(only(ContainerDefinitions)).toMatchObject({
        Name: "extractor",
        User: user,
        ReadonlyRootFilesystem: true,
        LinuxParameters: { Capabilities: { Drop: ["ALL"] }, InitProcessEnabled: true },
      });
      expect(only(ContainerDefinitions)).not.toHaveProperty("Privileged");
    }
  });

  test("get the connection string from its secret and nothing in plain environment", () => {
    const { Secrets, Environment } = container("penstock-extractor");
    const { Name, ValueFrom } = only(Secrets);
    const [, logicalId = ""] = /^<(\w+)>:connection_string::$/.exec(plain(ValueFrom)) ?? [];
    expect(Name).toBe("ODBC_CONNECTION_STRING");
    expect(app.resources[logicalId]?.Properties.Name).toBe("penstock/source/shop");
    expect(Environment).toBeUndefined();
  });

  test("log to the group and prefix by which the dashboard finds a stream", () => {
    const { LogDriver, Options } = container("penstock-extractor").LogConfiguration;
    const group = app.resources[plain(Options["awslogs-group"]).slice(1, -1)];
    expect(LogDriver).toBe("awslogs");
    expect(group?.Properties.LogGroupName).toBe("/penstock/extractor");
    expect(Options["awslogs-stream-prefix"]).toBe("extractor");
  });

  test("name size and architecture, which the cost is computed from", () => {
    expect(definitions()[0]).toMatchObject({
      Cpu: "512",
      Memory: "1024",
      RuntimePlatform: { CpuArchitecture: "X86_64", OperatingSystemFamily: "LINUX" },
    });
  });
});

describe("the load job", () => {
  interface Job {
    Command: { ScriptLocation: unknown };
    DefaultArguments: Record<string, unknown>;
    Connections: { Connections: unknown[] };
  }
  const job = () => only(properties<Job>("AWS::Glue::Job"));

  test("is Glue 5.1 on two G.1X workers for at most half an hour, without retries of its own", () => {
    expect(job()).toMatchObject({
      Name: "penstock-load",
      GlueVersion: "5.1",
      WorkerType: "G.1X",
      NumberOfWorkers: 2,
      Timeout: 30,
      MaxRetries: 0,
    });
    expect(job()).toHaveProperty("ExecutionProperty.MaxConcurrentRuns", 4);
  });

  test("runs the script and the package that are uploaded beside it", () => {
    const script = upload("LoadScript");
    expect(plain(job().Command.ScriptLocation)).toBe(`s3://${script.bucket}/${script.prefix}load.py`);
    expect(script.files).toEqual(["load.py"]);
    const modules = upload("LoadModules");
    expect(plain(job().DefaultArguments["--extra-py-files"])).toBe(`s3://${modules.bucket}/${modules.prefix}${modules.key}`);
    expect(modules.files).toEqual(["penstock_load"]);
    expect(readdirSync(join(modules.folder, "penstock_load"))).toContain("__init__.py");
  });

  test("installs modules from S3 and from no index", () => {
    expect(plain(job().DefaultArguments["--additional-python-modules"])).toMatch(
      /^s3:\/\/.*\/glue\/wheels\/[0-9a-f]{16}\/penstock_load\.gluewheels\.zip$/,
    );
    expect(job().DefaultArguments["--python-modules-installer-option"]).toBe("--no-index");
  });

  test("is told its secret and its quarantine", () => {
    expect(job().DefaultArguments["--WAREHOUSE_SECRET"]).toBe("penstock/warehouse/loader");
    expect(plain(job().DefaultArguments["--QUARANTINE"])).toMatch(/^s3:\/\/<BucketsData\w+>\/quarantine$/);
  });

  test("runs in an isolated subnet", () => {
    const connection = app.resources[plain(only(job().Connections.Connections)).slice(1, -1)];
    expect(plain(field(connection?.Properties, "ConnectionInput", "PhysicalConnectionRequirements", "SubnetId"))).toMatch(
      /^<NetworkVpcIsolated/,
    );
  });

  test("writes to the log groups that are kept here, encrypted", () => {
    expect(job().DefaultArguments["--custom-logGroup-prefix"]).toBe("/aws-glue/jobs");
    expect(logGroupNames()).toEqual(expect.arrayContaining(["/aws-glue/jobs/output", "/aws-glue/jobs/error"]));
  });
});

describe("Airflow", () => {
  const environment = () => only(properties<Record<string, unknown>>("AWS::MWAA::Environment"));

  test("is an MWAA environment of the version that the local platform runs, closed to the internet", () => {
    const [, version] = /^apache-airflow==(\S+)$/m.exec(readFileSync(join(repository, "dags/airflow.in"), "utf8")) ?? [];
    expect(environment()).toMatchObject({
      Name: "penstock",
      AirflowVersion: version,
      DagS3Path: "dags",
      WebserverAccessMode: "PRIVATE_ONLY",
    });
  });

  test("logs every type, to groups made before it", () => {
    const logging = environment().LoggingConfiguration as Record<string, { Enabled: boolean }>;
    expect(Object.values(logging).filter(({ Enabled }) => Enabled)).toHaveLength(5);
    expect(logGroupNames()).toEqual(
      expect.arrayContaining(["DAGProcessing", "Scheduler", "Task", "WebServer", "Worker"].map((type) => `airflow-penstock-${type}`)),
    );
  });

  test("gets the DAGs and their package, not their tests", () => {
    const { files, prefix } = upload("Dags");
    expect(prefix).toBe("dags/");
    expect(files).toEqual(expect.arrayContaining(["sales_daily.py", "fx_rates_hourly.py", "orders_faults.py", "penstock_dags"]));
    expect(files).not.toContain("tests");
    expect(files.filter((file) => !file.endsWith(".py"))).toEqual(["penstock_dags"]);
  });

  test("reads requirements and startup script where they are uploaded", () => {
    for (const [id, path] of [
      ["AirflowRequirements", environment().RequirementsS3Path],
      ["AirflowStartup", environment().StartupScriptS3Path],
    ] as const) {
      const { prefix, files } = upload(id);
      expect(path).toBe(`${prefix}${only(files)}`);
    }
  });

  test("requires what the DAGs were tested with", () => {
    const lock = readFileSync(join(repository, "dags/airflow.lock"), "utf8");
    const pins = readFileSync(join(repository, "infra/aws/airflow/requirements.txt"), "utf8").match(/^\w\S+==\S+$/gm) ?? [];
    expect(pins).not.toHaveLength(0);
    for (const pin of pins) {
      expect(lock).toContain(`\n${pin} `);
    }
  });

  test("tells the DAGs the name of everything that they ask for, and the names that they assume are these", () => {
    const settings = readFileSync(join(repository, "dags/penstock_dags/settings.py"), "utf8");
    const asked = new Set(settings.match(/PENSTOCK_[A-Z_]+/g));
    asked.delete("PENSTOCK_POLL_SECONDS");
    const { folder, files } = upload("AirflowStartup");
    const told = Object.fromEntries(
      [...readFileSync(join(folder, only(files)), "utf8").matchAll(/^export (\w+)='(.*)'$/gm)].map(([, name, value]) => [name, value]),
    );
    expect(Object.keys(told).sort()).toEqual([...asked].sort());
    for (const [, name, assumed] of settings.matchAll(/environ\.get\("(PENSTOCK_[A-Z_]+)", "([^"]+)"\)/g)) {
      if (!["PENSTOCK_DATA_BUCKET", "PENSTOCK_FX_URL", "PENSTOCK_POLL_SECONDS"].includes(String(name))) {
        expect(told[String(name)], String(name)).toBe(assumed);
      }
    }
  });
});

describe("secrets", () => {
  test("have the names that tasks, job and DAGs use", () => {
    expect(
      properties<{ Name: string }>("AWS::SecretsManager::Secret")
        .map(({ Name }) => Name)
        .sort(),
    ).toEqual(["penstock/source/shop", "penstock/warehouse/loader", "penstock/warehouse/reader"]);
  });

  test("of the warehouse hold what a client needs, and rotate only after somebody has made the roles", () => {
    for (const role of ["loader", "reader"]) {
      const secret = only(
        properties<{ Name: string; GenerateSecretString: { SecretStringTemplate: unknown } }>("AWS::SecretsManager::Secret").filter(
          ({ Name }) => Name.endsWith(role),
        ),
      );
      expect(JSON.parse(plain(secret.GenerateSecretString.SecretStringTemplate))).toMatchObject({
        host: expect.stringMatching(/^<WarehouseInstance/),
        port: 5432,
        dbname: "warehouse",
        username: `penstock_${role}`,
      });
    }
    for (const rotation of properties("AWS::SecretsManager::RotationSchedule")) {
      expect(rotation).toMatchObject({ RotateImmediatelyOnUpdate: false, RotationRules: { ScheduleExpression: "rate(30 days)" } });
    }
    expect(properties("AWS::SecretsManager::RotationSchedule")).toHaveLength(2);
  });
});

test("every log group is encrypted and ends some day", () => {
  for (const group of properties("AWS::Logs::LogGroup")) {
    expect(group).toMatchObject({ RetentionInDays: 90, KmsKeyId: { "Fn::GetAtt": expect.anything() } });
  }
});

test("the names of buckets fit in S3's 63 characters in every region", () => {
  for (const { BucketName } of properties<{ BucketName: unknown }>("AWS::S3::Bucket")) {
    expect(plain(BucketName).replace("eu-west-1", "ap-southeast-99").length).toBeLessThanOrEqual(63);
  }
});

function logGroupNames(): string[] {
  return properties<{ LogGroupName: string }>("AWS::Logs::LogGroup").map(({ LogGroupName }) => LogGroupName);
}

/** An upload by its id: what is in its archive and where it goes. */
function upload(id: string): { bucket: string; prefix: string; key: string; folder: string; files: string[] } {
  const [, resource] = only(Object.entries(app.resources).filter(([logicalId]) => logicalId.startsWith(`Uploads${id}CustomResource`)));
  const { SourceObjectKeys, DestinationBucketName, DestinationBucketKeyPrefix } = resource.Properties as Record<string, unknown> & {
    SourceObjectKeys: string[];
  };
  const key = only(SourceObjectKeys);
  const { files } = JSON.parse(readFileSync(join(app.folder, "Penstock.assets.json"), "utf8"));
  const folder = join(app.folder, files[key.replace(".zip", "")].source.path);
  expect(existsSync(folder)).toBe(true);
  return {
    bucket: plain(DestinationBucketName),
    prefix: String(DestinationBucketKeyPrefix),
    key,
    folder,
    files: readdirSync(folder).sort(),
  };
}
