import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import type { Stage } from "./penstock-stack";

export const repository = fileURLToPath(new URL("../..", import.meta.url));

/** A principal outside the stack that `stage` trusts. */
export const engineer = "arn:aws:iam::210987654321:role/engineer";
/** A stage without drills, for tests of what a production may do. */
export const stage: Stage = {
  network: { cidr: "10.0.0.0/16", natGateways: 2, sourcePorts: [1433] },
  extractor: { cpu: 256, memoryMiB: 512 },
  load: { workers: 2, maxConcurrentRuns: 2 },
  airflow: { version: "3.2.1", environmentClass: "mw1.small", minWorkers: 1, maxWorkers: 2, webserverAccess: "PRIVATE_ONLY" },
  warehouse: {
    instanceType: ec2.InstanceType.of(ec2.InstanceClass.T4G, ec2.InstanceSize.MEDIUM),
    storageGiB: 20,
    maxStorageGiB: 40,
    multiAz: true,
    backupDays: 7,
  },
  logRetention: RetentionDays.ONE_MONTH,
  archiveAfterDays: 30,
  quarantineDays: 30,
  passwordRotationDays: 30,
  drills: false,
  fxUrl: "https://fx.example.com",
  dashboardPrincipals: [engineer],
};

export interface Resource {
  Type: string;
  Properties: Record<string, unknown>;
}

/** What `npm run infra:synth` leaves, for assertions. */
export interface Synthesised {
  readonly folder: string;
  readonly resources: Record<string, Resource>;
  /** Text of the whole template. */
  readonly text: string;
}

/**
 * Runs infra/aws/bin/app.ts as the command does, with no AWS account, no credentials and no way to the network.
 *
 * @throws the child's error, with its `stderr`, when it ends with another code than 0
 */
export function synthesise(context: Record<string, string> = {}): Synthesised {
  const folder = mkdtempSync(join(tmpdir(), "penstock-synth-"));
  try {
    execFileSync(process.execPath, ["--import", "tsx", join(repository, "infra/aws/bin/app.ts")], {
      cwd: repository,
      encoding: "utf8",
      stdio: "pipe",
      env: {
        NODE_ENV: "test",
        PATH: process.env.PATH,
        HOME: folder,
        CDK_OUTDIR: folder,
        CDK_CONTEXT_JSON: JSON.stringify(context),
        HTTPS_PROXY: "http://127.0.0.1:9",
        HTTP_PROXY: "http://127.0.0.1:9",
      },
    });
  } catch (error) {
    rmSync(folder, { recursive: true });
    throw error;
  }
  const text = readFileSync(join(folder, "Penstock.template.json"), "utf8");
  return { folder, text, resources: JSON.parse(text).Resources };
}

/** A property's value as text, with pseudo parameters of account 123456789012 in eu-west-1 and logical ids in angle brackets. */
export function plain(value: unknown): string {
  if (typeof value !== "object" || value === null) {
    return String(value);
  }
  const [[name, argument] = []] = Object.entries(value);
  switch (name) {
    case "Ref":
      return pseudo[String(argument)] ?? `<${argument}>`;
    case "Fn::GetAtt":
      return `<${(argument as string[]).join(".")}>`;
    case "Fn::Join": {
      const [separator, parts] = argument as [string, unknown[]];
      return parts.map(plain).join(separator);
    }
    case "Fn::Sub":
      return String(argument).replace(/\$\{([^}]+)\}/g, (_, key: string) => pseudo[key] ?? `<${key}>`);
    default:
      throw new Error(`Unknown intrinsic in ${JSON.stringify(value)}`);
  }
}

/** The value under a path of keys, or undefined where the path ends early. */
export function field(value: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], value);
}

const pseudo: Record<string, string> = {
  "AWS::AccountId": "123456789012",
  "AWS::Region": "eu-west-1",
  "AWS::Partition": "aws",
  "AWS::URLSuffix": "amazonaws.com",
};

/** One statement of a policy, its actions and resources as sorted text. */
export interface Statement {
  Sid?: string;
  Effect: string;
  Action: string[];
  Resource: string[];
  Principal?: unknown;
  Condition?: Record<string, Record<string, unknown>>;
}

export function statements(document: unknown): Statement[] {
  return (field(document, "Statement") as Statement[]).map((statement) => ({
    ...statement,
    Action: list(statement.Action).map(String).sort(),
    Resource: list(statement.Resource)
      .map((resource) => plain(resource))
      .sort(),
  }));
}

/** IAM writes a list of one as the one. */
export function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value];
}
