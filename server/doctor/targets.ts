import "server-only";
import type { AwsPermission } from "@/lib/aws-permissions";
import type { EnvironmentConfig } from "@/server/env";
import { isWatchedJob } from "@/server/sources/glue";
import type { Target } from "@/server/sources/probe";

/** Of one kind, for one configured name or pattern: a policy is written by pattern, so a few of many tell what all would. */
export const mostTried = 10;

/** Things that one line of the configuration stands for. */
export interface TargetGroup {
  targets: Target[];
  /** How many there are, tried or not. */
  total: number;
  /** Names them all in one line; null where each has a line of its own. */
  whole: Target | null;
  /** In the plural. */
  kind: string;
}

export interface Known {
  /** Null: the list cannot be read. */
  jobs: string[] | null;
  logGroups: string[];
}

/** The jobs of one name or pattern; where none is known, a name that it allows: IAM judges a name before Glue looks for it. */
function jobsOf(environment: EnvironmentConfig, pattern: string, jobs: string[] | null): TargetGroup {
  const found = pattern.includes("*") ? (jobs ?? []).filter((name) => isWatchedJob({ ...environment, glue: [pattern] }, name)) : [pattern];
  const targets = found.length > 0 ? found.map((job) => ({ job })) : [{ job: pattern.replaceAll("*", "penstock-doctor"), isMadeUp: true }];
  return { targets: targets.slice(0, mostTried), total: found.length, whole: { job: pattern }, kind: "jobs" };
}

/** What an action is tried on: each cluster, some jobs of each pattern, each log group, as far as a bound allows; one empty target for an action of none. */
export function targetsOf({ action }: AwsPermission, environment: EnvironmentConfig, known: Known): TargetGroup[] {
  const each = (targets: Target[], kind: string) =>
    targets.length === 0 ? [] : [{ targets: targets.slice(0, mostTried * 2), total: targets.length, whole: null, kind }];
  if (action.startsWith("ecs:") && action !== "ecs:DescribeTaskDefinition")
    return each(
      environment.ecs.map((cluster) => ({ cluster })),
      "clusters",
    );
  if (action.startsWith("glue:") && action !== "glue:ListJobs")
    return environment.glue.map((pattern) => jobsOf(environment, pattern, known.jobs));
  if (action.startsWith("logs:"))
    return each(
      known.logGroups.map((logGroup) => ({ logGroup })),
      "log groups",
    );
  return [{ targets: [{}], total: 1, whole: null, kind: "" }];
}
