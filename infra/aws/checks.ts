import { App, Validations } from "aws-cdk-lib";
import flags from "aws-cdk-lib/recommended-feature-flags.json" with { type: "json" };
import { AwsSolutionsChecks } from "cdk-nag";

/** An app whose synthesis ends with exit code 1 when cdk-nag or the CDK's own rules find something that nobody has accepted with a reason. */
export function checkedApp(outdir: string): App {
  const app = new App({ outdir, context: { ...flags, "@aws-cdk/core:validateAgainstDefaultRules": true } });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return app;
}
