import "server-only";
import { and, asc, eq, type SQL, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import type { InsightsSetting, SparkMetrics, Usage } from "@/lib/schemas/facts";
import type { EnvironmentConfig } from "@/server/env";
import { ledger } from "@/server/ledger/db";
import { ecsTask, glueRun } from "@/server/ledger/schema";
import { takeCalls } from "@/server/sources/call";
import { queryLimit, readMetrics, type Series } from "@/server/sources/cloudwatch";
import { readInsights } from "@/server/sources/ecs";
import { hasOwnMetrics, listJobsWithMetrics } from "@/server/sources/glue";
import { ingestMeasures, type Measured } from "./ingest-aws";
import type { Pace } from "./loop";
import {
  type MeasuredRun,
  type MeasuredTask,
  queriesOf,
  reachesEnd,
  sparkQueries,
  toSparkMetrics,
  toUsage,
  usageQueries,
} from "./measures";
import { ingest, type Scope } from "./scope";

export const metricsPace: Pace = { activeMs: 15_000, idleMs: 60_000 };

/** With nothing to ask, whether CloudWatch answers is asked now and then: "ok" must mean that it was tried. */
const probeEveryMs = 300_000;
const settingsEveryMs = 600_000;
/** CloudWatch may be minutes late; what it has not after so long it never had. */
const lateMs = 20 * 60_000;

const insightsOff = { notCollected: "turn on Container Insights" };
const metricsOff = { notCollected: "start the job with --enable-metrics" };
const nothingKnown = { notCollected: "CloudWatch has no figures of it: it may have run for less than a minute" };

type TaskRow = MeasuredTask & { isAlone: boolean };
type RunRow = MeasuredRun & { arguments: Record<string, string> | null };

/** A figure a minute of each series: what ran longer, a service say, is measured over its end. */
const longestWindowMs = 86_400_000;

/** Work that ended in the last hours and has no final figures, and, more rarely, what runs since today. */
const isDue = (row: {
  startedAt: PgColumn;
  endedAt: PgColumn;
  readAt: PgColumn;
  isMeasured: PgColumn;
  isOpen: SQL;
}) => sql`not ${row.isMeasured}
  and ((${row.endedAt} between now() - interval '3 hours' and now() - interval '30 seconds'
      and (${row.readAt} is null or ${row.readAt} < ${row.endedAt} or ${row.readAt} < now() - interval '1 minute'))
    or (${row.isOpen} and ${row.startedAt} between now() - interval '1 day' and now() - interval '3 minutes'
      and (${row.readAt} is null or ${row.readAt} < now() - interval '5 minutes')))`;

/** CPU and memory of containers from Container Insights, and Spark's figures from Glue's job metrics; few requests for many tasks. */
export class MetricsLook {
  #askedAt = Number.NEGATIVE_INFINITY;
  #insights = new Map<string, InsightsSetting>();
  #insightsAt = Number.NEGATIVE_INFINITY;
  #withMetrics = new Set<string>();
  #jobsAsked = new Map<string, number>();

  constructor(
    readonly environment: EnvironmentConfig,
    readonly scope: Scope,
  ) {}

  async look(): Promise<{ isActive: boolean }> {
    const [dueTasks, dueRuns] = [await this.#dueTasks(), await this.#dueRuns()];
    const tasks = await this.#measureTasks(dueTasks);
    const runs = await this.#measureRuns(dueRuns);
    if (performance.now() - this.#askedAt > probeEveryMs) {
      this.#askedAt = performance.now();
      await this.#probe();
    }
    const calls = takeCalls(this.environment.name, "metrics");
    if (calls.length > 0) this.#askedAt = performance.now();
    if (calls.length + tasks.length + runs.length > 0) {
      const look = calls.length > 0 ? { source: "metrics", calls, staleAfterMs: probeEveryMs * 3 } : null;
      await ingest(this.scope, look, (tx, changes) => ingestMeasures(tx, this.scope, changes, tasks, runs));
    }
    return { isActive: dueTasks.length + dueRuns.length > 0 };
  }

  async #probe(): Promise<void> {
    const metric = { namespace: "ECS/ContainerInsights", metric: "TaskCount", statistic: "Maximum" } as const;
    const dimensions = { ClusterName: this.environment.ecs[0] ?? "none" };
    await readMetrics(this.environment, [{ ...metric, dimensions }], new Date(Date.now() - lateMs), new Date());
  }

  #dueTasks(): Promise<TaskRow[]> {
    const isOpen = sql`(${ecsTask.stoppedAt} is null and ${ecsTask.missingSince} is null)`;
    const { startedAt, stoppedAt: endedAt, usageReadAt: readAt, isMeasured } = ecsTask;
    return ledger()
      .select({
        taskArn: ecsTask.taskArn,
        cluster: ecsTask.cluster,
        taskDefinition: ecsTask.taskDefinition,
        cpuUnits: ecsTask.cpuUnits,
        memoryMib: ecsTask.memoryMib,
        startedAt,
        stoppedAt: ecsTask.stoppedAt,
        // Named in full: among selected columns Drizzle leaves the table out, and they would be the other's.
        isAlone: sql<boolean>`not exists (select 1 from ecs_task other where other.environment = ecs_task.environment
          and other.cluster = ecs_task.cluster and other.task_arn <> ecs_task.task_arn
          and split_part(other.task_definition, ':', 1) = split_part(ecs_task.task_definition, ':', 1)
          and other.created_at between ecs_task.started_at - interval '2 days' and coalesce(ecs_task.stopped_at, now()) + interval '1 minute'
          and (other.stopped_at is null or other.stopped_at > ecs_task.started_at - interval '1 minute'))`,
      })
      .from(ecsTask)
      .where(
        and(
          eq(ecsTask.environment, this.environment.name),
          sql`${startedAt} is not null`,
          isDue({ startedAt, endedAt, readAt, isMeasured, isOpen }),
        ),
      )
      .orderBy(asc(startedAt))
      .limit(Math.floor(queryLimit / queriesOf.task));
  }

  #dueRuns(): Promise<RunRow[]> {
    const isOpen = sql`(${glueRun.state} = 'RUNNING' and ${glueRun.missingSince} is null)`;
    const { startedAt, completedAt: endedAt, metricsReadAt: readAt, isMeasured } = glueRun;
    return ledger()
      .select({
        jobName: glueRun.jobName,
        jobRunId: glueRun.jobRunId,
        arguments: glueRun.arguments,
        startedAt,
        completedAt: glueRun.completedAt,
      })
      .from(glueRun)
      .where(and(eq(glueRun.environment, this.environment.name), isDue({ startedAt, endedAt, readAt, isMeasured, isOpen })))
      .orderBy(asc(startedAt))
      .limit(Math.floor(queryLimit / queriesOf.run));
  }

  async #measureTasks(due: TaskRow[]): Promise<Measured<string, Usage>[]> {
    if (due.length === 0) return [];
    await this.#readSettings(due.map((task) => task.cluster));
    const off = due.filter((task) => this.#insights.get(task.cluster) === "disabled");
    const on = due.flatMap((task) => {
      const setting = this.#insights.get(task.cluster);
      return setting === "enhanced" || setting === "enabled"
        ? [{ task, of: setting === "enhanced" ? ("task" as const) : ("family" as const) }]
        : [];
    });
    const answers = await this.#read(
      on.map(({ task, of }) => usageQueries(task, of)),
      on.map(({ task }) => ({ from: task.startedAt, to: task.stoppedAt })),
    );
    return [
      ...off.map(({ taskArn, stoppedAt }) => ({ key: taskArn, value: insightsOff, isFinal: stoppedAt !== null })),
      ...on.map(({ task, of }, index) => {
        const series = answers[index] ?? [];
        // Alone in its family at that time, the family's figures are its own.
        const found = toUsage(task, of === "family" && task.isAlone ? "task" : of, series);
        return { key: task.taskArn, ...settle(found, series, task.stoppedAt) };
      }),
    ];
  }

  async #measureRuns(due: RunRow[]): Promise<Measured<{ jobName: string; jobRunId: string }, SparkMetrics>[]> {
    if (due.length === 0) return [];
    await this.#readJobs(due.map((run) => run.jobName));
    const isOn = (run: RunRow) => hasOwnMetrics(run.arguments) || this.#withMetrics.has(run.jobName);
    const keyOf = ({ jobName, jobRunId }: RunRow) => ({ jobName, jobRunId });
    const on = due.filter(isOn);
    const answers = await this.#read(
      on.map(sparkQueries),
      on.map((run) => ({ from: run.startedAt, to: run.completedAt })),
    );
    return [
      ...due.filter((run) => !isOn(run)).map((run) => ({ key: keyOf(run), value: metricsOff, isFinal: run.completedAt !== null })),
      ...on.map((run, index) => {
        const series = answers[index] ?? [];
        return { key: keyOf(run), ...settle(toSparkMetrics(series), series, run.completedAt) };
      }),
    ];
  }

  /** The series of each piece of work, all asked for together over the time that covers them all. */
  async #read(queries: ReturnType<typeof sparkQueries>[], times: { from: Date | null; to: Date | null }[]): Promise<Series[][]> {
    if (queries.length === 0) return [];
    const to = Math.max(...times.map((each) => (each.to ?? new Date()).getTime()));
    const from = Math.max(to - longestWindowMs, Math.min(...times.map((each) => (each.from ?? new Date()).getTime())));
    const minute = 60_000;
    const window = [new Date(Math.floor(from / minute) * minute), new Date(Math.ceil(to / minute + 1) * minute)] as const;
    const series = await readMetrics(this.environment, queries.flat(), ...window);
    let next = 0;
    return queries.map((each) => {
      next += each.length;
      return series.slice(next - each.length, next);
    });
  }

  async #readSettings(clusters: string[]): Promise<void> {
    const isOld = performance.now() - this.#insightsAt > settingsEveryMs;
    const asked = [...new Set(clusters)].filter((cluster) => isOld || !this.#insights.has(cluster));
    if (asked.length === 0) return;
    for (const [cluster, setting] of await readInsights(this.environment, asked)) this.#insights.set(cluster, setting);
    if (isOld) this.#insightsAt = performance.now();
  }

  async #readJobs(jobs: string[]): Promise<void> {
    const now = performance.now();
    const asked = [...new Set(jobs)].filter((job) => now - (this.#jobsAsked.get(job) ?? Number.NEGATIVE_INFINITY) > settingsEveryMs);
    if (asked.length === 0) return;
    const found = await listJobsWithMetrics(this.environment, asked);
    for (const job of asked) {
      this.#jobsAsked.set(job, now);
      if (found.has(job)) this.#withMetrics.add(job);
      else this.#withMetrics.delete(job);
    }
  }
}

/** Final once the figures reach the end, or are so late that none will come. */
function settle<T>(
  found: T | null,
  series: Series[],
  endedAt: Date | null,
): { value: T | { notCollected: string } | null; isFinal: boolean } {
  const isLate = endedAt !== null && Date.now() - endedAt.getTime() > lateMs;
  if (found === null) return isLate ? { value: nothingKnown, isFinal: true } : { value: null, isFinal: false };
  return { value: found, isFinal: isLate || reachesEnd(series, endedAt) };
}
