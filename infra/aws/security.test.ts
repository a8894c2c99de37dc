import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Template } from "aws-cdk-lib/assertions";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { awsPermissions } from "@/lib/aws-permissions";
import { checkedApp } from "./checks";
import { PenstockStack } from "./penstock-stack";
import { engineer, field, list, plain, type Resource, repository, type Statement, stage, statements } from "./testing";

let folder: string;
let resources: Record<string, Resource>;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "penstock-security-"));
  const app = checkedApp(folder);
  const stack = new PenstockStack(app, "Penstock", { stage, repository, wheelsFolder: undefined, wheelsDigest: "0" });
  app.synth();
  resources = Template.fromStack(stack).toJSON().Resources;
}, 180_000);
afterAll(() => rmSync(folder, { recursive: true }));

const all = (type: string): [string, Resource][] => Object.entries(resources).filter(([, resource]) => resource.Type === type);

/** What a role may do: logical ids that begin with `construct`. */
function permissionsOf(construct: string): Statement[] {
  const policies = all("AWS::IAM::Policy").filter(([, { Properties }]) => plain(list(Properties.Roles)[0]).startsWith(`<${construct}`));
  expect(policies).toHaveLength(1);
  return policies.flatMap(([, { Properties }]) => statements(Properties.PolicyDocument));
}

function role(construct: string): Resource {
  const found = all("AWS::IAM::Role").filter(([id]) => id.startsWith(construct));
  expect(found).toHaveLength(1);
  return (found[0] as [string, Resource])[1];
}

describe("every role", () => {
  // Actions for which IAM knows no resource, or which a condition keeps to one cluster, namespace or service.
  const withoutResource = new Set([
    "airflow:ListEnvironments",
    "cloudwatch:GetMetricData",
    "cloudwatch:PutMetricData",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcAttribute",
    "ec2:DescribeVpcEndpoints",
    "ecr:GetAuthorizationToken",
    "ecs:DescribeTaskDefinition",
    "ecs:ListTasks",
    "glue:ListJobs",
    "logs:DescribeLogGroups",
    "s3:GetAccountPublicAccessBlock",
  ]);
  const every = () => all("AWS::IAM::Policy").flatMap(([, { Properties }]) => statements(Properties.PolicyDocument));

  test("names its actions: no wildcard, no NotAction, no NotResource", () => {
    expect(every().length).toBeGreaterThan(40);
    expect(
      every()
        .flatMap(({ Action }) => Action)
        .filter((action) => action.includes("*")),
    ).toEqual([]);
    expect(every().filter((statement) => "NotAction" in statement || "NotResource" in statement)).toEqual([]);
  });

  test("reaches all resources only by actions that have none", () => {
    const unbounded = every().filter(({ Resource }) => Resource.includes("*"));
    expect(unbounded.flatMap(({ Action }) => Action).filter((action) => !withoutResource.has(action))).toEqual([]);
    for (const action of ["ecs:ListTasks", "cloudwatch:PutMetricData"]) {
      const unconditional = unbounded.filter(({ Action, Condition }) => Action.includes(action) && !Condition);
      expect(unconditional, action).toEqual([]);
    }
  });

  test("has no policy of AWS's making, but for the CDK's function that empties the default security group", () => {
    const managed = all("AWS::IAM::Role").filter(([, { Properties }]) => Properties.ManagedPolicyArns);
    expect(managed.map(([id]) => id)).toEqual([expect.stringMatching(/^CustomVpcRestrictDefaultSG/)]);
  });

  test("of a function is one of the CDK's own two, whose runtime is not chosen here", () => {
    const handlers = all("AWS::Lambda::Function").map(([id]) => id.replace(/[0-9A-F]{8}.*$/, ""));
    expect(handlers.sort()).toEqual(["CustomCDKBucketDeployment", "CustomVpcRestrictDefaultSGCustomResourceProviderHandler"]);
  });

  test("can create, change or pass no identity, but for Airflow, which passes the extractor's two roles to ECS alone", () => {
    const iamStatements = every().filter(({ Action }) => Action.some((action) => action.startsWith("iam:")));
    expect(iamStatements.map(({ Action, Condition }) => ({ Action, Condition }))).toEqual([
      { Action: ["iam:PassRole"], Condition: { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } } },
    ]);
    expect(iamStatements[0]?.Resource).toEqual([
      expect.stringMatching(/^<ExtractorExecutionRole/),
      expect.stringMatching(/^<ExtractorTaskRole/),
    ]);
  });

  test("fits in the 10,240 characters of inline policy that IAM allows a role", () => {
    for (const [id, { Properties }] of all("AWS::IAM::Policy")) {
      const text = JSON.stringify(statements(Properties.PolicyDocument));
      expect(text.length, id).toBeLessThan(10_240);
    }
  });
});

