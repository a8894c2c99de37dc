import { Stack } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import type * as rds from "aws-cdk-lib/aws-rds";
import type * as sqs from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { type AwsAccess, type AwsPlace, awsPermissions } from "@/lib/aws-permissions";
import { arnOf, type Grant, give } from "./grants";
import { names } from "./names";

export interface DashboardRolesProps {
  readonly warehouse: rds.DatabaseInstance;
  /** Where ECS and Glue say what changed. */
  readonly events: sqs.IQueue;
  /**
   * ARNs of principals that may assume the two roles beside the dashboard's own, for example a dashboard in another account or an
   * engineer's role that runs `npm start`. Their own policies must allow sts:AssumeRole too.
   */
  readonly trustedPrincipals: readonly string[];
}

/**
 * What the dashboard may do. Its process has a role that can only assume the other two: `reader` (penstock.yaml: roleArn) for everything
 * that it shows, `operator` (operatorRoleArn) for the moment of an action. So a read can never trigger a run, whatever the code does.
 * Which actions, and why each, is said once, in lib/aws-permissions.ts; the test suites are held to have called every one of them and no other.
 */
export class DashboardRoles extends Construct {
  readonly service: iam.Role;
  readonly reader: iam.Role;
  readonly operator: iam.Role;

  constructor(scope: Construct, id: string, props: DashboardRolesProps) {
    super(scope, id);
    const { region } = Stack.of(this);
    this.service = new iam.Role(this, "Service", {
      roleName: `${names.roles.dashboard}-${region}`,
      description: "The dashboard's process: may assume penstock-dashboard-reader and -operator, nothing else",
      assumedBy: new iam.ServicePrincipal("ecs-tasks.amazonaws.com", {
        conditions: {
          StringEquals: { "aws:SourceAccount": Stack.of(this).account },
          ArnLike: { "aws:SourceArn": arnOf(this, "ecs", "*") },
        },
      }),
    });
    const assumedBy = new iam.CompositePrincipal(
      new iam.ArnPrincipal(this.service.roleArn),
      ...props.trustedPrincipals.map((arn) => new iam.ArnPrincipal(arn)),
    );
    this.reader = new iam.Role(this, "Reader", {
      roleName: `${names.roles.reader}-${region}`,
      description: "The dashboard reads: Airflow as Viewer, ECS, Glue, logs, metrics, events, freshness of the warehouse",
      assumedBy,
    });
    this.operator = new iam.Role(this, "Operator", {
      roleName: `${names.roles.operator}-${region}`,
      description: "The dashboard acts: Airflow as User",
      assumedBy,
    });
    give(this.service, [{ sid: "TakeEitherRole", actions: ["sts:AssumeRole"], resources: [this.reader.roleArn, this.operator.roleArn] }]);
    const place: AwsPlace = {
      arn: (service, resource) => arnOf(this, service, resource),
      airflow: names.airflowEnvironment,
      clusters: [names.cluster],
      jobs: [names.loadJob],
      // Not the flow logs, not PostgreSQL's log, not other applications; of Airflow's five the one that attempts write.
      logGroups: [`airflow-${names.airflowEnvironment}-Task`, `${names.loadLogGroup}/*`, names.extractorLogGroup],
      queue: props.events.queueArn,
      databaseUser: `${props.warehouse.instanceResourceId}/${names.dashboardDatabaseUser}`,
    };
    give(this.reader, grants("read", place));
    give(this.operator, grants("operate", place));
  }
}

/** One statement for each action, so that a reader of the policy finds each with its own resource. */
function grants(access: AwsAccess, place: AwsPlace): Grant[] {
  return awsPermissions
    .filter((permission) => permission.access === access)
    .map(({ action, resources, conditions, breadth }) => ({
      sid: action.replace(/(^|\W)(\w)/g, (_, _separator, letter: string) => letter.toUpperCase()),
      actions: [action],
      resources: resources(place),
      conditions: conditions?.(place),
      why: breadth,
    }));
}
