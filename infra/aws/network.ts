import { Stack } from "aws-cdk-lib";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import * as iam from "aws-cdk-lib/aws-iam";
import type * as kms from "aws-cdk-lib/aws-kms";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { SecurityGroups } from "./security-groups";

export interface NetworkProps {
  /** Address range of the VPC, for example 10.40.0.0/16; it must not overlap with networks that it will be peered with. */
  readonly cidr: string;
  /** NAT gateways: 1 is cheap and loses egress with its zone, 2 is one for each zone. */
  readonly natGateways: number;
  /** Ports on which the extractor reaches databases outside the VPC (1433 SQL Server, 5432 PostgreSQL). */
  readonly sourcePorts: readonly number[];
  readonly logRetention: RetentionDays;
  readonly encryptionKey: kms.IKey;
}

/**
 * Two zones, three kinds of subnet. Public: only NAT gateways. Private: Airflow and the extractor, which need the internet (sources,
 * AWS services without an endpoint here) through NAT. Isolated: Glue and the warehouse, with no route out; Glue reaches AWS through endpoints and its
 * Python modules come as wheels from S3, so that code which reads raw rows cannot send them anywhere else.
 */
export class Network extends Construct {
  readonly vpc: ec2.Vpc;
  readonly groups: SecurityGroups;
  /** Airflow and extractor tasks. */
  readonly egressSubnets: ec2.SubnetSelection = { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS };
  /** Glue, the warehouse, endpoints, rotation of passwords. */
  readonly isolatedSubnets: ec2.SubnetSelection = { subnetType: ec2.SubnetType.PRIVATE_ISOLATED };

  constructor(scope: Construct, id: string, props: NetworkProps) {
    super(scope, id);
    this.vpc = new ec2.Vpc(this, "Vpc", {
      ipAddresses: ec2.IpAddresses.cidr(props.cidr),
      // MWAA wants exactly two subnets in two zones.
      maxAzs: 2,
      natGateways: props.natGateways,
      subnetConfiguration: [
        { name: "Public", subnetType: ec2.SubnetType.PUBLIC, cidrMask: 24, mapPublicIpOnLaunch: false },
        { name: "Private", subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 20 },
        { name: "Isolated", subnetType: ec2.SubnetType.PRIVATE_ISOLATED, cidrMask: 22 },
      ],
    });
    this.vpc.addFlowLog("FlowLog", {
      destination: ec2.FlowLogDestination.toCloudWatchLogs(
        new LogGroup(this, "FlowLogs", {
          logGroupName: "/penstock/flow-logs",
          retention: props.logRetention,
          encryptionKey: props.encryptionKey,
        }),
      ),
    });
    this.groups = new SecurityGroups(this, "Groups", { vpc: this.vpc, sourcePorts: props.sourcePorts });
    this.addS3Endpoint();
    this.addInterfaceEndpoints();
  }

  /** Free, and the only way out of the isolated subnets: so it carries this account's buckets and ECR's layers alone. */
  private addS3Endpoint(): void {
    const { account, partition, region } = Stack.of(this);
    const endpoint = this.vpc.addGatewayEndpoint("S3", { service: ec2.GatewayVpcEndpointAwsService.S3 });
    endpoint.addToPolicy(
      new iam.PolicyStatement({
        sid: "BucketsOfThisAccount",
        principals: [new iam.AnyPrincipal()],
        actions: ["s3:*"],
        resources: ["*"],
        conditions: { StringEquals: { "aws:ResourceAccount": account } },
      }),
    );
    endpoint.addToPolicy(
      new iam.PolicyStatement({
        sid: "ImageLayers",
        principals: [new iam.AnyPrincipal()],
        actions: ["s3:GetObject"],
        resources: [`arn:${partition}:s3:::prod-${region}-starport-layer-bucket/*`],
      }),
    );
  }

  private addInterfaceEndpoints(): void {
    const services = {
      SecretsManager: ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
      Logs: ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
      Metrics: ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_MONITORING,
      Kms: ec2.InterfaceVpcEndpointAwsService.KMS,
      Glue: ec2.InterfaceVpcEndpointAwsService.GLUE,
      // InvokeRestApi of a private web server is answered only inside the VPC.
      AirflowApi: ec2.InterfaceVpcEndpointAwsService.AIRFLOW_API,
      AirflowEnv: ec2.InterfaceVpcEndpointAwsService.AIRFLOW_ENV,
    };
    for (const [name, service] of Object.entries(services)) {
      this.vpc.addInterfaceEndpoint(name, {
        service,
        subnets: this.isolatedSubnets,
        securityGroups: [this.groups.endpoints],
        open: false,
      });
    }
  }
}
