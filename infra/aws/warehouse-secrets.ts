import { Duration, RemovalPolicy } from "aws-cdk-lib";
import type * as kms from "aws-cdk-lib/aws-kms";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import * as secretsmanager from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import { names } from "./names";
import type { Network } from "./network";
import type { Warehouse } from "./warehouse";

export interface WarehouseSecretsProps {
  readonly warehouse: Warehouse;
  readonly network: Network;
  readonly encryptionKey: kms.IKey;
  readonly rotationDays: number;
  readonly logRetention: RetentionDays;
}

/** Passwords of the warehouse's two roles as JSON {engine, host, port, dbname, username, password}, rotated in the VPC. */
export class WarehouseSecrets extends Construct {
  /** penstock_loader: Glue writes with it. */
  readonly loader: secretsmanager.Secret;
  /** penstock_reader: reads everything, writes nothing. */
  readonly reader: secretsmanager.Secret;

  constructor(scope: Construct, id: string, props: WarehouseSecretsProps) {
    super(scope, id);
    this.loader = this.role("Loader", names.secrets.warehouseLoader, "penstock_loader", props);
    this.reader = this.role("Reader", names.secrets.warehouseReader, "penstock_reader", props);
  }

  private role(id: string, secretName: string, username: string, props: WarehouseSecretsProps): secretsmanager.Secret {
    const { warehouse, network } = props;
    const secret = new secretsmanager.Secret(this, id, {
      secretName,
      description: `PostgreSQL role ${username} of the warehouse`,
      encryptionKey: props.encryptionKey,
      removalPolicy: RemovalPolicy.RETAIN,
      generateSecretString: {
        secretStringTemplate: JSON.stringify({
          engine: "postgres",
          host: warehouse.instance.instanceEndpoint.hostname,
          port: 5432,
          dbname: warehouse.databaseName,
          username,
        }),
        generateStringKey: "password",
        // Safe in a URL and in a connection string without quoting.
        excludePunctuation: true,
        passwordLength: 40,
      },
    });
    const functionName = `penstock-rotate-${id.toLowerCase()}`;
    const logs = new LogGroup(this, `${id}RotationLogs`, {
      logGroupName: `/aws/lambda/${functionName}`,
      retention: props.logRetention,
      encryptionKey: props.encryptionKey,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const rotation = secret.addRotationSchedule("Rotation", {
      hostedRotation: secretsmanager.HostedRotation.postgreSqlSingleUser({
        functionName,
        vpc: network.vpc,
        vpcSubnets: network.isolatedSubnets,
        securityGroups: [network.groups.rotation],
        excludeCharacters: " %+~`#$&*()|[]{}:;<>?!'/@\"\\=,^_.-",
      }),
      automaticallyAfter: Duration.days(props.rotationDays),
      // The role exists only once an operator has applied warehouse.sql with this first password.
      rotateImmediatelyOnUpdate: false,
    });
    rotation.node.addDependency(logs);
    return secret;
  }
}
