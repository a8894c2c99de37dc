import "server-only";
import { and, eq, gt, inArray, sql } from "drizzle-orm";
import type { EnvironmentConfig } from "@/server/env";
import { findAppError } from "@/server/errors";
import { ledger } from "@/server/ledger/db";
import { ecsTask, joinHint } from "@/server/ledger/schema";
import { log } from "@/server/log";
import { takeCalls } from "@/server/sources/call";
import { describeTasks, listTasks, type ReadTasks } from "@/server/sources/ecs";
import { Absences } from "./absences";
import type { Activity } from "./activity";
import { ingestEcsTasks, ingestTaskDefinitions } from "./ingest-aws";
import { type Pace, staleAfterMs } from "./loop";
import { Refusals, remarkOf } from "./refusals";
import { ingest, type Look, type Scope } from "./scope";

export const ecsPace: Pace = { activeMs: 2_000, idleMs: 20_000 };

interface Known {
  taskArn: string;
  cluster: string;
  lastStatus: string;
  isSettled: boolean;
}

const clusterName = (cluster: string) => cluster.split("/").at(-1) ?? cluster;
const listOf = (cluster: string) => `Cluster ${clusterName(cluster)}`;
const tasksOf = (cluster: string) => `Tasks of cluster ${clusterName(cluster)}`;

/** Reads the containers of one environment: what runs, what stopped, and what an XCom names elsewhere. ECS forgets after an hour; the ledger does not. */
export class EcsLook {
  #refusals = new Refusals();
  /** Containers that an XCom named and that cannot be read. */
  #absences = new Absences();

  constructor(
    readonly environment: EnvironmentConfig,
    readonly scope: Scope,
    readonly activity: Activity,
  ) {}

  async look(): Promise<{ isActive: boolean }> {
    const wanted = await this.#wanted();
    const read: ReadTasks = { tasks: [], definitions: [], missing: [] };
    for (const [cluster, arns] of wanted) {
      const answer = await this.#describe(cluster, [...arns]);
      read.tasks.push(...(answer?.tasks ?? []));
      read.definitions.push(...(answer?.definitions ?? []));
      read.missing.push(...(answer?.missing ?? []));
    }
    const described = [...wanted.keys()].filter((cluster) => this.#isConfigured(cluster));
    const refusal = this.#refusals.ofAll(this.environment.ecs.map(listOf)) ?? this.#refusals.ofAll(described.map(tasksOf));
    await ingest(this.scope, refusal ? null : this.#seen(), async (tx, changes) => {
      await ingestTaskDefinitions(tx, this.scope, read.definitions);
      await ingestEcsTasks(tx, this.scope, changes, read.tasks, read.missing);
    });
    if (refusal) throw refusal;
    if (this.activity.isToldByEvents()) return { isActive: false };
    const isRunning = read.tasks.some((task) => task.lastStatus !== "STOPPED");
    return { isActive: isRunning || (await this.activity.isActive()) };
  }

  #seen(): Look {
    const calls = takeCalls(this.environment.name, "ecs");
    return { source: "ecs", calls, staleAfterMs: staleAfterMs(ecsPace), remark: remarkOf(this.#refusals.remarks()) };
  }

  #isConfigured(cluster: string): boolean {
    return this.environment.ecs.some((each) => clusterName(each) === clusterName(cluster));
  }

  async #describe(cluster: string, arns: string[]): Promise<ReadTasks | null> {
    if (!this.#isConfigured(cluster)) return this.#describeNamed(cluster, arns);
    const answer = await this.#refusals.unlessRefused(tasksOf(cluster), () => describeTasks(this.environment, cluster, arns));
    // With the cluster its containers are gone.
    const isGone = answer === null && this.#refusals.of(tasksOf(cluster))?.code === "not_found";
    return isGone ? { tasks: [], definitions: [], missing: arns } : answer;
  }

  /** A cluster that only an XCom named may be of another account, or closed to us: the configured ones are read all the same. */
  async #describeNamed(cluster: string, arns: string[]): Promise<ReadTasks | null> {
    const answer = await describeTasks(this.environment, cluster, arns).catch((error: unknown) => {
      const own = findAppError(error);
      if (!own) throw error;
      log.warn({ environment: this.environment.name, source: "ecs", cluster }, own.message);
      return null;
    });
    const found = new Set(answer?.tasks.map((task) => task.taskArn));
    for (const arn of arns) {
      if (found.has(arn)) this.#absences.forget(arn);
      else this.#absences.note(arn);
    }
    return answer;
  }

  /** ARNs of a cluster's tasks; none when it refuses to tell. */
  async #list(cluster: string): Promise<string[]> {
    const listed = await this.#refusals.unlessRefused(listOf(cluster), async () => [
      ...(await listTasks(this.environment, cluster, "RUNNING")),
      ...(await listTasks(this.environment, cluster, "STOPPED")),
    ]);
    return listed ?? [];
  }

  /** ARNs to describe by cluster: all that ECS lists, except those whose end is known, and all whose end is not. */
  async #wanted(): Promise<Map<string, Set<string>>> {
    const wanted = new Map<string, Set<string>>();
    const want = (cluster: string, arn: string) => wanted.set(cluster, (wanted.get(cluster) ?? new Set()).add(arn));
    const listed: { cluster: string; arn: string }[] = [];
    for (const cluster of this.environment.ecs) for (const arn of await this.#list(cluster)) listed.push({ cluster, arn });
    const known = await this.#known(listed.map((each) => each.arn));
    for (const { cluster, arn } of listed) if (!known.get(arn)?.isSettled) want(cluster, arn);
    for (const task of known.values()) if (!task.isSettled && this.#absences.isDue(task.taskArn)) want(task.cluster, task.taskArn);
    for (const hint of await this.#hinted()) want(hint.cluster, hint.arn);
    return wanted;
  }

  async #known(arns: string[]): Promise<Map<string, Known>> {
    // What only an event told of is described while ECS lists it: an event has no tags.
    const isSettled = sql<boolean>`(${ecsTask.isDescribed} and (${ecsTask.lastStatus} = 'STOPPED' or ${ecsTask.missingSince} is not null))`;
    const columns = { taskArn: ecsTask.taskArn, cluster: ecsTask.cluster, lastStatus: ecsTask.lastStatus, isSettled };
    const open = await ledger()
      .select(columns)
      .from(ecsTask)
      .where(
        and(eq(ecsTask.environment, this.environment.name), sql`${ecsTask.lastStatus} <> 'STOPPED' and ${ecsTask.missingSince} is null`),
      );
    const listed = arns.length === 0 ? [] : await ledger().select(columns).from(ecsTask).where(inArray(ecsTask.taskArn, arns));
    return new Map([...listed, ...open].map((task) => [task.taskArn, task]));
  }

  /** Containers in clusters that the configuration does not list, while ECS may still know them. */
  async #hinted(): Promise<{ cluster: string; arn: string }[]> {
    const hints = await ledger()
      .select({ arn: joinHint.ref, cluster: joinHint.owner })
      .from(joinHint)
      .where(
        and(
          eq(joinHint.environment, this.environment.name),
          sql`${joinHint.ref} like 'arn:%'`,
          gt(joinHint.seenAt, sql`now() - interval '10 minutes'`),
          sql`not exists (select 1 from ${ecsTask} where ${ecsTask.taskArn} = ${joinHint.ref})`,
        ),
      )
      .limit(100);
    return hints.flatMap((hint) =>
      hint.cluster === null || this.#isConfigured(hint.cluster) || !this.#absences.isDue(hint.arn)
        ? []
        : [{ arn: hint.arn, cluster: hint.cluster }],
    );
  }
}