describe("the extractor", () => {
  test("touches raw/ of the data bucket and nothing else", () => {
    const permissions = permissionsOf("ExtractorTaskRole");
    const reached = permissions.flatMap(({ Resource }) => Resource);
    expect(reached).toEqual([
      expect.stringMatching(/^<BucketsData\w+\.Arn>\/raw\/\*$/),
      expect.stringMatching(/^<BucketsData\w+\.Arn>$/),
      expect.stringMatching(/^<EncryptionKey\w+\.Arn>$/),
    ]);
    expect(permissions[1]).toMatchObject({
      Action: ["s3:ListBucket"],
      Condition: { StringLikeIfExists: { "s3:prefix": ["raw", "raw/*"] } },
    });
  });

  test("has its secret read for it by the agent, which can read no other", () => {
    const secrets = permissionsOf("ExtractorExecutionRole").filter(({ Action }) =>
      Action.some((action) => action.startsWith("secretsmanager:")),
    );
    expect(secrets.flatMap(({ Resource }) => Resource)).toEqual([expect.stringMatching(/^<ExtractorShopSource\w+>$/)]);
  });
});

describe("the load job", () => {
  test("reads raw/ and code, writes quarantine/ only, and knows one secret", () => {
    const writes = permissionsOf("LoadRole").filter(({ Action }) => Action.some((action) => /^s3:(Put|Delete)/.test(action)));
    expect(writes.flatMap(({ Resource }) => Resource)).toEqual([
      expect.stringMatching(/^<BucketsData\w+\.Arn>\/quarantine\/\*$/),
      expect.stringMatching(/^<BucketsData\w+\.Arn>\/quarantine_\$folder\$$/),
    ]);
    const secrets = permissionsOf("LoadRole").filter(({ Action }) => Action.includes("secretsmanager:GetSecretValue"));
    expect(secrets.flatMap(({ Resource }) => Resource)).toEqual([expect.stringMatching(/^<WarehouseSecretsLoader\w+>$/)]);
  });
});

describe("Airflow", () => {
  test("knows the reader's password alone where there are no drills", () => {
    const secrets = permissionsOf("AirflowRole").filter(({ Action }) => Action.includes("secretsmanager:GetSecretValue"));
    expect(secrets.flatMap(({ Resource }) => Resource)).toEqual([expect.stringMatching(/^<WarehouseSecretsReader\w+>$/)]);
  });

  test("runs the extractor's task definition and no drill", () => {
    const run = permissionsOf("AirflowRole").filter(({ Action }) => Action.includes("ecs:RunTask"));
    expect(run.flatMap(({ Resource }) => Resource)).toEqual(["arn:aws:ecs:eu-west-1:123456789012:task-definition/penstock-extractor:*"]);
    expect(all("AWS::ECS::TaskDefinition")).toHaveLength(1);
  });
});

