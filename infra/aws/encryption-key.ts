import { RemovalPolicy, Stack } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import * as kms from "aws-cdk-lib/aws-kms";
import { Construct } from "constructs";
import { names } from "./names";

/** The platform's customer managed key: buckets, secrets, log groups, the warehouse and Airflow's queue and metadata. */
export class EncryptionKey extends Construct {
  readonly key: kms.Key;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.key = new kms.Key(this, "Key", {
      alias: "penstock",
      description: "Penstock: data at rest of the pipeline platform",
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.key.addToResourcePolicy(this.logsStatement());
  }

  /** CloudWatch Logs encrypts with its own principal; the context keeps it to this platform's groups. */
  private logsStatement(): iam.PolicyStatement {
    const stack = Stack.of(this);
    const groups = [
      "/penstock/*",
      `${names.loadLogGroup}/*`,
      `airflow-${names.airflowEnvironment}-*`,
      `/aws/rds/instance/${names.warehouse}/*`,
      `/aws/ecs/containerinsights/${names.cluster}/*`,
      "/aws/lambda/penstock-*",
    ];
    return new iam.PolicyStatement({
      sid: "LogGroupsOfThisPlatform",
      principals: [new iam.ServicePrincipal(`logs.${stack.region}.amazonaws.com`)],
      actions: [
        "kms:Encrypt",
        "kms:Decrypt",
        "kms:ReEncryptFrom",
        "kms:ReEncryptTo",
        "kms:GenerateDataKey",
        "kms:GenerateDataKeyWithoutPlaintext",
        "kms:DescribeKey",
      ],
      resources: ["*"],
      conditions: {
        ArnLike: {
          "kms:EncryptionContext:aws:logs:arn": groups.map(
            (group) => `arn:${stack.partition}:logs:${stack.region}:${stack.account}:log-group:${group}`,
          ),
        },
      },
    });
  }
}
