import { Validations } from "aws-cdk-lib";
import type { IConstruct } from "constructs";

/**
 * Accepts findings of cdk-nag on one construct, each with the reason that a reviewer would ask for.
 *
 * @param reasons rule id (`AwsSolutions-IAM5[Resource::*]`: cdk-nag wants the finding, not only the rule) → why it is right here
 */
export function accept(construct: IConstruct, reasons: Record<string, string>): void {
  Validations.of(construct).acknowledge(...Object.entries(reasons).map(([id, reason]) => ({ id, reason })));
}
