import { RemovalPolicy, Stack } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import type * as kms from "aws-cdk-lib/aws-kms";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import type * as s3 from "aws-cdk-lib/aws-s3";
import { BucketDeployment, type ISource } from "aws-cdk-lib/aws-s3-deployment";
import { Construct } from "constructs";
import { give, keyThrough, listPrefix, objects } from "./grants";
import { accept } from "./reasons";

export interface UploadsProps {
  readonly encryptionKey: kms.IKey;
  readonly logRetention: RetentionDays;
}

export interface Upload {
  readonly source: ISource;
  readonly bucket: s3.IBucket;
  /** Folder in the bucket, without a slash at either end. */
  readonly prefix: string;
  /** false keeps the source as one zip object whose name is its digest. */
  readonly extract?: boolean;
  /** true removes what an earlier deployment left under the prefix. */
  readonly prune: boolean;
}

/**
 * Files of this repository copied into buckets at deployment. The CDK's copying function is shared by all of them, so they share this role;
 * each upload adds the one archive that it reads and the one prefix that it writes.
 */
export class Uploads extends Construct {
  private readonly role: iam.Role;
  private readonly fixedRole: iam.IRole;
  private readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, props: UploadsProps) {
    super(scope, id);
    this.logGroup = new LogGroup(this, "Logs", {
      logGroupName: "/penstock/uploads",
      retention: props.logRetention,
      encryptionKey: props.encryptionKey,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new iam.Role(this, "Role", {
      description: "Copies this repository's files into the platform's buckets at deployment",
      assumedBy: new iam.ServicePrincipal("lambda.amazonaws.com"),
    });
    give(this.role, [
      { sid: "Log", actions: ["logs:CreateLogStream", "logs:PutLogEvents"], resources: [this.logGroup.logGroupArn] },
      keyThrough("EncryptObjects", props.encryptionKey, ["s3"]),
    ]);
    // The CDK would add s3:GetObject* on the whole staging bucket and s3:DeleteObject* on the whole destination.
    this.fixedRole = this.role.withoutPolicyUpdates();
    accept(Stack.of(this), {
      "AwsSolutions-L1":
        "The only functions are the CDK's own (copying, default security group); it chooses the Python and Node.js that it tests them on.",
    });
  }

  /** Copies at each deployment in which the source has changed. Depend on the answer to be sure that the files are there. */
  add(id: string, upload: Upload): BucketDeployment {
    const { bucket, prefix } = upload;
    const archive = upload.source.bind(new Construct(this, `${id}Source`), { handlerRole: this.fixedRole });
    give(this.role, [
      { sid: `Read${id}`, actions: ["s3:GetObject"], resources: [archive.bucket.arnForObjects(archive.zipObjectKey)] },
      objects(`Write${id}`, bucket, prefix, ["s3:GetObject", "s3:PutObject", ...(upload.prune ? ["s3:DeleteObject"] : [])]),
      listPrefix(`List${id}`, bucket, prefix),
    ]);
    const deployment = new BucketDeployment(this, id, {
      sources: [{ bind: () => archive }],
      destinationBucket: bucket,
      destinationKeyPrefix: `${prefix}/`,
      extract: upload.extract ?? true,
      prune: upload.prune,
      role: this.fixedRole,
      logGroup: this.logGroup,
      memoryLimit: 256,
    });
    // The CDK waits for the role that it was given; the policy is attached by the one behind it.
    deployment.node.addDependency(this.role);
    return deployment;
  }
}
