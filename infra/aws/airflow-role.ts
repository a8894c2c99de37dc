import { Stack } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import type * as kms from "aws-cdk-lib/aws-kms";
import type * as s3 from "aws-cdk-lib/aws-s3";
import type * as secretsmanager from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import type { ExtractorTasks } from "./extractor-tasks";
import { arnOf, type Grant, give, keyThrough } from "./grants";
import { names } from "./names";

export interface AirflowRoleProps {
  readonly bucket: s3.IBucket;
  readonly encryptionKey: kms.IKey;
  readonly extractor: ExtractorTasks;
  /** Secrets that tasks of the DAGs read by themselves. */
  readonly secrets: readonly secretsmanager.ISecret[];
}

/** MWAA's execution role: what the service needs, by its guide, and what the DAGs do. Whoever may write to dags/ has this role. */
export class AirflowRole extends Construct {
  readonly role: iam.Role;

  constructor(scope: Construct, id: string, props: AirflowRoleProps) {
    super(scope, id);
    // https://docs.aws.amazon.com/mwaa/latest/userguide/cross-service-confused-deputy-prevention.html
    const conditions = {
      StringEquals: { "aws:SourceAccount": Stack.of(this).account },
      ArnLike: { "aws:SourceArn": arnOf(this, "airflow", `environment/${names.airflowEnvironment}`) },
    };
    this.role = new iam.Role(this, "Role", {
      description: "MWAA environment and its DAGs: runs extractor tasks and the load job, reads the load record",
      assumedBy: new iam.CompositePrincipal(
        new iam.ServicePrincipal("airflow.amazonaws.com", { conditions }),
        new iam.ServicePrincipal("airflow-env.amazonaws.com", { conditions }),
      ),
    });
    give(this.role, [
      ...this.files(props.bucket),
      ...this.service(props.encryptionKey),
      ...this.extractor(props.extractor),
      ...this.load(props),
    ]);
  }

  /** https://docs.aws.amazon.com/mwaa/latest/userguide/mwaa-create-role.html has s3:GetObject*, s3:GetBucket* and s3:List* here. */
  private files(bucket: s3.IBucket): Grant[] {
    return [
      {
        sid: "ReadFiles",
        actions: ["s3:GetObject", "s3:GetObjectVersion"],
        resources: [bucket.arnForObjects("*")],
        why: "The bucket holds nothing but this environment's files.",
      },
      {
        sid: "CheckBucket",
        actions: [
          "s3:ListBucket",
          "s3:ListBucketVersions",
          "s3:GetBucketLocation",
          "s3:GetBucketVersioning",
          "s3:GetBucketPublicAccessBlock",
          "s3:GetBucketPolicyStatus",
          "s3:GetBucketAcl",
          "s3:GetEncryptionConfiguration",
        ],
        resources: [bucket.bucketArn],
      },
      { sid: "CheckAccount", actions: ["s3:GetAccountPublicAccessBlock"], resources: ["*"], why: "The action has no resource." },
    ];
  }

  /** The rest of the same guide. */
  private service(key: kms.IKey): Grant[] {
    const { partition, region } = Stack.of(this);
    return [
      {
        sid: "Health",
        actions: ["airflow:PublishMetrics"],
        resources: [arnOf(this, "airflow", `environment/${names.airflowEnvironment}`)],
      },
      {
        sid: "Log",
        actions: [
          "logs:CreateLogStream",
          "logs:CreateLogGroup",
          "logs:PutLogEvents",
          "logs:GetLogEvents",
          "logs:GetLogRecord",
          "logs:GetLogGroupFields",
          "logs:GetQueryResults",
        ],
        resources: [arnOf(this, "logs", `log-group:airflow-${names.airflowEnvironment}-*`)],
        why: "The five log groups of this environment and their streams.",
      },
      { sid: "FindLogGroups", actions: ["logs:DescribeLogGroups"], resources: ["*"], why: "The action lists; it has no resource." },
      {
        sid: "Metrics",
        actions: ["cloudwatch:PutMetricData"],
        resources: ["*"],
        conditions: { StringEquals: { "cloudwatch:namespace": ["AmazonMWAA", "AWS/MWAA"] } },
        why: "The action has no resource; the condition keeps it to MWAA's namespaces.",
      },
      {
        sid: "Queue",
        actions: [
          "sqs:ChangeMessageVisibility",
          "sqs:DeleteMessage",
          "sqs:GetQueueAttributes",
          "sqs:GetQueueUrl",
          "sqs:ReceiveMessage",
          "sqs:SendMessage",
        ],
        resources: [`arn:${partition}:sqs:${region}:*:airflow-celery-*`],
        why: "The queue is in an account of MWAA's and named by it.",
      },
      keyThrough(
        "EncryptQueueAndFiles",
        key,
        ["sqs", "s3", "secretsmanager"],
        ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"],
      ),
    ];
  }

  private extractor({ cluster, families, taskRole, executionRole, logGroup }: ExtractorTasks): Grant[] {
    const conditions = { ArnEquals: { "ecs:cluster": cluster.clusterArn } };
    const tasks = {
      resources: [arnOf(this, "ecs", `task/${names.cluster}/*`)],
      why: "The tasks of this cluster; ECS makes their ids when they start.",
    };
    return [
      {
        sid: "RunExtractor",
        actions: ["ecs:RunTask"],
        resources: families.map((family) => arnOf(this, "ecs", `task-definition/${family}:*`)),
        conditions,
        why: "Every revision of the extractor's task definition, in this cluster alone.",
      },
      { ...tasks, sid: "FollowExtractor", actions: ["ecs:DescribeTasks", "ecs:StopTask"], conditions },
      {
        sid: "FindExtractor",
        actions: ["ecs:ListTasks"],
        resources: ["*"],
        conditions,
        why: "A new worker looks for the task of one that died. ECS authorises listing by cluster, which the condition names.",
      },
      { ...tasks, sid: "TagExtractor", actions: ["ecs:TagResource"], conditions: { StringEquals: { "ecs:CreateAction": "RunTask" } } },
      {
        sid: "PassExtractorRoles",
        actions: ["iam:PassRole"],
        resources: [taskRole.roleArn, executionRole.roleArn],
        conditions: { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
      },
      { sid: "ReadExtractorLog", actions: ["logs:GetLogEvents"], resources: [logGroup.logGroupArn] },
    ];
  }

  private load({ secrets }: AirflowRoleProps): Grant[] {
    return [
      {
        sid: "RunLoad",
        actions: ["glue:GetJob", "glue:StartJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:BatchStopJobRun"],
        resources: [arnOf(this, "glue", `job/${names.loadJob}`)],
      },
      {
        sid: "LogInToWarehouse",
        actions: ["secretsmanager:GetSecretValue"],
        resources: secrets.map((secret) => secret.secretArn),
      },
    ];
  }
}