describe("the dashboard", () => {
  const effects = /:(Start|Stop|BatchStop|Run|Put|Create|Delete|Update|Tag|Untag|Send|Pass|Assume|Invoke|Execute)/;

  test("reads as Airflow's Viewer, takes events from their queue and changes nothing else", () => {
    const permissions = permissionsOf("DashboardReader");
    const acting = permissions.filter(({ Action }) => Action.some((action) => effects.test(action)));
    expect(acting.map(({ Action, Resource }) => [Action, Resource])).toEqual([
      [["airflow:InvokeRestApi"], ["arn:aws:airflow:eu-west-1:123456789012:role/penstock/Viewer"]],
      [["sqs:DeleteMessage"], [expect.stringMatching(/^<EventsQueue\w+\.Arn>$/)]],
    ]);
  });

  test("acts as Airflow's User and reads nothing with that role", () => {
    expect(permissionsOf("DashboardOperator").map(({ Action, Resource }) => [Action, Resource])).toEqual([
      [["airflow:InvokeRestApi"], ["arn:aws:airflow:eu-west-1:123456789012:role/penstock/User"]],
    ]);
  });

  test("may do what the list of permissions says, with each action in a statement of its own", () => {
    for (const [access, id] of [
      ["read", "DashboardReader"],
      ["operate", "DashboardOperator"],
    ]) {
      const granted = permissionsOf(id as string).map(({ Action }) => Action);
      expect(granted).toEqual(awsPermissions.filter((each) => each.access === access).map(({ action }) => [action]));
    }
    expect(awsPermissions.filter(({ reason, pages }) => reason === "" || pages.length === 0)).toEqual([]);
  });

  test("may make every call that its sources make", () => {
    const folder = join(repository, "server/sources");
    const called = readdirSync(folder)
      .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
      .flatMap((file) =>
        [...readFileSync(join(folder, file), "utf8").matchAll(/operation: "([\w-]+:\w+)"/g)].map(([, operation]) => operation),
      );
    expect(called.length).toBeGreaterThan(8);
    // Whose keys these are, AWS tells whoever holds them.
    const listed = new Set(["postgresql:query", "sts:GetCallerIdentity", ...awsPermissions.map(({ action }) => action)]);
    expect(called.filter((operation) => !listed.has(operation as string))).toEqual([]);
  });

  test("has no password and no token of Airflow's", () => {
    const actions = ["DashboardReader", "DashboardOperator", "DashboardService"].flatMap((id) =>
      permissionsOf(id).flatMap(({ Action }) => Action),
    );
    expect(actions.filter((action) => /secretsmanager|CreateCliToken|CreateWebLoginToken|logs:Unmask/.test(action))).toEqual([]);
    const login = permissionsOf("DashboardReader").find(({ Action }) => Action.includes("rds-db:connect"));
    expect(login?.Resource).toEqual([
      expect.stringMatching(/^arn:aws:rds-db:eu-west-1:123456789012:dbuser:<WarehouseInstance\w+\.DbiResourceId>\/penstock_dashboard$/),
    ]);
  });

  test("reads the logs of attempts, not the network's, not the database's", () => {
    const [logs] = permissionsOf("DashboardReader").filter(({ Action }) => Action.includes("logs:GetLogEvents"));
    expect(logs?.Resource.map((resource) => resource.split("log-group:")[1])).toEqual([
      "/aws-glue/jobs/*:*",
      "/penstock/extractor:*",
      "airflow-penstock-Task:*",
    ]);
  });

  test("leaves a second region of the account its own names: whatever is the account's or the world's bears the region", () => {
    const wide = { "AWS::IAM::Role": "RoleName", "AWS::IAM::ManagedPolicy": "ManagedPolicyName", "AWS::S3::Bucket": "BucketName" };
    const given = Object.entries(wide).flatMap(([type, property]) =>
      all(type).flatMap(([, { Properties }]) => (Properties?.[property] === undefined ? [] : [plain(Properties[property])])),
    );
    expect(given).toEqual(expect.arrayContaining(["penstock-dashboard-reader-eu-west-1", "penstock-data-123456789012-eu-west-1"]));
    for (const name of given) {
      expect(name).toMatch(/-eu-west-1$/);
      // The longest name of a region has 14 characters, that of a role 64 and that of a bucket 63.
      expect(name.length - "eu-west-1".length + "ap-southeast-1".length).toBeLessThanOrEqual(63);
    }
  });

  test("holds its two roles by its own service's role and the principals that the stage names", () => {
    for (const id of ["DashboardReader", "DashboardOperator"]) {
      const principals = statements(role(id).Properties.AssumeRolePolicyDocument).flatMap(({ Principal }) =>
        list(field(Principal, "AWS")).map(plain),
      );
      expect(principals.sort()).toEqual([expect.stringMatching(/^<DashboardService\w+\.Arn>$/), engineer]);
    }
    expect(permissionsOf("DashboardService").map(({ Action, Resource }) => [Action, Resource.length])).toEqual([[["sts:AssumeRole"], 2]]);
  });
});

