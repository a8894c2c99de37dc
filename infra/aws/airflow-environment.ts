import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { IgnoreMode, RemovalPolicy, Stack } from "aws-cdk-lib";
import type * as kms from "aws-cdk-lib/aws-kms";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import * as mwaa from "aws-cdk-lib/aws-mwaa";
import type * as s3 from "aws-cdk-lib/aws-s3";
import { Asset } from "aws-cdk-lib/aws-s3-assets";
import { Source } from "aws-cdk-lib/aws-s3-deployment";
import type * as secretsmanager from "aws-cdk-lib/aws-secretsmanager";
import { Construct, type IDependable } from "constructs";
import { AirflowRole } from "./airflow-role";
import type { ExtractorTasks } from "./extractor-tasks";
import { names } from "./names";
import type { Network } from "./network";
import type { Uploads } from "./uploads";

/** Values of one stage. */
export interface AirflowSize {
  /** An Airflow version that MWAA offers, for example 3.2.1. */
  readonly version: string;
  /** mw1.small, mw1.medium, mw1.large … */
  readonly environmentClass: string;
  readonly minWorkers: number;
  readonly maxWorkers: number;
  /** PRIVATE_ONLY: the web server and InvokeRestApi answer inside the VPC alone. PUBLIC_ONLY: both answer anyone with IAM permission. */
  readonly webserverAccess: "PRIVATE_ONLY" | "PUBLIC_ONLY";
}

export interface AirflowEnvironmentProps extends AirflowSize {
  readonly network: Network;
  readonly bucket: s3.IBucket;
  readonly dataBucket: s3.IBucket;
  readonly uploads: Uploads;
  readonly extractor: ExtractorTasks;
  readonly secrets: readonly secretsmanager.ISecret[];
  readonly encryptionKey: kms.IKey;
  readonly logRetention: RetentionDays;
  /** Folder of the DAG files. */
  readonly dagsFolder: string;
  /** DAG files that this stage leaves out. */
  readonly excludedDags: readonly string[];
  readonly requirementsFile: string;
  /** Base address of the FX rates API that fx_rates_hourly reads. */
  readonly fxUrl: string;
}

const logTypes = {
  DAGProcessing: "dagProcessingLogs",
  Scheduler: "schedulerLogs",
  Task: "taskLogs",
  WebServer: "webserverLogs",
  Worker: "workerLogs",
};

/** The MWAA environment and its files. Its log groups are made first: MWAA takes those it finds and would keep its own for ever. */
export class AirflowEnvironment extends Construct {
  readonly role: AirflowRole;
  readonly logGroups: LogGroup[];

  constructor(scope: Construct, id: string, props: AirflowEnvironmentProps) {
    super(scope, id);
    this.role = new AirflowRole(this, "Role", props);
    this.logGroups = Object.keys(logTypes).map(
      (type) =>
        new LogGroup(this, `${type}Logs`, {
          logGroupName: `airflow-${names.airflowEnvironment}-${type}`,
          retention: props.logRetention,
          encryptionKey: props.encryptionKey,
          removalPolicy: RemovalPolicy.RETAIN,
        }),
    );
    const files = this.upload(props);
    const environment = new mwaa.CfnEnvironment(this, "Environment", {
      name: names.airflowEnvironment,
      airflowVersion: props.version,
      environmentClass: props.environmentClass,
      minWorkers: props.minWorkers,
      maxWorkers: props.maxWorkers,
      schedulers: 2,
      sourceBucketArn: props.bucket.bucketArn,
      dagS3Path: "dags",
      requirementsS3Path: files.requirements,
      startupScriptS3Path: files.startupScript,
      executionRoleArn: this.role.role.roleArn,
      kmsKey: props.encryptionKey.keyArn,
      webserverAccessMode: props.webserverAccess,
      endpointManagement: "SERVICE",
      networkConfiguration: {
        subnetIds: props.network.vpc.selectSubnets(props.network.egressSubnets).subnetIds,
        securityGroupIds: [props.network.groups.airflow.securityGroupId],
      },
      loggingConfiguration: Object.fromEntries(Object.values(logTypes).map((type) => [type, { enabled: true, logLevel: "INFO" }])),
      airflowConfigurationOptions: { "core.dags_are_paused_at_creation": "True", "core.default_timezone": "utc" },
      // Sunday 02:00 UTC, four hours before the first pipeline of the day.
      weeklyMaintenanceWindowStart: "SUN:02:00",
    });
    environment.node.addDependency(this.role, ...this.logGroups, ...files.uploads);
  }

  /**
   * Requirements and startup script are read when the environment is made or updated, so their names carry a digest: new text is a new path,
   * which updates the environment. DAGs are read all the time.
   */
  private upload(props: AirflowEnvironmentProps): { requirements: string; startupScript: string; uploads: IDependable[] } {
    const dags = new Asset(this, "Dags", {
      path: props.dagsFolder,
      ignoreMode: IgnoreMode.GIT,
      exclude: [
        "*",
        "!*.py",
        "!/penstock_dags",
        "!/penstock_dags/**",
        "__pycache__",
        "/tests",
        "/conftest.py",
        ...props.excludedDags.map((file) => `/${file}`),
      ],
    });
    const requirements = readFileSync(props.requirementsFile, "utf8");
    const script = startupScript(this.variables(props));
    const requirementsName = `requirements-${digest(requirements)}.txt`;
    const scriptName = `startup-${digest(JSON.stringify(Stack.of(this).resolve(script)))}.sh`;
    const to = { bucket: props.bucket };
    return {
      requirements: `config/${requirementsName}`,
      startupScript: `config/${scriptName}`,
      uploads: [
        props.uploads.add("Dags", { ...to, source: Source.bucket(dags.bucket, dags.s3ObjectKey), prefix: "dags", prune: true }),
        props.uploads.add("AirflowRequirements", {
          ...to,
          source: Source.data(requirementsName, requirements),
          prefix: "config",
          prune: false,
        }),
        props.uploads.add("AirflowStartup", { ...to, source: Source.data(scriptName, script), prefix: "config", prune: false }),
      ],
    };
  }

  /** What dags/penstock_dags/settings.py reads. Names only: whoever may read the bucket may read this. */
  private variables(props: AirflowEnvironmentProps): Record<string, string> {
    return {
      PENSTOCK_CLUSTER: names.cluster,
      PENSTOCK_TASK_DEFINITION: names.extractorFamily,
      PENSTOCK_SUBNETS: props.network.vpc.selectSubnets(props.network.egressSubnets).subnetIds.join(","),
      PENSTOCK_SECURITY_GROUPS: props.network.groups.extractor.securityGroupId,
      PENSTOCK_EXTRACTOR_LOG_GROUP: names.extractorLogGroup,
      PENSTOCK_LOAD_JOB: names.loadJob,
      PENSTOCK_DATA_BUCKET: props.dataBucket.bucketName,
      PENSTOCK_FX_URL: props.fxUrl,
      PENSTOCK_READER_SECRET: names.secrets.warehouseReader,
      PENSTOCK_LOADER_SECRET: names.secrets.warehouseLoader,
    };
  }
}

/** A shell script that MWAA runs on each of its machines before Airflow starts; what it exports, Airflow's processes see. */
export function startupScript(variables: Record<string, string>): string {
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'`);
  return ["#!/bin/sh", ...lines, ""].join("\n");
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
