import "server-only";
import {
  DescribeClustersCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  type Task,
  type TaskDefinition,
} from "@aws-sdk/client-ecs";
import type { EcsTaskFact, InsightsSetting, TaskDefinitionFact } from "@/lib/schemas/facts";
import type { EnvironmentConfig } from "@/server/env";
import { findAppError } from "@/server/errors";
import { clientFor, clientSettings } from "./aws";
import { UnexpectedAnswer } from "./aws-guard";
import { perSecond } from "./budgets";
import { type Budget, call } from "./call";
import { toEcsTask, toTaskDefinition } from "./ecs-task";
import { PageTrail } from "./paging";

/** ECS allows 20 reads a second for the whole account, and Airflow's operators use the same: we take a fifth. */
export const budget = (environment: EnvironmentConfig): Budget => ({
  environment: environment.name,
  source: "ecs",
  purpose: "poll",
  perSecond: perSecond.ecs,
  burst: 10,
});

const describeLimit = 100;

const client = (environment: EnvironmentConfig) =>
  clientFor("ecs", environment, "read", () => new ECSClient(clientSettings(environment, "read")));

const mostDefinitions = 500;
/** A revision that is not there may be a name that ECS does not tell yet. */
const absentForMs = 300_000;

interface KeptDefinition {
  definition: Promise<TaskDefinition | null>;
  until: number;
}

const shared = globalThis as typeof globalThis & { penstockTaskDefinitions?: Map<string, KeptDefinition> };

/** A revision never changes, so it is read once, and kept while it is among those used last; null when it was deleted. */
function taskDefinition(environment: EnvironmentConfig, arn: string): Promise<TaskDefinition | null> {
  shared.penstockTaskDefinitions ??= new Map();
  const cache = shared.penstockTaskDefinitions;
  const key = `${environment.name} ${arn}`;
  const known = cache.get(key);
  cache.delete(key);
  if (known && performance.now() < known.until) {
    cache.set(key, known);
    return known.definition;
  }
  const definition = readDefinition(environment, arn);
  const kept = { definition, until: Number.POSITIVE_INFINITY };
  cache.set(key, kept);
  const [oldest] = cache.keys();
  if (cache.size > mostDefinitions && oldest !== undefined) cache.delete(oldest);
  definition.then(
    (found) => {
      if (found === null) kept.until = performance.now() + absentForMs;
    },
    () => {
      if (cache.get(key) === kept) cache.delete(key);
    },
  );
  return definition;
}

const readDefinition = (environment: EnvironmentConfig, arn: string): Promise<TaskDefinition | null> =>
  call(
    budget(environment),
    (abortSignal) => client(environment).send(new DescribeTaskDefinitionCommand({ taskDefinition: arn }), { abortSignal }),
    { operation: "ecs:DescribeTaskDefinition" },
  ).then(
    (answer) => answer.taskDefinition ?? null,
    (error) => {
      const code = findAppError(error)?.code;
      if (code === "not_found" || code === "invalid") return null;
      throw error;
    },
  );

/** ARNs of the cluster's tasks: those that run and those that stopped within about the last hour. */
export async function listTasks(environment: EnvironmentConfig, cluster: string, desiredStatus: "RUNNING" | "STOPPED"): Promise<string[]> {
  const arns: string[] = [];
  const trail = new PageTrail(budget(environment));
  let nextToken: string | undefined;
  do {
    const answer = await call(
      budget(environment),
      (abortSignal) =>
        client(environment).send(new ListTasksCommand({ cluster, desiredStatus, maxResults: 100, nextToken }), { abortSignal }),
      { operation: "ecs:ListTasks" },
    );
    arns.push(...(answer.taskArns ?? []));
    nextToken = trail.next(answer.nextToken);
  } while (nextToken);
  return arns;
}

export interface ReadTasks {
  tasks: EcsTaskFact[];
  /** What the tasks were started from. */
  definitions: TaskDefinitionFact[];
  /** ARNs that ECS no longer knows. */
  missing: string[];
}

/** Tasks as an answer or an event has them, in our words, with the revisions that they run. */
export async function withDefinitions(environment: EnvironmentConfig, tasks: Task[]): Promise<Omit<ReadTasks, "missing">> {
  const facts: EcsTaskFact[] = [];
  const definitions = new Map<string, TaskDefinitionFact>();
  for (const task of tasks) {
    const definition = task.taskDefinitionArn ? await taskDefinition(environment, task.taskDefinitionArn) : null;
    facts.push(toEcsTask(task, definition));
    if (task.taskDefinitionArn && definition && !definitions.has(task.taskDefinitionArn))
      definitions.set(task.taskDefinitionArn, toTaskDefinition(definition));
  }
  return { tasks: facts, definitions: [...definitions.values()] };
}

/** The tasks as they are now; `missing` are those that ECS no longer knows. Tags are read too: StopTask deletes them. */
export async function describeTasks(environment: EnvironmentConfig, cluster: string, arns: string[]): Promise<ReadTasks> {
  const tasks: Task[] = [];
  const missing: string[] = [];
  for (let from = 0; from < arns.length; from += describeLimit) {
    const asked = arns.slice(from, from + describeLimit);
    const answer = await call(
      budget(environment),
      async (abortSignal) => {
        const told = await client(environment).send(new DescribeTasksCommand({ cluster, tasks: asked, include: ["TAGS"] }), {
          abortSignal,
        });
        // Whoever is not in the list is gone: there must be one.
        if (!told.tasks) throw new UnexpectedAnswer("tasks: expected a list, received nothing");
        return told;
      },
      { operation: "ecs:DescribeTasks" },
    );
    const known = new Set((answer.tasks ?? []).map((task) => task.taskArn));
    const failed = new Set((answer.failures ?? []).filter((each) => each.reason !== "MISSING").map((each) => each.arn));
    missing.push(...asked.filter((arn) => !known.has(arn) && !failed.has(arn)));
    tasks.push(...(answer.tasks ?? []));
  }
  return { ...(await withDefinitions(environment, tasks)), missing };
}

/** Whether Container Insights is on, by cluster; a cluster that ECS does not tell of is left out. */
export async function readInsights(environment: EnvironmentConfig, clusters: string[]): Promise<Map<string, InsightsSetting>> {
  const settings = new Map<string, InsightsSetting>();
  for (let from = 0; from < clusters.length; from += describeLimit) {
    const asked = clusters.slice(from, from + describeLimit);
    const answer = await call(
      budget(environment),
      (abortSignal) => client(environment).send(new DescribeClustersCommand({ clusters: asked, include: ["SETTINGS"] }), { abortSignal }),
      { operation: "ecs:DescribeClusters" },
    );
    for (const cluster of answer.clusters ?? []) {
      const value = cluster.settings?.find((each) => each.name === "containerInsights")?.value;
      if (cluster.clusterName) settings.set(cluster.clusterName, value === "enhanced" || value === "enabled" ? value : "disabled");
    }
  }
  return settings;
}
