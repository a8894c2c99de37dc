import { join } from "node:path";
import { CfnOutput, Stack, type StackProps } from "aws-cdk-lib";
import type { RetentionDays } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import { AirflowEnvironment, type AirflowSize } from "./airflow-environment";
import { Buckets } from "./buckets";
import { DashboardRoles } from "./dashboard-roles";
import { EncryptionKey } from "./encryption-key";
import { EventQueue } from "./event-queue";
import { type ExtractorSize, ExtractorTasks } from "./extractor-tasks";
import { LoadJob, type LoadSize } from "./load-job";
import { Network } from "./network";
import { Uploads } from "./uploads";
import { Warehouse, type WarehouseSize } from "./warehouse";
import { WarehouseSecrets } from "./warehouse-secrets";

/** Everything that differs from stage to stage. */
export interface Stage {
  readonly network: { readonly cidr: string; readonly natGateways: number; readonly sourcePorts: readonly number[] };
  readonly extractor: ExtractorSize;
  readonly load: LoadSize;
  readonly airflow: AirflowSize;
  readonly warehouse: WarehouseSize;
  readonly logRetention: RetentionDays;
  readonly archiveAfterDays: number;
  readonly quarantineDays: number;
  readonly passwordRotationDays: number;
  /** Drills of real failures: the DAG orders_faults, the task definition without an image, a table lock held with the loader's password. */
  readonly drills: boolean;
  /** Base address of the FX rates API. */
  readonly fxUrl: string;
  /** ARNs that may assume the dashboard's roles beside the dashboard itself. */
  readonly dashboardPrincipals: readonly string[];
}

export interface PenstockStackProps extends StackProps {
  readonly stage: Stage;
  /** Root of this repository: extractor/ and dags/ are uploaded from it. */
  readonly repository: string;
  /** Where extractor/glue/package.py has put the wheels for Glue; undefined where the job will not run. */
  readonly wheelsFolder: string | undefined;
  /** Digest of extractor/glue/wheels.lock. */
  readonly wheelsDigest: string;
}

/** The pipeline platform: what extracts, loads, orchestrates and keeps. The dashboard's own service is not part of it; its roles are. */
export class PenstockStack extends Stack {
  constructor(scope: Construct, id: string, props: PenstockStackProps) {
    super(scope, id, { terminationProtection: true, ...props });
    const { stage, repository } = props;
    const { key: encryptionKey } = new EncryptionKey(this, "Encryption");
    const common = { encryptionKey, logRetention: stage.logRetention };

    const network = new Network(this, "Network", { ...common, ...stage.network });
    const buckets = new Buckets(this, "Buckets", { ...common, ...stage });
    const uploads = new Uploads(this, "Uploads", common);
    const warehouse = new Warehouse(this, "Warehouse", { ...common, ...stage.warehouse, network });
    const secrets = new WarehouseSecrets(this, "WarehouseSecrets", {
      ...common,
      warehouse,
      network,
      rotationDays: stage.passwordRotationDays,
    });
    const extractor = new ExtractorTasks(this, "Extractor", {
      ...common,
      ...stage.extractor,
      network,
      dataBucket: buckets.data,
      imageFolder: join(repository, "extractor"),
      drills: stage.drills,
    });
    new LoadJob(this, "Load", {
      ...common,
      ...stage.load,
      network,
      dataBucket: buckets.data,
      assetsBucket: buckets.assets,
      uploads,
      loaderSecret: secrets.loader,
      scriptFolder: join(repository, "extractor/glue"),
      wheelsFolder: props.wheelsFolder,
      wheelsDigest: props.wheelsDigest,
    });
    new AirflowEnvironment(this, "Airflow", {
      ...common,
      ...stage.airflow,
      network,
      bucket: buckets.airflow,
      dataBucket: buckets.data,
      uploads,
      extractor,
      secrets: stage.drills ? [secrets.reader, secrets.loader] : [secrets.reader],
      dagsFolder: join(repository, "dags"),
      excludedDags: stage.drills ? [] : ["orders_faults.py"],
      requirementsFile: join(repository, "infra/aws/airflow/requirements.txt"),
      fxUrl: stage.fxUrl,
    });
    const { queue: events } = new EventQueue(this, "Events");
    const roles = new DashboardRoles(this, "Dashboard", {
      warehouse: warehouse.instance,
      events,
      trustedPrincipals: stage.dashboardPrincipals,
    });

    new CfnOutput(this, "ReaderRoleArn", { value: roles.reader.roleArn, description: "penstock.yaml: roleArn" });
    new CfnOutput(this, "OperatorRoleArn", { value: roles.operator.roleArn, description: "penstock.yaml: operatorRoleArn" });
    new CfnOutput(this, "EventQueueUrl", { value: events.queueUrl, description: "penstock.yaml: events" });
    new CfnOutput(this, "WarehouseHost", {
      value: warehouse.instance.instanceEndpoint.hostname,
      description: "penstock.yaml: warehouse.rds.host",
    });
  }
}
