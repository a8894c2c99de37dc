import { Stack } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import type * as rds from "aws-cdk-lib/aws-rds";
import { Construct } from "constructs";
import { arnOf, type Grant, give } from "./grants";
import { names } from "./names";

export interface DashboardRolesProps {
  readonly warehouse: rds.DatabaseInstance;
  /**
   * ARNs of principals that may assume the two roles beside the dashboard's own, for example a dashboard in another account or an
   * engineer's role that runs `npm start`. Their own policies must allow sts:AssumeRole too.
   */
  readonly trustedPrincipals: readonly string[];
}

/**
 * What the dashboard may do. Its process has a role that can only assume the other two: `reader` (penstock.yaml: roleArn) for everything
 * that it shows, `operator` (operatorRoleArn) for the moment of an action. So a read can never trigger a run, whatever the code does.
 */
export class DashboardRoles extends Construct {
  readonly service: iam.Role;
  readonly reader: iam.Role;
  readonly operator: iam.Role;

  constructor(scope: Construct, id: string, props: DashboardRolesProps) {
    super(scope, id);
    this.service = new iam.Role(this, "Service", {
      roleName: "penstock-dashboard",
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
      roleName: "penstock-dashboard-reader",
      description: "The dashboard reads: Airflow as Viewer, ECS, Glue, logs, prices, freshness of the warehouse",
      assumedBy,
    });
    this.operator = new iam.Role(this, "Operator", {
      roleName: "penstock-dashboard-operator",
      description: "The dashboard acts: Airflow as User, stop an extractor task or a load",
      assumedBy,
    });
    give(this.service, [{ sid: "TakeEitherRole", actions: ["sts:AssumeRole"], resources: [this.reader.roleArn, this.operator.roleArn] }]);
    give(this.reader, [
      this.airflowAs("Viewer"),
      ...this.airflow(),
      ...this.ecs(),
      ...this.glue(),
      this.logs(),
      this.prices(),
      this.warehouse(props.warehouse),
    ]);
    // An action is settled by reading the same system back.
    give(this.operator, [this.airflowAs("User"), ...this.ecs(), ...this.glue(), ...this.actions()]);
  }

  /**
   * The resource is the role in Airflow, not the environment. Viewer reads; User also triggers, clears and pauses. Op would show
   * connections and variables, so neither role has it; nor CreateCliToken, which makes an administrator of whoever holds the token.
   */
  private airflowAs(role: "Viewer" | "User"): Grant {
    return {
      sid: `AirflowAs${role}`,
      actions: ["airflow:InvokeRestApi"],
      resources: [arnOf(this, "airflow", `role/${names.airflowEnvironment}/${role}`)],
    };
  }

  private airflow(): Grant[] {
    return [
      // Version, web server address and the names of the log groups.
      {
        sid: "DescribeAirflow",
        actions: ["airflow:GetEnvironment"],
        resources: [arnOf(this, "airflow", `environment/${names.airflowEnvironment}`)],
      },
      { sid: "FindAirflow", actions: ["airflow:ListEnvironments"], resources: ["*"], why: "The action lists; it has no resource." },
    ];
  }

  private ecs(): Grant[] {
    const cluster = arnOf(this, "ecs", `cluster/${names.cluster}`);
    return [
      // State, times, exit code and join key of each task.
      {
        sid: "DescribeTasks",
        actions: ["ecs:DescribeTasks", "ecs:ListTagsForResource"],
        resources: [arnOf(this, "ecs", `task/${names.cluster}/*`)],
        why: "The tasks of this cluster; ECS makes their ids when they start.",
      },
      {
        sid: "ListTasks",
        actions: ["ecs:ListTasks"],
        resources: ["*"],
        conditions: { ArnEquals: { "ecs:cluster": cluster } },
        why: "ECS authorises listing by cluster, which the condition names.",
      },
      { sid: "DescribeCluster", actions: ["ecs:DescribeClusters"], resources: [cluster] },
      // Log group and stream prefix of each container; size and architecture for the cost.
      {
        sid: "DescribeTaskDefinitions",
        actions: ["ecs:DescribeTaskDefinition", "ecs:ListClusters"],
        resources: ["*"],
        why: "Neither action has a resource. A task definition names secrets and does not hold them.",
      },
    ];
  }

  private glue(): Grant[] {
    return [
      // State, seconds and arguments (the join key) of job runs.
      {
        sid: "ReadJobRuns",
        actions: ["glue:GetJob", "glue:GetJobRun", "glue:GetJobRuns", "glue:BatchGetJobs"],
        resources: [arnOf(this, "glue", `job/${names.loadJob}`)],
      },
      // The name patterns of penstock.yaml are matched against this list.
      { sid: "FindJobs", actions: ["glue:ListJobs"], resources: ["*"], why: "The action lists names; it has no resource." },
    ];
  }

  /** The groups in which attempts write; not the flow logs, not PostgreSQL's log, not other applications. No logs:Unmask. */
  private logs(): Grant {
    return {
      sid: "ReadLogsOfAttempts",
      actions: ["logs:DescribeLogStreams", "logs:GetLogEvents", "logs:FilterLogEvents"],
      resources: [`airflow-${names.airflowEnvironment}-*`, `${names.loadLogGroup}/*`, names.extractorLogGroup].map((group) =>
        arnOf(this, "logs", `log-group:${group}:*`),
      ),
      why: "The streams of these groups; a stream's name is made by the run that writes it.",
    };
  }

  /** List prices of the region, and the bill by day and service to check the computed cost against. */
  private prices(): Grant {
    return {
      sid: "ReadPricesAndBill",
      actions: ["pricing:GetProducts", "ce:GetCostAndUsage", "ce:GetDimensionValues"],
      resources: ["*"],
      why: "Neither the price list nor Cost Explorer has resources.",
    };
  }

  /** A database login without a password: freshness probes and the load record. */
  private warehouse(instance: rds.DatabaseInstance): Grant {
    return {
      sid: "LogInToWarehouse",
      actions: ["rds-db:connect"],
      resources: [arnOf(this, "rds-db", `dbuser:${instance.instanceResourceId}/${names.dashboardDatabaseUser}`)],
    };
  }

  /**
   * Runs are started by Airflow alone, so that its own checks and limits hold. glue:StartJobRun would also be a way to run any code with the
   * load job's role, since its arguments name the modules that it imports.
   */
  private actions(): Grant[] {
    return [
      // A deferred operator leaves its task running when its run is stopped.
      {
        sid: "StopTask",
        actions: ["ecs:StopTask"],
        resources: [arnOf(this, "ecs", `task/${names.cluster}/*`)],
        conditions: { ArnEquals: { "ecs:cluster": arnOf(this, "ecs", `cluster/${names.cluster}`) } },
        why: "The tasks of this cluster; ECS makes their ids when they start.",
      },
      {
        sid: "StopLoad",
        actions: ["glue:BatchStopJobRun"],
        resources: [arnOf(this, "glue", `job/${names.loadJob}`)],
      },
    ];
  }
}
