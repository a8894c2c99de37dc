import "server-only";
import type { SparkMetrics, Usage } from "@/lib/schemas/facts";
import type { MetricQuery, Series } from "@/server/sources/cloudwatch";

/** What CloudWatch is asked about one container; the answers are read in the same order. */
export interface MeasuredTask {
  taskArn: string;
  cluster: string;
  /** `family:revision` */
  taskDefinition: string;
  cpuUnits: number | null;
  memoryMib: number | null;
  startedAt: Date | null;
  stoppedAt: Date | null;
}

export interface MeasuredRun {
  jobName: string;
  jobRunId: string;
  startedAt: Date | null;
  completedAt: Date | null;
}

/** A minute's figure is known by the minute's begin. */
const minuteMs = 60_000;

const asked = [
  { metric: "CpuUtilized", statistic: "Maximum" },
  { metric: "CpuUtilized", statistic: "Average" },
  { metric: "MemoryUtilized", statistic: "Maximum" },
  { metric: "EphemeralStorageUtilized", statistic: "Maximum" },
] as const;

/** Container Insights with enhanced observability has figures of each task; the plain one only of all tasks of a family together. */
export function usageQueries(task: MeasuredTask, of: "task" | "family"): MetricQuery[] {
  const dimensions = {
    ClusterName: task.cluster,
    TaskDefinitionFamily: task.taskDefinition.split(":")[0] ?? "",
    ...(of === "task" ? { TaskId: task.taskArn.split("/").at(-1) ?? "" } : {}),
  };
  return asked.map((each) => ({ namespace: "ECS/ContainerInsights", dimensions, ...each }));
}

const within = (series: Series | undefined, from: Date | null, to: Date | null) =>
  (series?.points ?? [])
    .filter(({ at }) => (from === null || at.getTime() > from.getTime() - minuteMs) && (to === null || at.getTime() <= to.getTime()))
    .map(({ value }) => value);

const most = (values: number[]) => (values.length === 0 ? null : values.reduce((a, b) => Math.max(a, b)));
const sum = (values: number[]) => (values.length === 0 ? null : values.reduce((a, b) => a + b));
const mean = (values: number[]) => (values.length === 0 ? null : values.reduce((a, b) => a + b) / values.length);
const rounded = (value: number | null) => (value === null ? null : Math.round(value * 10) / 10);
const percent = (value: number | null, whole: number | null) => (value === null || !whole ? null : rounded((100 * value) / whole));

/** Null: CloudWatch has nothing of that time. */
export function toUsage(task: MeasuredTask, of: "task" | "family", series: Series[]): Usage | null {
  const [cpuMax, cpuAverage, memory, disk] = series.map((each) => within(each, task.startedAt, task.stoppedAt));
  if ([cpuMax, cpuAverage, memory].every((values) => !values?.length)) return null;
  return {
    of,
    cpuMaxPercent: percent(most(cpuMax ?? []), task.cpuUnits),
    cpuAveragePercent: percent(mean(cpuAverage ?? []), task.cpuUnits),
    memoryMaxMib: rounded(most(memory ?? [])),
    memoryMaxPercent: percent(most(memory ?? []), task.memoryMib),
    diskMaxGib: rounded(most(disk ?? [])),
  };
}

/** The last full minute of the work has its figure. */
export function reachesEnd(series: Series[], endedAt: Date | null): boolean {
  if (endedAt === null || series.some((each) => !each.isWhole)) return false;
  const newest = Math.max(...series.flatMap(({ points }) => points.map(({ at }) => at.getTime())));
  return newest >= endedAt.getTime() - 2 * minuteMs;
}

const spark = [
  { metric: "glue.driver.jvm.heap.usage", type: "gauge", statistic: "Maximum" },
  { metric: "glue.ALL.jvm.heap.usage", type: "gauge", statistic: "Maximum" },
  { metric: "glue.ALL.system.cpuSystemLoad", type: "gauge", statistic: "Maximum" },
  { metric: "glue.driver.ExecutorAllocationManager.executors.numberAllExecutors", type: "gauge", statistic: "Maximum" },
  { metric: "glue.driver.ExecutorAllocationManager.executors.numberMaxNeededExecutors", type: "gauge", statistic: "Maximum" },
  { metric: "glue.driver.aggregate.bytesRead", type: "count", statistic: "Sum" },
  { metric: "glue.driver.aggregate.recordsRead", type: "count", statistic: "Sum" },
  { metric: "glue.driver.aggregate.shuffleBytesWritten", type: "count", statistic: "Sum" },
  { metric: "glue.driver.aggregate.numFailedTasks", type: "count", statistic: "Sum" },
] as const;

export const queriesOf = { task: asked.length, run: spark.length };

export function sparkQueries({ jobName, jobRunId }: MeasuredRun): MetricQuery[] {
  return spark.map(({ metric, type, statistic }) => ({
    namespace: "Glue",
    metric,
    dimensions: { JobName: jobName, JobRunId: jobRunId, Type: type },
    statistic,
  }));
}

/** Null: CloudWatch has nothing of that run. */
export function toSparkMetrics(series: Series[]): SparkMetrics | null {
  const values = series.map((each) => each.points.map(({ value }) => value));
  if (values.every((each) => each.length === 0)) return null;
  const [driverHeap, heap, cpu, executors, needed, bytes, records, shuffle, failed] = values;
  return {
    driverHeapMaxPercent: percent(most(driverHeap ?? []), 1),
    executorHeapMaxPercent: percent(most(heap ?? []), 1),
    cpuMaxPercent: percent(most(cpu ?? []), 1),
    executorsMax: most(executors ?? []),
    executorsNeededMax: most(needed ?? []),
    bytesRead: sum(bytes ?? []),
    recordsRead: sum(records ?? []),
    shuffleBytes: sum(shuffle ?? []),
    failedTasks: sum(failed ?? []),
  };
}