describe("data", () => {
  test("lies in buckets that are private, encrypted, versioned and logged", () => {
    expect(all("AWS::S3::Bucket")).toHaveLength(4);
    for (const [id, { Properties }] of all("AWS::S3::Bucket")) {
      expect(Properties, id).toMatchObject({
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        BucketEncryption: expect.anything(),
        VersioningConfiguration: { Status: "Enabled" },
        LifecycleConfiguration: expect.anything(),
      });
      expect(id.startsWith("BucketsAccessLogs") || Properties.LoggingConfiguration, id).toBeTruthy();
    }
  });

  test("is refused without TLS, and allowed to nobody by a bucket's own policy but to S3's log delivery", () => {
    expect(all("AWS::S3::BucketPolicy")).toHaveLength(4);
    for (const [id, { Properties }] of all("AWS::S3::BucketPolicy")) {
      const policy = statements(Properties.PolicyDocument);
      expect(
        policy.filter(({ Effect, Condition }) => Effect === "Deny" && field(Condition, "Bool", "aws:SecureTransport") === "false"),
        id,
      ).toHaveLength(1);
      const allowed = new Set(policy.filter(({ Effect }) => Effect === "Allow").map(({ Principal }) => field(Principal, "Service")));
      expect([...allowed], id).toEqual(id.startsWith("BucketsAccessLogs") ? ["logging.s3.amazonaws.com"] : []);
    }
  });

  test("in the warehouse is encrypted, private, backed up and hard to delete", () => {
    const [[, warehouse] = []] = all("AWS::RDS::DBInstance");
    expect(warehouse?.Properties).toMatchObject({
      PubliclyAccessible: false,
      StorageEncrypted: true,
      EnableIAMDatabaseAuthentication: true,
      ManageMasterUserPassword: true,
      DeletionProtection: true,
      MultiAZ: true,
      BackupRetentionPeriod: 7,
    });
    expect(warehouse?.Properties).not.toHaveProperty("MasterUserPassword");
    const [[, parameters] = []] = all("AWS::RDS::DBParameterGroup");
    expect(field(parameters, "Properties", "Parameters", "rds.force_ssl")).toBe("1");
  });
});

