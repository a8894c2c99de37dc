import { Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import type * as kms from "aws-cdk-lib/aws-kms";
import * as s3 from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import { names } from "./names";

export interface BucketsProps {
  readonly encryptionKey: kms.IKey;
  /** Days after which extracted Parquet moves to cheaper storage that still answers at once. It never expires: watermarks live beside it. */
  readonly archiveAfterDays: number;
  /** Days after which rejected rows are deleted; they are there to be repaired, not kept. */
  readonly quarantineDays: number;
}

/** The data lake, the pipeline's code, Airflow's files and who read them: private, encrypted, versioned, TLS only. Kept when the stack goes. */
export class Buckets extends Construct {
  /** Extracted Parquet under raw/, rejected rows under quarantine/. */
  readonly data: s3.Bucket;
  /** Glue's script and modules under glue/. */
  readonly assets: s3.Bucket;
  /** dags/, requirements, startup script. */
  readonly airflow: s3.Bucket;

  constructor(scope: Construct, id: string, props: BucketsProps) {
    super(scope, id);
    const { account, region } = Stack.of(this);
    const hygiene: s3.LifecycleRule = {
      id: "old-versions-and-broken-uploads",
      noncurrentVersionExpiration: Duration.days(30),
      abortIncompleteMultipartUploadAfter: Duration.days(2),
    };
    const safe = {
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      versioned: true,
      removalPolicy: RemovalPolicy.RETAIN,
    };
    // S3 delivers access logs only to buckets with its own key.
    const accessLogs = new s3.Bucket(this, "AccessLogs", {
      ...safe,
      bucketName: `${names.buckets.accessLogs}-${account}-${region}`,
      encryption: s3.BucketEncryption.S3_MANAGED,
      lifecycleRules: [{ ...hygiene, expiration: Duration.days(365) }],
    });
    const bucket = (key: "data" | "assets" | "airflow", lifecycleRules: s3.LifecycleRule[]) =>
      new s3.Bucket(this, `${key[0]?.toUpperCase()}${key.slice(1)}`, {
        ...safe,
        bucketName: `${names.buckets[key]}-${account}-${region}`,
        encryption: s3.BucketEncryption.KMS,
        encryptionKey: props.encryptionKey,
        bucketKeyEnabled: true,
        serverAccessLogsBucket: accessLogs,
        serverAccessLogsPrefix: `${key}/`,
        lifecycleRules,
      });
    this.data = bucket("data", [
      hygiene,
      {
        id: "raw",
        prefix: `${names.data.raw}/`,
        transitions: [{ storageClass: s3.StorageClass.GLACIER_INSTANT_RETRIEVAL, transitionAfter: Duration.days(props.archiveAfterDays) }],
      },
      { id: "quarantine", prefix: `${names.data.quarantine}/`, expiration: Duration.days(props.quarantineDays) },
    ]);
    this.assets = bucket("assets", [hygiene]);
    this.airflow = bucket("airflow", [hygiene]);
  }
}
