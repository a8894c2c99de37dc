import "server-only";
import { type AwsPermission, type AwsPlace, awsPermissions } from "@/lib/aws-permissions";
import type { Check } from "@/lib/schemas/doctor";
import type { EnvironmentConfig } from "@/server/env";
import { findAppError } from "@/server/errors";
import { accountOf } from "@/server/sources/account";
import { listJobs } from "@/server/sources/glue";
import { canProbe, type Examiner, examiner, probe, type Target } from "@/server/sources/probe";

type Verdict = Pick<Check, "state" | "resource" | "detail" | "remedy">;

/** Airflow on MWAA and Glue make these themselves. */
const glueGroups = ["/aws-glue/jobs/output", "/aws-glue/jobs/error"];
const refusal = /not authorized to perform: ([\w-]+:\w+)(?: on resource: (\S+))?/;
const refusalName = /AccessDenied|NotAuthorized|Unauthorized|Forbidden/;

function namesOf(error: unknown): { name: string; message: string; status: number | null } {
  const own = findAppError(error);
  const cause = own?.cause instanceof Error ? own.cause : error;
  const shown = cause instanceof Error ? cause : new Error(String(cause));
  const status = Number((shown as { RestApiStatusCode?: number }).RestApiStatusCode);
  return { name: shown.name, message: own?.message ?? shown.message, status: Number.isFinite(status) ? status : null };
}

/** A refused permission in full: the action and the ARN as AWS names them. */
function verdictOf(error: unknown, action: string, resource: string): Verdict {
  const { name, message, status } = namesOf(error);
  const said = refusal.exec(message);
  if (said) {
    const at = said[2] ?? resource;
    return { state: "missing", resource: at, detail: message, remedy: `Allow ${said[1]} on ${resource === "*" ? "*" : resource || at}.` };
  }
  if (status === 401 || status === 403) {
    return {
      state: "missing",
      resource,
      detail: message,
      remedy: `Allow ${action} on ${resource}: the role in Airflow is part of the ARN.`,
    };
  }
  if (refusalName.test(name)) return { state: "missing", resource, detail: message, remedy: `Allow ${action} on ${resource}.` };
  return { state: "failed", resource, detail: message, remedy: findAppError(error)?.remedy ?? null };
}

/** Configuration that turns a permission into one that is needed. */
function isWanted({ source, action }: AwsPermission, environment: EnvironmentConfig): boolean {
  if (action === "rds-db:connect") return false; // the warehouse's login tries it
  if (action === "ecs:DescribeClusters" || source === "ecs") return environment.ecs.length > 0;
  if (action === "glue:ListJobs") return environment.glue.some((name) => name.includes("*"));
  if (action.startsWith("glue:")) return environment.glue.length > 0;
  if (source === "events") return environment.events !== undefined;
  if (source === "metrics") return environment.ecs.length + environment.glue.length > 0;
  return true;
}

interface Known {
  jobs: string[] | null;
  logGroups: string[];
}

/** What an action is tried on: each cluster and log group, one job. */
function targetsOf({ action }: AwsPermission, environment: EnvironmentConfig, known: Known): Target[] {
  if (action.startsWith("ecs:") && action !== "ecs:DescribeTaskDefinition") return environment.ecs.map((cluster) => ({ cluster }));
  if (action.startsWith("glue:") && action !== "glue:ListJobs") return (known.jobs ?? []).slice(0, 1).map((job) => ({ job }));
  if (action.startsWith("logs:")) return known.logGroups.map((logGroup) => ({ logGroup }));
  return [{}];
}

/** Why there is nothing to try it on. */
const untried = (action: string) =>
  action.startsWith("glue:")
    ? "No job of these names exists, or their list cannot be read."
    : "No log group is known yet: the collector learns them from Airflow and from the first container.";

function queueArn({ events: url, region: home }: EnvironmentConfig): string | null {
  const [, region, account, name] = /sqs\.([\w-]+)\.[^/]+\/(\d+)\/([\w.-]+)$/.exec(url ?? "") ?? [];
  if (name) return `arn:aws:sqs:${region}:${account}:${name}`;
  const plain = url?.split("/").slice(-2);
  return plain?.[1] ? `arn:aws:sqs:${home}:${plain[0]}:${plain[1]}` : null;
}

