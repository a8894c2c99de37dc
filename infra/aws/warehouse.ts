import { Duration, RemovalPolicy } from "aws-cdk-lib";
import type * as ec2 from "aws-cdk-lib/aws-ec2";
import type * as kms from "aws-cdk-lib/aws-kms";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import * as rds from "aws-cdk-lib/aws-rds";
import { Construct } from "constructs";
import { names } from "./names";
import type { Network } from "./network";
import { accept } from "./reasons";

/** Values of one stage. */
export interface WarehouseSize {
  readonly instanceType: ec2.InstanceType;
  readonly storageGiB: number;
  /** Storage grows by itself up to this. */
  readonly maxStorageGiB: number;
  /** A standby in the second zone; doubles the price. */
  readonly multiAz: boolean;
  readonly backupDays: number;
}

export interface WarehouseProps extends WarehouseSize {
  readonly network: Network;
  readonly encryptionKey: kms.IKey;
  readonly logRetention: RetentionDays;
}

/**
 * The PostgreSQL that the pipelines load: isolated, encrypted, TLS only, IAM authentication on. RDS makes and rotates the master's password
 * every seven days; nobody needs it but the operator who applies extractor/glue/warehouse.sql.
 */
export class Warehouse extends Construct {
  readonly instance: rds.DatabaseInstance;
  readonly databaseName = "warehouse";

  constructor(scope: Construct, id: string, props: WarehouseProps) {
    super(scope, id);
    const engine = rds.DatabaseInstanceEngine.postgres({ version: rds.PostgresEngineVersion.VER_17_9 });
    const logs = new LogGroup(this, "Logs", {
      logGroupName: `/aws/rds/instance/${names.warehouse}/postgresql`,
      retention: props.logRetention,
      encryptionKey: props.encryptionKey,
    });
    this.instance = new rds.DatabaseInstance(this, "Instance", {
      instanceIdentifier: names.warehouse,
      databaseName: this.databaseName,
      engine,
      instanceType: props.instanceType,
      vpc: props.network.vpc,
      vpcSubnets: props.network.isolatedSubnets,
      securityGroups: [props.network.groups.warehouse],
      publiclyAccessible: false,
      multiAz: props.multiAz,
      allocatedStorage: props.storageGiB,
      maxAllocatedStorage: props.maxStorageGiB,
      storageType: rds.StorageType.GP3,
      storageEncrypted: true,
      storageEncryptionKey: props.encryptionKey,
      credentials: rds.Credentials.fromUsername("penstock_admin"),
      manageMasterUserPassword: true,
      iamAuthentication: true,
      parameters: {
        "rds.force_ssl": "1",
        log_connections: "1",
        log_lock_waits: "1",
        log_min_duration_statement: "5000",
        // Evidence of freshness for tables without a loaded_at column.
        track_commit_timestamp: "1",
      },
      backupRetention: Duration.days(props.backupDays),
      copyTagsToSnapshot: true,
      deletionProtection: true,
      removalPolicy: RemovalPolicy.SNAPSHOT,
      autoMinorVersionUpgrade: true,
      cloudwatchLogsExports: ["postgresql"],
      enablePerformanceInsights: true,
      performanceInsightEncryptionKey: props.encryptionKey,
    });
    // RDS creates the group, without retention, when it is absent at the first export.
    this.instance.node.addDependency(logs);
    accept(this.instance, {
      "AwsSolutions-RDS11":
        "The port is no secret: three security groups are admitted, no address range. 5432 is what every client expects.",
    });
  }
}
