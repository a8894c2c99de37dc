import { z } from "zod";

/** What the suites do not make Penstock call: the reason each. */
const unseen: Record<string, string> = {
  "airflow:ListEnvironments": "asked only while penstock.yaml names an environment that does not exist",
  "rds-db:connect": "RDS checks the login itself; the local warehouse has a password",
};

/** `resource` as the policy writes it, its intrinsic functions resolved. */
const Granted = z.object({ role: z.string(), action: z.string(), resource: z.string() });
/** `resource`: of the statement that allowed it; else what was asked for. */
const Seen = Granted.extend({ session: z.string(), outcome: z.string() });

/** What the doctor tries says nothing of what Penstock needs. */
const session = "penstock";
/** The dashboard's process itself may only take the two. */
const roleName = /\/(penstock-dashboard-(?:reader|operator)\S*)$/;

function parsed<T>(schema: z.ZodType<T>, lines: string): T[] {
  return lines
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => schema.parse(JSON.parse(line)));
}

const nameOf = (arn: string) => arn.split("/").at(-1) ?? "";
const keyOf = ({ role, action, resource }: z.infer<typeof Granted>) => `${role} ${action} ${resource}`;

/**
 * Where the dashboard's roles and what they were seen to do differ: an action on a resource that nothing used, and a call that none allowed.
 * @param granted lines of the account's grants.jsonl, written as it is seeded from the template
 * @param recorded lines of its actions.jsonl
 */
export function permissionDifferences(granted: string, recorded: string): string[] {
  const seen = parsed(Seen, recorded);
  const grants = parsed(Granted, granted).filter(({ role }) => roleName.test(role));
  if (grants.length === 0) return ["the template has no role penstock-dashboard-…"];
  const used = new Set(seen.filter((each) => each.outcome === "allowed" && each.session === session).map(keyOf));
  const unused = grants
    .filter((grant) => !used.has(keyOf(grant)) && !(grant.action in unseen))
    .map(({ role, action, resource }) => `${nameOf(role)} may ${action} on ${resource}, and nothing called it`);
  const refused = seen
    .filter(({ outcome }) => outcome === "refused")
    .map(({ role, action, resource }) => `${nameOf(role)} called ${action} on ${resource}, and no policy allows it`);
  return [...unused, ...refused];
}
