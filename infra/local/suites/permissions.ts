import { z } from "zod";

/** What the suites do not make Penstock call: the reason each. */
const unseen: Record<string, string> = {
  "airflow:ListEnvironments": "asked only while penstock.yaml names an environment that does not exist",
  "rds-db:connect": "RDS checks the login itself; the local warehouse has a password",
};

const Template = z.object({
  Resources: z.record(z.string(), z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).optional() })),
});
const Policy = z.object({
  Roles: z.array(z.object({ Ref: z.string() })),
  PolicyDocument: z.object({ Statement: z.array(z.object({ Action: z.union([z.string(), z.array(z.string())]) })) }),
});
const Seen = z.object({ role: z.string(), session: z.string(), action: z.string(), resource: z.string(), outcome: z.string() });

/** What the doctor tries says nothing of what Penstock needs. */
const session = "penstock";

function grantedBy(template: string): Map<string, Set<string>> {
  const { Resources } = Template.parse(JSON.parse(template));
  const roles = new Map(
    Object.entries(Resources).flatMap(([id, { Type, Properties }]) => {
      const name = Properties?.RoleName;
      return Type === "AWS::IAM::Role" && typeof name === "string" && /^penstock-dashboard-/.test(name) ? [[id, name] as const] : [];
    }),
  );
  const granted = new Map([...roles.values()].map((name) => [name, new Set<string>()]));
  for (const { Type, Properties } of Object.values(Resources)) {
    const policy = Type === "AWS::IAM::Policy" ? Policy.safeParse(Properties).data : undefined;
    for (const { Ref } of policy?.Roles ?? []) {
      const actions = policy?.PolicyDocument.Statement.flatMap(({ Action }) => Action) ?? [];
      for (const action of actions) granted.get(roles.get(Ref) ?? "")?.add(action);
    }
  }
  return granted;
}

/**
 * Where the dashboard's roles and what they were seen to do differ: a permission that nothing used, and a call that none allowed.
 * @param template the synthesised CloudFormation template
 * @param recorded lines of the account's actions.jsonl
 */
export function permissionDifferences(template: string, recorded: string): string[] {
  const seen = recorded
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => Seen.parse(JSON.parse(line)));
  const nameOf = (arn: string) => arn.split("/").at(-1) ?? "";
  const granted = grantedBy(template);
  if (granted.size === 0) return ["the template has no role penstock-dashboard-…"];
  const unused = [...granted].flatMap(([role, actions]) => {
    const used = new Set(
      seen
        .filter((each) => each.outcome === "allowed" && nameOf(each.role) === role && each.session === session)
        .map(({ action }) => action),
    );
    return [...actions]
      .filter((action) => !used.has(action) && !(action in unseen))
      .map((action) => `${role} may ${action}, and nothing called it`);
  });
  const refused = seen
    .filter(({ outcome }) => outcome === "refused")
    .map(({ role, action, resource }) => `${nameOf(role)} called ${action} on ${resource}, and no policy allows it`);
  return [...unused, ...refused];
}