function placeOf(environment: EnvironmentConfig, account: string, target: Target, known: Known): AwsPlace {
  return {
    arn: (service, resource) => `arn:aws:${service}:${environment.region}:${account}:${resource}`,
    airflow: environment.mwaa,
    clusters: target.cluster ? [target.cluster.replace(/^.*\//, "")] : environment.ecs,
    jobs: target.job ? [target.job] : environment.glue,
    logGroups: target.logGroup ? [target.logGroup] : known.logGroups,
    queue: queueArn(environment),
    databaseUser: null,
  };
}

async function tryOne(who: Examiner, permission: AwsPermission, target: Target, resource: string): Promise<Check> {
  const { environment, access } = who;
  const { source, action, reason, pages, isOptional = false } = permission;
  const began = performance.now();
  const verdict = await probe(who, source, action, target).then(
    (): Verdict => ({ state: "ok", resource, detail: null, remedy: null }),
    (error: unknown) => verdictOf(error, action, resource),
  );
  const tookMs = Math.round(performance.now() - began);
  return { environment: environment.name, system: source, name: action, access, reason, pages: [...pages], isOptional, tookMs, ...verdict };
}

const identity = (environment: EnvironmentConfig, access: Check["access"], roleArn: string | undefined) => ({
  environment: environment.name,
  system: "identity" as const,
  name: roleArn ? "sts:AssumeRole" : "sts:GetCallerIdentity",
  access,
  reason: roleArn
    ? `Penstock takes the role that ${access === "read" ? "reads" : "acts"}`
    : "Penstock's own credentials, as no role is configured",
  pages: access === "read" ? ["every page"] : ["Pipeline: Run now", "Table: Refresh"],
  isOptional: false,
});

/** Whether the role can be taken at all: without it nothing else can be tried with it. */
async function tryIdentity(who: Examiner): Promise<Check> {
  const { environment, access } = who;
  const roleArn = (access === "operate" ? environment.operatorRoleArn : undefined) ?? environment.roleArn;
  const began = performance.now();
  const verdict = await probe(who, "identity", "sts:AssumeRole", {}).then(
    (): Verdict => ({ state: "ok", resource: roleArn ?? null, detail: null, remedy: null }),
    (error: unknown) => verdictOf(error, "sts:AssumeRole", roleArn ?? "*"),
  );
  return { ...identity(environment, access, roleArn), tookMs: Math.round(performance.now() - began), ...verdict };
}

/** Every AWS action that this environment's configuration asks for, tried side by side, each within its own deadline. */
export async function checkAws(environment: EnvironmentConfig, knownGroups: string[]): Promise<Check[]> {
  const who = { read: examiner(environment, "read"), operate: examiner(environment, "operate") };
  const [read, operate] = await Promise.all([tryIdentity(who.read), tryIdentity(who.operate)]);
  const account = read.state === "ok" ? await accountOf(environment).catch(() => "*") : "*";
  const jobs = read.state === "ok" && environment.glue.length > 0 ? await listJobs(environment).catch(() => null) : null;
  const known: Known = { jobs, logGroups: [...knownGroups, ...(environment.glue.length > 0 ? glueGroups : [])] };
  const wanted = awsPermissions.filter((permission) => canProbe(permission.access, permission.action) && isWanted(permission, environment));
  const rest = wanted.map((permission): Promise<Check[]> => {
    const role = permission.access === "read" ? read : operate;
    const targets = targetsOf(permission, environment, known);
    const resourceOf = (target: Target) => permission.resources(placeOf(environment, account, target, known)).join(", ");
    const why = role.state === "ok" ? (targets.length > 0 ? null : untried(permission.action)) : "The role could not be taken.";
    if (why === null) return Promise.all(targets.map((target) => tryOne(who[permission.access], permission, target, resourceOf(target))));
    const { access, source, action, reason, pages, isOptional = false } = permission;
    const said = { state: "not_tried" as const, resource: resourceOf({}) || null, detail: why, remedy: null, tookMs: 0 };
    return Promise.resolve([
      { environment: environment.name, system: source, name: action, access, reason, pages: [...pages], isOptional, ...said },
    ]);
  });
  return [read, operate, ...(await Promise.all(rest)).flat()];
}