describe("events", () => {
  const queues = () => all("AWS::SQS::Queue").filter(([id]) => id.startsWith("Events"));

  test("lie encrypted in a queue with a dead-letter queue, as long as SQS keeps anything", () => {
    expect(queues().map(([, { Properties }]) => Properties.QueueName)).toEqual(["penstock-events-dead", "penstock-events"]);
    for (const [id, { Properties }] of queues()) {
      expect(Properties, id).toMatchObject({ SqsManagedSseEnabled: true, MessageRetentionPeriod: 14 * 24 * 60 * 60 });
    }
    expect(queues()[1]?.[1].Properties.RedrivePolicy).toMatchObject({ maxReceiveCount: 1000 });
  });

  test("come from EventBridge's two rules alone, and never without TLS", () => {
    const policies = all("AWS::SQS::QueuePolicy").filter(([id]) => id.startsWith("Events"));
    expect(policies).toHaveLength(2);
    for (const [id, { Properties }] of policies) {
      const policy = statements(Properties.PolicyDocument);
      expect(
        policy.filter(({ Effect, Condition }) => Effect === "Deny" && field(Condition, "Bool", "aws:SecureTransport") === "false"),
        id,
      ).toHaveLength(1);
      const allowed = policy.filter(({ Effect }) => Effect === "Allow");
      expect(allowed.map(({ Principal }) => field(Principal, "Service"))).toEqual(
        id.startsWith("EventsDead") ? [] : ["events.amazonaws.com", "events.amazonaws.com"],
      );
      expect(allowed.filter(({ Condition }) => !field(Condition, "ArnEquals", "aws:SourceArn"))).toEqual([]);
    }
  });

  test("are those of the extractor's cluster and of the load job", () => {
    const patterns = all("AWS::Events::Rule").map(([, { Properties }]) => Properties.EventPattern);
    expect(patterns.map((pattern) => [field(pattern, "source"), field(pattern, "detail-type")])).toEqual([
      [["aws.ecs"], ["ECS Task State Change"]],
      [["aws.glue"], ["Glue Job State Change", "Glue Job Run Status"]],
    ]);
    expect(list(field(patterns[0], "detail", "clusterArn")).map(plain)).toEqual(["arn:aws:ecs:eu-west-1:123456789012:cluster/penstock"]);
    expect(field(patterns[1], "detail", "jobName")).toEqual(["penstock-load"]);
  });
});

describe("the network", () => {
  test("admits no address range, only groups", () => {
    for (const [id, { Properties }] of all("AWS::EC2::SecurityGroup")) {
      expect(Properties.SecurityGroupIngress, id).toBeUndefined();
    }
    expect(all("AWS::EC2::SecurityGroupIngress").length).toBeGreaterThan(5);
    for (const [id, { Properties }] of all("AWS::EC2::SecurityGroupIngress")) {
      expect(Properties.SourceSecurityGroupId, id).toBeDefined();
      expect(Properties.CidrIp ?? Properties.CidrIpv6 ?? Properties.SourcePrefixListId, id).toBeUndefined();
    }
  });

  test("lets Glue, Airflow and password rotation reach the warehouse, nobody else", () => {
    const clients = all("AWS::EC2::SecurityGroupIngress")
      .filter(([, { Properties }]) => plain(Properties.GroupId).startsWith("<NetworkGroupsWarehouse"))
      .map(([, { Properties }]) => [
        plain(Properties.SourceSecurityGroupId).replace(/[0-9A-F]{8}\.GroupId>$/, ""),
        Properties.FromPort,
        Properties.ToPort,
      ]);
    expect(clients).toEqual([
      ["<NetworkGroupsAirflow", 5432, 5432],
      ["<NetworkGroupsLoad", 5432, 5432],
      ["<NetworkGroupsRotation", 5432, 5432],
    ]);
  });

  test("has no way out of the isolated subnets but S3 of this account", () => {
    const routed = all("AWS::EC2::Route").map(([id]) => id);
    expect(routed.filter((id) => id.includes("Isolated"))).toEqual([]);
    expect(routed).toHaveLength(4);
    const gateway = all("AWS::EC2::VPCEndpoint").filter(([, { Properties }]) => Properties.VpcEndpointType === "Gateway");
    expect(gateway).toHaveLength(1);
    const [ours, layers] = statements(gateway[0]?.[1].Properties.PolicyDocument);
    expect(field(ours?.Condition, "StringEquals", "aws:ResourceAccount")).toEqual({ Ref: "AWS::AccountId" });
    expect(layers).toMatchObject({ Action: ["s3:GetObject"], Resource: ["arn:aws:s3:::prod-eu-west-1-starport-layer-bucket/*"] });
  });

  test("gives nothing a public address", () => {
    for (const [id, { Properties }] of all("AWS::EC2::Subnet")) {
      expect(Properties.MapPublicIpOnLaunch, id).toBe(false);
    }
  });
});
