import "server-only";
import { type AwsPermission, type AwsPlace, awsPermissions } from "@/lib/aws-permissions";
import { glueLogGroups } from "@/lib/log-streams";
import type { Check } from "@/lib/schemas/doctor";
import type { EnvironmentConfig } from "@/server/env";
import { findAppError } from "@/server/errors";
import type { WrittenGroups } from "@/server/ledger/read/log-groups";
import { accountOf } from "@/server/sources/account";
import { listJobs } from "@/server/sources/glue";
import { getEnvironment } from "@/server/sources/mwaa";
import { canProbe, type Examiner, examiner, probe, type Target } from "@/server/sources/probe";
import { type Known, type TargetGroup, targetsOf } from "./targets";

/** What a policy has to say for an action. */
interface Wanted {
  resource: string;
  /** Its conditions, in words. */
  where: string;
}

type Verdict = Pick<Check, "state" | "resource" | "detail" | "remedy">;

const refusal = /not authorized to perform: ([\w-]+:\w+)(?: on resource: (\S+))?/;
const refusalName = /AccessDenied|NotAuthorized|Unauthorized|Forbidden/;

function namesOf(error: unknown): { name: string; message: string; status: number | null } {
  const own = findAppError(error);
  const cause = own?.cause instanceof Error ? own.cause : error;
  const shown = cause instanceof Error ? cause : new Error(String(cause));
  const status = Number((shown as { RestApiStatusCode?: number }).RestApiStatusCode);
  return { name: shown.name, message: own?.message ?? shown.message, status: Number.isFinite(status) ? status : null };
}

/** A refused permission in full: the action and the ARN as AWS names them, and what to allow as the policy of Penstock writes it. */
function verdictOf(error: unknown, action: string, wanted: Wanted): Verdict {
  const { name, message, status } = namesOf(error);
  const [, refused, at] = refusal.exec(message) ?? [];
  const missing = { state: "missing" as const, detail: message };
  // A key that encrypts the queue, for example: it is not what was asked for that is refused.
  if (refused && refused.toLowerCase() !== action.toLowerCase()) {
    return {
      ...missing,
      resource: at ?? wanted.resource,
      remedy: `Allow ${refused} on ${at ?? "what it belongs to"}: ${action} needs it.`,
    };
  }
  if (refused)
    return {
      ...missing,
      resource: at && at !== "*" ? at : wanted.resource,
      remedy: `Allow ${action} on ${wanted.resource}${wanted.where}.`,
    };
  if (status === 401 || status === 403) {
    return {
      ...missing,
      resource: wanted.resource,
      remedy: `Allow ${action} on ${wanted.resource}: the role in Airflow is part of the ARN.`,
    };
  }
  if (refusalName.test(name))
    return { ...missing, resource: wanted.resource, remedy: `Allow ${action} on ${wanted.resource}${wanted.where}.` };
  return { state: "failed", resource: wanted.resource, detail: message, remedy: findAppError(error)?.remedy ?? null };
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

const noGroups = "No log group is known: Airflow's is read from MWAA, those of containers and jobs with the first run.";

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

function wantedOf(permission: AwsPermission, place: AwsPlace, environment: EnvironmentConfig): Wanted {
  const conditions = Object.entries(permission.conditions?.(place) ?? {}).flatMap(([kind, keys]) =>
    Object.entries(keys).map(([key, value]) => `${kind} ${key} ${[value].flat().join(" or ")}`),
  );
  const queue = permission.source === "events" ? environment.events : undefined;
  return {
    resource: permission.resources(place).join(", ") || (queue ?? "*"),
    where: conditions.length === 0 ? "" : ` where ${conditions.join(" and ")}`,
  };
}

const checkOf = ({ source, action, access, reason, pages, isOptional = false }: AwsPermission, environment: EnvironmentConfig) => ({
  environment: environment.name,
  system: source,
  name: action,
  access,
  reason,
  pages: [...pages],
  isOptional,
  tried: null,
});

async function tryOne(who: Examiner, permission: AwsPermission, target: Target, wanted: Wanted): Promise<Check> {
  const began = performance.now();
  const verdict = await probe(who, permission.source, permission.action, target).then(
    (): Verdict => ({ state: "ok", resource: wanted.resource, detail: null, remedy: null }),
    (error: unknown) => verdictOf(error, permission.action, wanted),
  );
  return { ...checkOf(permission, who.environment), tookMs: Math.round(performance.now() - began), ...verdict };
}

/** Each thing of a group that is refused has a line; those that are fine share one where something names them all. */
async function tryGroup(
  who: Examiner,
  permission: AwsPermission,
  { targets, total, whole, kind }: TargetGroup,
  wantedFor: (target: Target) => Wanted,
): Promise<Check[]> {
  const checks = await Promise.all(targets.map((target) => tryOne(who, permission, target, wantedFor(target))));
  const tried = total > targets.length || (whole && total > 0) ? `${targets.length} of ${total} ${kind}` : null;
  const said = checks.map((check) => ({ ...check, tried: tried ?? (total === 0 ? `a name that no ${kind} have yet` : null) }));
  const [fine] = said.filter(({ state }) => state === "ok");
  if (!whole || !fine) return said;
  return [...said.filter(({ state }) => state !== "ok"), { ...fine, resource: wantedFor(whole).resource }];
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
  tried: null,
});

