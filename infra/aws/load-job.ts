import { IgnoreMode, RemovalPolicy, Stack } from "aws-cdk-lib";
import * as glue from "aws-cdk-lib/aws-glue";
import type * as kms from "aws-cdk-lib/aws-kms";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import type * as s3 from "aws-cdk-lib/aws-s3";
import { Asset } from "aws-cdk-lib/aws-s3-assets";
import { Source } from "aws-cdk-lib/aws-s3-deployment";
import type * as secretsmanager from "aws-cdk-lib/aws-secretsmanager";
import { Construct, type IDependable } from "constructs";
import { LoadRole } from "./load-role";
import { names } from "./names";
import type { Network } from "./network";
import { accept } from "./reasons";
import type { Uploads } from "./uploads";

/** Values of one stage. */
export interface LoadSize {
  /** G.1X workers of 1 DPU; Spark needs two, one of them for its driver. */
  readonly workers: number;
  /** Runs at once; a DAG that finds all taken fails with ConcurrentRunsExceededException and retries. */
  readonly maxConcurrentRuns: number;
}

export interface LoadJobProps extends LoadSize {
  readonly network: Network;
  readonly dataBucket: s3.IBucket;
  readonly assetsBucket: s3.IBucket;
  readonly uploads: Uploads;
  readonly loaderSecret: secretsmanager.ISecret;
  readonly encryptionKey: kms.IKey;
  readonly logRetention: RetentionDays;
  /** Folder of load.py and the package penstock_load. */
  readonly scriptFolder: string;
  /** Folder with penstock_load.gluewheels.zip, made by package.py; undefined leaves it out of the upload, for stages that are only synthesised. */
  readonly wheelsFolder: string | undefined;
  /** Names the bundle's version in S3: another lock makes another path and so another definition of the job. */
  readonly wheelsDigest: string;
}

const codePrefix = "glue";
// Glue knows a zip of wheels by its double extension.
const wheelsFile = "penstock_load.gluewheels.zip";

/** The Glue job that loads the warehouse, in an isolated subnet, and the upload of what it runs. */
export class LoadJob extends Construct {
  readonly role: LoadRole;
  readonly logGroups: LogGroup[];

  constructor(scope: Construct, id: string, props: LoadJobProps) {
    super(scope, id);
    this.logGroups = ["output", "error"].map(
      (stream) =>
        new LogGroup(this, stream === "output" ? "OutputLogs" : "ErrorLogs", {
          logGroupName: `${names.loadLogGroup}/${stream}`,
          retention: props.logRetention,
          encryptionKey: props.encryptionKey,
          removalPolicy: RemovalPolicy.RETAIN,
        }),
    );
    const connection = this.connect(props.network);
    this.role = new LoadRole(this, "Role", { ...props, logGroups: this.logGroups, connectionName: names.loadJob });
    const code = this.upload(props);
    const job = new glue.CfnJob(this, "Job", {
      name: names.loadJob,
      description: "Loads the manifests of a run into the warehouse",
      role: this.role.role.roleArn,
      glueVersion: "5.1",
      workerType: "G.1X",
      numberOfWorkers: props.workers,
      executionClass: "STANDARD",
      timeout: 30,
      // Airflow retries; a retry by Glue would be a run that nobody joined.
      maxRetries: 0,
      executionProperty: { maxConcurrentRuns: props.maxConcurrentRuns },
      securityConfiguration: this.encrypt(props.encryptionKey).ref,
      connections: { connections: [connection.ref] },
      command: { name: "glueetl", pythonVersion: "3", scriptLocation: props.assetsBucket.s3UrlForObject(`${codePrefix}/load.py`) },
      defaultArguments: {
        "--job-language": "python",
        "--job-bookmark-option": "job-bookmark-disable",
        "--enable-metrics": "true",
        // Glue's own default written out: without it a security configuration changes the names of the groups.
        "--custom-logGroup-prefix": names.loadLogGroup,
        "--extra-py-files": props.assetsBucket.s3UrlForObject(`${codePrefix}/modules/${code.modules.s3ObjectKey}`),
        "--additional-python-modules": props.assetsBucket.s3UrlForObject(`${codePrefix}/wheels/${props.wheelsDigest}/${wheelsFile}`),
        // The subnet reaches no index: a module that is not in the bundle must fail at once, not after pip's retries.
        "--python-modules-installer-option": "--no-index",
        "--REGION": Stack.of(this).region,
        "--WAREHOUSE_SECRET": names.secrets.warehouseLoader,
        "--QUARANTINE": props.dataBucket.s3UrlForObject(names.data.quarantine),
      },
    });
    job.node.addDependency(...code.uploads, ...this.logGroups);
    accept(job, {
      "AwsSolutions-GL1":
        "The log groups are made here with the platform's key, which encrypts all that is written. Glue's own setting would only rename them after the role.",
    });
  }

  private upload(props: LoadJobProps): { modules: Asset; uploads: IDependable[] } {
    const ignoreMode = IgnoreMode.GIT;
    const script = new Asset(this, "Script", { path: props.scriptFolder, ignoreMode, exclude: ["*", "!/load.py"] });
    const modules = new Asset(this, "Modules", {
      path: props.scriptFolder,
      ignoreMode,
      exclude: ["/*", "!/penstock_load", "__pycache__", ".*"],
    });
    const to = { bucket: props.assetsBucket, prune: false };
    const uploads: IDependable[] = [
      props.uploads.add("LoadScript", { ...to, source: Source.bucket(script.bucket, script.s3ObjectKey), prefix: codePrefix }),
      props.uploads.add("LoadModules", {
        ...to,
        source: Source.bucket(modules.bucket, modules.s3ObjectKey),
        prefix: `${codePrefix}/modules`,
        extract: false,
      }),
    ];
    if (props.wheelsFolder) {
      const source = Source.asset(props.wheelsFolder, { ignoreMode, exclude: ["*", `!/${wheelsFile}`] });
      uploads.push(props.uploads.add("LoadWheels", { ...to, source, prefix: `${codePrefix}/wheels/${props.wheelsDigest}` }));
    }
    return { modules, uploads };
  }

  /** Glue puts all workers of a job into one subnet, so the job runs in the first zone. */
  private connect(network: Network): glue.CfnConnection {
    const subnet = network.vpc.selectSubnets(network.isolatedSubnets).subnets[0];
    if (!subnet) {
      throw new Error("The VPC has no isolated subnet for Glue");
    }
    return new glue.CfnConnection(this, "Connection", {
      catalogId: Stack.of(this).account,
      connectionInput: {
        name: names.loadJob,
        description: "Into the VPC, beside the warehouse",
        connectionType: "NETWORK",
        connectionProperties: {},
        physicalConnectionRequirements: {
          subnetId: subnet.subnetId,
          availabilityZone: subnet.availabilityZone,
          securityGroupIdList: [network.groups.load.securityGroupId],
        },
      },
    });
  }

  private encrypt(key: kms.IKey): glue.CfnSecurityConfiguration {
    return new glue.CfnSecurityConfiguration(this, "Security", {
      name: names.loadJob,
      encryptionConfiguration: {
        s3Encryptions: [{ s3EncryptionMode: "SSE-KMS", kmsKeyArn: key.keyArn }],
        cloudWatchEncryption: { cloudWatchEncryptionMode: "DISABLED" },
        jobBookmarksEncryption: { jobBookmarksEncryptionMode: "CSE-KMS", kmsKeyArn: key.keyArn },
      },
    });
  }
}
