import * as ec2 from "aws-cdk-lib/aws-ec2";
import { Construct } from "constructs";

const https = ec2.Port.tcp(443);
const postgres = ec2.Port.tcp(5432);

export interface SecurityGroupsProps {
  readonly vpc: ec2.IVpc;
  /** Ports on which the extractor reaches databases outside the VPC. */
  readonly sourcePorts: readonly number[];
}

/** Who may talk to whom: one group for each role, nothing open by default in either direction, no ingress from an address range. */
export class SecurityGroups extends Construct {
  readonly extractor: ec2.SecurityGroup;
  readonly airflow: ec2.SecurityGroup;
  readonly load: ec2.SecurityGroup;
  readonly rotation: ec2.SecurityGroup;
  readonly warehouse: ec2.SecurityGroup;
  readonly endpoints: ec2.SecurityGroup;

  constructor(scope: Construct, id: string, props: SecurityGroupsProps) {
    super(scope, id);
    const group = (name: string, description: string) =>
      new ec2.SecurityGroup(this, name, { vpc: props.vpc, description, allowAllOutbound: false });
    this.extractor = group("Extractor", "Extractor tasks on Fargate: to sources, S3 and AWS endpoints");
    this.airflow = group("Airflow", "MWAA: its own parts among themselves, AWS, the warehouse");
    this.load = group("Load", "Glue workers: among themselves, AWS endpoints, the warehouse");
    this.rotation = group("Rotation", "Rotation of the passwords of the warehouse");
    this.warehouse = group("Warehouse", "PostgreSQL warehouse: from Glue, Airflow and rotation");
    this.endpoints = group("Endpoints", "Interface endpoints of AWS services");

    this.extractor.addEgressRule(ec2.Peer.anyIpv4(), https, "HTTP sources, S3, ECR, Secrets Manager, logs");
    for (const port of props.sourcePorts) {
      this.extractor.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(port), "ODBC sources");
    }
    // Both services refuse a group that does not admit itself: their workers, scheduler and database proxies share it.
    this.airflow.connections.allowInternally(ec2.Port.allTcp(), "Parts of MWAA among themselves");
    this.load.connections.allowInternally(ec2.Port.allTcp(), "Spark driver and executors");
    this.airflow.addEgressRule(ec2.Peer.anyIpv4(), https, "AWS APIs");
    // The isolated subnets route this to the S3 gateway endpoint only; its addresses are a prefix list known at deployment alone.
    this.load.addEgressRule(ec2.Peer.anyIpv4(), https, "S3 through the gateway endpoint, AWS through interface endpoints");
    this.rotation.connections.allowTo(this.endpoints, https, "Secrets Manager");
    for (const client of [this.extractor, this.airflow, this.load]) {
      this.endpoints.addIngressRule(client, https, "AWS APIs");
    }
    for (const client of [this.airflow, this.load, this.rotation]) {
      client.connections.allowTo(this.warehouse, postgres, "PostgreSQL");
    }
  }
}
