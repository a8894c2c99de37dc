import * as iam from "aws-cdk-lib/aws-iam";
import type * as kms from "aws-cdk-lib/aws-kms";
import type { ILogGroup } from "aws-cdk-lib/aws-logs";
import type * as s3 from "aws-cdk-lib/aws-s3";
import type * as secretsmanager from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import { arnOf, type Grant, give, keyThrough, listPrefix, objects, readWriteObjectActions } from "./grants";
import { names } from "./names";

export interface LoadRoleProps {
  readonly dataBucket: s3.IBucket;
  readonly assetsBucket: s3.IBucket;
  readonly loaderSecret: secretsmanager.ISecret;
  readonly encryptionKey: kms.IKey;
  readonly logGroups: readonly ILogGroup[];
  /** Connection into the VPC that the job uses. */
  readonly connectionName: string;
}

/** What the Glue job may do: in place of AWS's AWSGlueServiceRole, which allows glue:* and every bucket named aws-glue-*. */
export class LoadRole extends Construct {
  readonly role: iam.Role;

  constructor(scope: Construct, id: string, props: LoadRoleProps) {
    super(scope, id);
    this.role = new iam.Role(this, "Role", {
      description: "The load job: reads raw/, writes quarantine/, logs in to the warehouse as penstock_loader",
      assumedBy: new iam.ServicePrincipal("glue.amazonaws.com"),
    });
    give(this.role, [...this.data(props), ...this.runtime(props)]);
  }

  private data({ dataBucket, assetsBucket, loaderSecret, encryptionKey }: LoadRoleProps): Grant[] {
    return [
      objects("ReadParts", dataBucket, names.data.raw, ["s3:GetObject"]),
      listPrefix("ListParts", dataBucket, names.data.raw),
      objects("WriteRejects", dataBucket, names.data.quarantine, readWriteObjectActions),
      {
        sid: "MarkFolder",
        // Spark's S3 connector on EMR and Glue marks a folder with an empty object beside it.
        actions: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
        resources: [dataBucket.arnForObjects(`${names.data.quarantine}_$folder$`)],
      },
      {
        sid: "CommitRejects",
        actions: ["s3:GetBucketLocation", "s3:ListBucketMultipartUploads"],
        resources: [dataBucket.bucketArn],
      },
      listPrefix("ListRejects", dataBucket, names.data.quarantine),
      objects("ReadCode", assetsBucket, "glue", ["s3:GetObject"]),
      listPrefix("ListCode", assetsBucket, "glue"),
      keyThrough("DecryptAndEncrypt", encryptionKey, ["s3", "secretsmanager"]),
      { sid: "LogInToWarehouse", actions: ["secretsmanager:GetSecretValue"], resources: [loaderSecret.secretArn] },
    ];
  }

  private runtime({ logGroups, connectionName }: LoadRoleProps): Grant[] {
    return [
      {
        sid: "Log",
        // Glue asks for each group to be made, and takes the answer that it exists; a refusal would end the run.
        actions: ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
        resources: logGroups.map((group) => group.logGroupArn),
      },
      {
        sid: "ReadConnection",
        actions: ["glue:GetConnection"],
        resources: [arnOf(this, "glue", "catalog"), arnOf(this, "glue", `connection/${connectionName}`)],
      },
      {
        sid: "FindSubnet",
        actions: [
          "ec2:DescribeNetworkInterfaces",
          "ec2:DescribeRouteTables",
          "ec2:DescribeSecurityGroups",
          "ec2:DescribeSubnets",
          "ec2:DescribeVpcAttribute",
          "ec2:DescribeVpcEndpoints",
        ],
        resources: ["*"],
        why: "EC2's Describe calls have no resource. They show addresses, no data.",
      },
      {
        sid: "AttachWorkers",
        actions: ["ec2:CreateNetworkInterface"],
        resources: ["network-interface/*", "subnet/*", "security-group/*"].map((resource) => arnOf(this, "ec2", resource)),
        why: "A job with a connection makes a network interface for each worker; Glue takes subnet and group from the connection.",
      },
      {
        sid: "DetachWorkers",
        actions: ["ec2:DeleteNetworkInterface"],
        resources: [arnOf(this, "ec2", "network-interface/*")],
        conditions: { StringLike: { "aws:ResourceTag/aws-glue-service-resource": "*" } },
        why: "The interfaces are made at run time; the condition keeps it to those that Glue made.",
      },
      {
        sid: "TagWorkers",
        actions: ["ec2:CreateTags", "ec2:DeleteTags"],
        resources: [arnOf(this, "ec2", "network-interface/*")],
        conditions: { "ForAllValues:StringEquals": { "aws:TagKeys": ["aws-glue-service-resource"] } },
        why: "The interfaces are made at run time; the condition keeps it to Glue's own tag.",
      },
      {
        sid: "Metrics",
        actions: ["cloudwatch:PutMetricData"],
        resources: ["*"],
        conditions: { StringEquals: { "cloudwatch:namespace": "Glue" } },
        why: "The action has no resource; the condition keeps it to one namespace.",
      },
    ];
  }
}
