import { Stack } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import type * as kms from "aws-cdk-lib/aws-kms";
import type * as s3 from "aws-cdk-lib/aws-s3";
import type { IConstruct } from "constructs";
import { accept } from "./reasons";

/** One statement of a role's policy. The CDK's own grant methods give s3:GetObject* and kms:GenerateDataKey*; here every action is named. */
export interface Grant {
  /** What it is for, in CamelCase: the statement's id in the policy. */
  readonly sid: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions?: iam.Conditions;
  /** Why no narrower resource will do; wanted as soon as a resource holds a `*`. */
  readonly why?: string;
}

/**
 * Adds the grants to the role's policy and accepts cdk-nag's finding for each resource with a `*`, with the grant's own reason.
 *
 * @throws Error naming a grant that has a `*` and no reason
 */
export function give(role: iam.Role, grants: readonly Grant[]): void {
  for (const { sid, actions, resources, conditions, why } of grants) {
    role.addToPolicy(new iam.PolicyStatement({ sid, actions: [...actions], resources: [...resources], conditions }));
    for (const finding of resources
      .map((resource) => flat(Stack.of(role).resolve(resource)))
      .filter((resource) => resource.includes("*"))) {
      if (!why) {
        throw new Error(`Grant ${sid} of ${role.node.path} reaches ${finding}: say why`);
      }
      accept(role, { [`AwsSolutions-IAM5[Resource::${finding}]`]: why });
    }
  }
}

/** An ARN of this stack's account and region. */
export function arnOf(scope: IConstruct, service: string, resource: string): string {
  const { account, partition, region } = Stack.of(scope);
  return `arn:${partition}:${service}:${region}:${account}:${resource}`;
}

/**
 * Listing of one prefix of a bucket. IfExists, because S3 answers 404 for a missing object only to those who may list, and asks that question
 * without a prefix: under a plain condition a first load would get 403 for the watermark that is not there yet.
 */
export function listPrefix(sid: string, bucket: s3.IBucket, prefix: string): Grant {
  return {
    sid,
    actions: ["s3:ListBucket"],
    resources: [bucket.bucketArn],
    conditions: { StringLikeIfExists: { "s3:prefix": [prefix, `${prefix}/*`] } },
  };
}

/** Object actions under one prefix of a bucket. */
export function objects(sid: string, bucket: s3.IBucket, prefix: string, actions: readonly string[]): Grant {
  return {
    sid,
    actions,
    resources: [bucket.arnForObjects(`${prefix}/*`)],
    why: `The objects under ${prefix}/, whose names are made at run time.`,
  };
}

/** Use of the platform's key, only through the named services (`s3`, `sqs`, `secretsmanager`). */
export function keyThrough(sid: string, key: kms.IKey, services: readonly string[], actions: readonly string[] = objectKeyActions): Grant {
  const { region } = Stack.of(key);
  return {
    sid,
    actions,
    resources: [key.keyArn],
    conditions: { StringEquals: { "kms:ViaService": services.map((service) => `${service}.${region}.amazonaws.com`) } },
  };
}

/** Multipart writes, reads and deletes of objects. */
export const readWriteObjectActions = [
  "s3:GetObject",
  "s3:PutObject",
  "s3:DeleteObject",
  "s3:AbortMultipartUpload",
  "s3:ListMultipartUploadParts",
];

const objectKeyActions = ["kms:Decrypt", "kms:GenerateDataKey"];

/** A resolved ARN as cdk-nag names it in a finding: `<Logical.Attribute>/path`. */
function flat(value: unknown): string {
  if (typeof value === "string") {
    return value;
  }
  const {
    Ref: ref,
    "Fn::GetAtt": attribute,
    "Fn::Join": join,
  } = value as { Ref?: string; "Fn::GetAtt"?: string[]; "Fn::Join"?: [string, unknown[]] };
  if (join) {
    return join[1].map(flat).join(join[0]);
  }
  return `<${ref ?? attribute?.join(".")}>`;
}
