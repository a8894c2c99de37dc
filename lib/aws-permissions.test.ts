import { expect, test } from "vitest";
import { type AwsPermission, type AwsPlace, awsPermissions } from "./aws-permissions";

const place: AwsPlace = {
  arn: (service, resource) => `arn:aws:${service}:REGION:ACCOUNT:${resource}`,
  airflow: "ENVIRONMENT",
  clusters: ["CLUSTER"],
  jobs: ["JOB"],
  logGroups: ["airflow-ENVIRONMENT-Task", "/aws-glue/jobs/*", "CONTAINER-GROUP"],
  queue: "arn:aws:sqs:REGION:ACCOUNT:QUEUE",
  databaseUser: "DATABASE-RESOURCE-ID/USER",
};

function row({ action, reason, pages, isOptional, conditions, resources }: AwsPermission): string {
  const on = resources(place).map((resource) => `\`${resource}\``);
  const when = Object.entries(conditions?.(place) ?? {}).flatMap(([kind, keys]) =>
    Object.entries(keys).map(([key, wanted]) => `${kind} \`${key}\` = \`${[wanted].flat().join(", ")}\``),
  );
  const what = isOptional ? `${reason} (optional)` : reason;
  return `| \`${action}\` | ${[...on, ...when].join("<br>")} | ${what} | ${pages.join(", ")} |`;
}

const table = (access: AwsPermission["access"]) =>
  [
    "| action | resource | why | pages without it |",
    "|---|---|---|---|",
    ...awsPermissions.filter((each) => each.access === access).map(row),
  ].join("\n");

// `npx vitest run lib/aws-permissions.test.ts -u` writes the page anew.
test("the page of permissions says what the list says", async () => {
  const page = `# Permissions

What Penstock calls on AWS, each with its reason. \`infra/aws\` makes the two roles of this list (lib/aws-permissions.ts), the test suites are held to have
called every one of them and no other, and \`npm run doctor\` tries each. \`*\` as a resource: IAM knows no narrower one for that action.

## The reader (\`roleArn\`)

${table("read")}

## The operator (\`operatorRoleArn\`), for the moment of an action

${table("operate")}

The process itself needs \`sts:AssumeRole\` on both. Nothing may be written but messages that were read from the queue of events. Not granted, and not needed:
prices and bills (Penstock brings its price list), stopping tasks or job runs, Airflow's Op and Admin, its command line, secrets.
`;
  await expect(page).toMatchFileSnapshot("../docs/permissions.md");
});

test("each permission has a reason, a page and, where its resource is broad, why", () => {
  for (const { action, reason, pages, resources, breadth } of awsPermissions) {
    expect([action, reason.length > 10, pages.length > 0]).toEqual([action, true, true]);
    if (resources({ ...place, jobs: ["a*"] }).some((resource) => resource.includes("*")))
      expect([action, breadth]).toEqual([action, expect.any(String)]);
  }
});
