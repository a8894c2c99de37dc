import { Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { DockerImageAsset, Platform } from "aws-cdk-lib/aws-ecr-assets";
import * as ecs from "aws-cdk-lib/aws-ecs";
import * as iam from "aws-cdk-lib/aws-iam";
import type * as kms from "aws-cdk-lib/aws-kms";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import type * as s3 from "aws-cdk-lib/aws-s3";
import * as secretsmanager from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import { arnOf, give, keyThrough, listPrefix, objects, readWriteObjectActions } from "./grants";
import { names } from "./names";
import type { Network } from "./network";
import { accept } from "./reasons";

/** Values of one stage. */
export interface ExtractorSize {
  /** CPU units; 1024 is one vCPU. */
  readonly cpu: number;
  readonly memoryMiB: number;
}

export interface ExtractorTasksProps extends ExtractorSize {
  readonly network: Network;
  readonly dataBucket: s3.IBucket;
  readonly encryptionKey: kms.IKey;
  readonly logRetention: RetentionDays;
  /** Folder of extractor/Dockerfile. */
  readonly imageFolder: string;
  /** Adds what drills need: a task definition whose image does not exist (CannotPullContainerError) and Spot capacity. */
  readonly drills: boolean;
}

/** The ECS cluster and the extractor's Fargate task definitions. Airflow runs the tasks; nothing here keeps one running. */
export class ExtractorTasks extends Construct {
  readonly cluster: ecs.Cluster;
  readonly logGroup: LogGroup;
  readonly taskRole: iam.Role;
  readonly executionRole: iam.Role;
  readonly families: string[];

  constructor(scope: Construct, id: string, props: ExtractorTasksProps) {
    super(scope, id);
    this.cluster = new ecs.Cluster(this, "Cluster", {
      clusterName: names.cluster,
      vpc: props.network.vpc,
      // Enhanced: metrics by task and container, not only by family.
      containerInsightsV2: ecs.ContainerInsights.ENHANCED,
      // FARGATE_SPOT is for a drill; no pipeline's container may be taken back.
      enableFargateCapacityProviders: props.drills,
    });
    // ECS makes this group, unencrypted, when it is absent at the first task.
    const insights = new LogGroup(this, "InsightsLogs", {
      logGroupName: `/aws/ecs/containerinsights/${names.cluster}/performance`,
      retention: props.logRetention,
      encryptionKey: props.encryptionKey,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.cluster.node.addDependency(insights);
    this.logGroup = new LogGroup(this, "Logs", {
      logGroupName: names.extractorLogGroup,
      retention: props.logRetention,
      encryptionKey: props.encryptionKey,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const source = new secretsmanager.Secret(this, "ShopSource", {
      secretName: names.secrets.shopSource,
      description: 'ODBC connection string of the source "shop": an operator replaces the generated value',
      encryptionKey: props.encryptionKey,
      removalPolicy: RemovalPolicy.RETAIN,
      generateSecretString: { secretStringTemplate: "{}", generateStringKey: "connection_string", excludePunctuation: true },
    });
    accept(source, {
      "AwsSolutions-SMG4":
        "The password belongs to a database outside this account: its owner changes it there and an operator sets it here.",
    });
    this.taskRole = this.makeTaskRole(props);
    this.executionRole = new iam.Role(this, "ExecutionRole", {
      description: "ECS agent of the extractor: pulls the image, reads the source's secret, writes the log",
      assumedBy: new iam.ServicePrincipal("ecs-tasks.amazonaws.com"),
    });
    accept(this.executionRole, {
      "AwsSolutions-IAM5[Resource::*]": "ecr:GetAuthorizationToken has no resource; pulling itself is granted on the one repository.",
    });
    const image = new DockerImageAsset(this, "Image", {
      directory: props.imageFolder,
      platform: Platform.LINUX_AMD64,
      exclude: ["glue", "tests", "**/.*", "**/__pycache__", "**/*.egg-info"],
    });
    const connection = ecs.Secret.fromSecretsManager(source, "connection_string");
    this.define("Task", names.extractorFamily, ecs.ContainerImage.fromDockerImageAsset(image), connection, props);
    this.families = [names.extractorFamily];
    if (props.drills) {
      const missing = ecs.ContainerImage.fromEcrRepository(image.repository, "missing");
      this.define("MissingImageTask", names.missingImageFamily, missing, connection, props);
      this.families.push(names.missingImageFamily);
    }
  }

  private define(id: string, family: string, image: ecs.ContainerImage, connection: ecs.Secret, props: ExtractorTasksProps): void {
    const definition = new ecs.FargateTaskDefinition(this, id, {
      family,
      cpu: props.cpu,
      memoryLimitMiB: props.memoryMiB,
      runtimePlatform: { cpuArchitecture: ecs.CpuArchitecture.X86_64, operatingSystemFamily: ecs.OperatingSystemFamily.LINUX },
      taskRole: this.taskRole,
      executionRole: this.executionRole,
    });
    const linuxParameters = new ecs.LinuxParameters(this, `${id}Linux`, { initProcessEnabled: true });
    linuxParameters.dropCapabilities(ecs.Capability.ALL);
    definition.addContainer(names.extractorContainer, {
      containerName: names.extractorContainer,
      image,
      essential: true,
      user: "65532:65532",
      readonlyRootFilesystem: true,
      linuxParameters,
      // The extractor ends within 10 s of SIGTERM.
      stopTimeout: Duration.seconds(30),
      // Blocking: a lost line may be the one that explains the failure. A hung log service is ended by the task's timeout in Airflow.
      logging: ecs.LogDrivers.awsLogs({
        logGroup: this.logGroup,
        streamPrefix: names.extractorLogPrefix,
        mode: ecs.AwsLogDriverMode.BLOCKING,
      }),
      secrets: { ODBC_CONNECTION_STRING: connection },
    });
  }

  /** Parts, manifests and watermarks under raw/, and nothing else. */
  private makeTaskRole(props: ExtractorTasksProps): iam.Role {
    const role = new iam.Role(this, "TaskRole", {
      description: "The extractor itself: reads and writes raw/ of the data bucket",
      // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
      assumedBy: new iam.ServicePrincipal("ecs-tasks.amazonaws.com", {
        conditions: {
          StringEquals: { "aws:SourceAccount": Stack.of(this).account },
          ArnLike: { "aws:SourceArn": arnOf(this, "ecs", "*") },
        },
      }),
    });
    give(role, [
      objects("PartsManifestsWatermarks", props.dataBucket, names.data.raw, readWriteObjectActions),
      listPrefix("FindOldParts", props.dataBucket, names.data.raw),
      keyThrough("EncryptObjects", props.encryptionKey, ["s3"]),
    ]);
    return role;
  }
}