/** Whether the role can be taken at all: without it nothing else can be tried with it. */
async function tryIdentity(who: Examiner): Promise<Check> {
  const { environment, access } = who;
  const roleArn = (access === "operate" ? environment.operatorRoleArn : undefined) ?? environment.roleArn;
  const began = performance.now();
  const verdict = await probe(who, "identity", "sts:AssumeRole", {}).then(
    (): Verdict => ({ state: "ok", resource: roleArn ?? null, detail: null, remedy: null }),
    (error: unknown) => verdictOf(error, "sts:AssumeRole", { resource: roleArn ?? "*", where: "" }),
  );
  if (verdict.state === "missing" && roleArn) {
    verdict.remedy = `Allow sts:AssumeRole on ${roleArn} to Penstock's own credentials, and let the trust policy of that role name them${environment.externalId ? ", with the external id" : ""}.`;
  }
  return { ...identity(environment, access, roleArn), tookMs: Math.round(performance.now() - began), ...verdict };
}

/** What there is to try things on, as far as the reader may see it. */
async function knownOf(environment: EnvironmentConfig, written: WrittenGroups): Promise<Known> {
  const [jobs, airflow] = await Promise.all([
    environment.glue.length > 0 ? listJobs(environment).catch(() => null) : null,
    getEnvironment(environment).catch(() => null),
  ]);
  const ofJobs = [...(environment.glue.length > 0 ? [null] : []), ...written.ofJobs].flatMap(glueLogGroups);
  const groups = [airflow?.taskLogGroup, ...written.own, ...ofJobs];
  return { jobs, logGroups: [...new Set(groups.filter((group) => typeof group === "string"))] };
}

/** Every AWS action that this environment's configuration asks for, tried side by side, each within its own deadline. */
export async function checkAws(environment: EnvironmentConfig, written: WrittenGroups): Promise<Check[]> {
  const who = { read: examiner(environment, "read"), operate: examiner(environment, "operate") };
  const [read, operate] = await Promise.all([tryIdentity(who.read), tryIdentity(who.operate)]);
  const account = read.state === "ok" ? await accountOf(environment).catch(() => "*") : "*";
  const known = read.state === "ok" ? await knownOf(environment, written) : { jobs: null, logGroups: written.own };
  const wanted = awsPermissions.filter((permission) => canProbe(permission.access, permission.action) && isWanted(permission, environment));
  const rest = wanted.map(async (permission): Promise<Check[]> => {
    const role = permission.access === "read" ? read : operate;
    const groups = targetsOf(permission, environment, known);
    const wantedFor = (target: Target) => wantedOf(permission, placeOf(environment, account, target, known), environment);
    const why = role.state !== "ok" ? "The role could not be taken." : groups.length === 0 ? noGroups : null;
    if (why === null)
      return (await Promise.all(groups.map((group) => tryGroup(who[permission.access], permission, group, wantedFor)))).flat();
    const said = { state: "not_tried" as const, resource: wantedFor({}).resource, detail: why, remedy: null, tookMs: 0 };
    return [{ ...checkOf(permission, environment), ...said }];
  });
  return [read, operate, ...(await Promise.all(rest)).flat()];
}
