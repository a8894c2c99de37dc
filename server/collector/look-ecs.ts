import "server-only";
import { and, eq, gt, inArray, sql } from "drizzle-orm";
import type { EnvironmentConfig } from "@/server/env";
import { findAppError } from "@/server/errors";
import { ledger } from "@/server/ledger/db";
import { ecsTask, joinHint } from "@/server/ledger/schema";
import { log } from "@/server/log";
import { takeCalls } from "@/server/sources/call";
import { describeTasks, listTasks, type ReadTasks } from "@/server/sources/ecs";
import type { Activity } from "./activity";
import { ingestEcsTasks, ingestTaskDefinitions } from "./ingest-aws";
import { type Pace, staleAfterMs } from "./loop";
import { ingest, type Scope } from "./scope";

export const ecsPace: Pace = { activeMs: 2_000, idleMs: 20_000 };

interface Known {
  taskArn: string;
  cluster: string;
  lastStatus: string;
  isSettled: boolean;
}

/** Reads the containers of one environment: what runs, what stopped, and what an XCom names elsewhere. ECS forgets after an hour; the ledger does not. */
export class EcsLook {
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
    const look = { source: "ecs", calls: takeCalls(this.environment.name, "ecs"), staleAfterMs: staleAfterMs(ecsPace) };
    await ingest(this.scope, look, async (tx, changes) => {
      await ingestTaskDefinitions(tx, this.scope, read.definitions);
      await ingestEcsTasks(tx, this.scope, changes, read.tasks, read.missing);
    });
    if (this.activity.isToldByEvents()) return { isActive: false };
    const isRunning = read.tasks.some((task) => task.lastStatus !== "STOPPED");
    return { isActive: isRunning || (await this.activity.isActive()) };
  }

  /** A cluster that only an XCom named may be of another account, or closed to us: the configured ones are read all the same. */
  async #describe(cluster: string, arns: string[]): Promise<ReadTasks | null> {
    try {
      return await describeTasks(this.environment, cluster, arns);
    } catch (error) {
      const own = findAppError(error);
      if (!own || this.environment.ecs.includes(cluster)) throw error;
      log.warn({ environment: this.environment.name, source: "ecs", cluster }, own.message);
      return null;
    }
  }

  /** ARNs to describe by cluster: all that ECS lists, except those whose end is known, and all whose end is not. */
  async #wanted(): Promise<Map<string, Set<string>>> {
    const wanted = new Map<string, Set<string>>();
    const want = (cluster: string, arn: string) => wanted.set(cluster, (wanted.get(cluster) ?? new Set()).add(arn));
    const listed: { cluster: string; arn: string }[] = [];
    for (const cluster of this.environment.ecs) {
      for (const status of ["RUNNING", "STOPPED"] as const) {
        for (const arn of await listTasks(this.environment, cluster, status)) listed.push({ cluster, arn });
      }
    }
    const known = await this.#known(listed.map((each) => each.arn));
    for (const { cluster, arn } of listed) if (!known.get(arn)?.isSettled) want(cluster, arn);
    for (const task of known.values()) if (!task.isSettled) want(task.cluster, task.taskArn);
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
      hint.cluster === null || this.environment.ecs.includes(hint.cluster) ? [] : [{ arn: hint.arn, cluster: hint.cluster }],
    );
  }
}
