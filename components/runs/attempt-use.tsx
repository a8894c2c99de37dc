"use client";

import type { ReactNode } from "react";
import { Pair } from "@/components/ui/facts";
import { toneClass } from "@/components/ui/state";
import { count } from "@/lib/format/count";
import type { ContainerDetail, ContainerUsage, EcsTask, SparkMetrics } from "@/lib/schemas/attempt";
import { isUnread, listClass, type Unread, unknown } from "./attempt-facts";

/** Memory that is this full was near its end; a processor that is this full only worked. */
const fullPercent = 95;

function Bar({ percent, isFull }: { percent: number | null; isFull: boolean }) {
  if (percent === null) return null;
  return (
    <dd className="use col-span-2">
      <i
        role="img"
        aria-label={`${percent} % of what it had${isFull ? ", near its limit" : ""}`}
        className={toneClass[isFull ? "fail" : "run"]}
        style={{ "--v": `${Math.min(100, Math.max(1, percent))}%` }}
      />
    </dd>
  );
}

const vcpu = (units: number) => Number((units / 1024).toFixed(2));

/** What a container had, and what it used of it. */
export function ContainerUse({ task, usage }: { task: EcsTask; usage: ContainerDetail["usage"] | Unread }) {
  const isSpot = task.capacityProvider?.endsWith("_SPOT") ?? false;
  return (
    <dl className={listClass}>
      {usage && "of" in usage ? <Used task={task} usage={usage} /> : <Unused task={task} usage={usage} />}
      <Pair name="Disk">{task.ephemeralGib === null ? unknown : `${diskUsed(usage)}${task.ephemeralGib} GB`}</Pair>
      <Pair name="Capacity">
        {task.launchType ?? task.capacityProvider ?? unknown}
        {isSpot ? ", Spot" : task.capacityProvider && `, ${task.capacityProvider}`}
      </Pair>
      <Pair name="Architecture">{task.architecture ?? unknown}</Pair>
      <Pair name="Availability zone">{task.availabilityZone ?? unknown}</Pair>
    </dl>
  );
}

const diskUsed = (usage: ContainerDetail["usage"] | Unread) =>
  usage && "of" in usage && usage.diskMaxGib !== null ? `${usage.diskMaxGib} of ` : "";

function Used({ task, usage }: { task: EcsTask; usage: ContainerUsage }) {
  const { memoryMaxMib, memoryMaxPercent, cpuMaxPercent, cpuAveragePercent } = usage;
  return (
    <>
      <Pair name="Memory, peak">
        {memoryMaxMib === null ? unknown : `${count(memoryMaxMib)}${task.memoryMib === null ? "" : ` of ${count(task.memoryMib)}`} MB`}
      </Pair>
      <Bar percent={memoryMaxPercent} isFull={(memoryMaxPercent ?? 0) >= fullPercent} />
      <Pair name="CPU, peak">
        {cpuMaxPercent === null || task.cpuUnits === null
          ? unknown
          : `${Number(((cpuMaxPercent / 100) * vcpu(task.cpuUnits)).toFixed(2))} of ${vcpu(task.cpuUnits)} vCPU`}
        {cpuAveragePercent !== null && <span className="text-ink-3"> · {cpuAveragePercent} % on average</span>}
      </Pair>
      <Bar percent={cpuMaxPercent} isFull={false} />
      {usage.of === "family" && (
        <Pair name="Whose">
          of all tasks of <code>{task.taskDefinition.split(":")[0]}</code> at that time, not of this one: Container Insights is on, without
          enhanced observability
        </Pair>
      )}
    </>
  );
}

function Unused({ task, usage }: { task: EcsTask; usage: ContainerDetail["usage"] | Unread }) {
  return (
    <>
      <Pair name="Memory">{task.memoryMib === null ? unknown : `${count(task.memoryMib)} MB`}</Pair>
      <Pair name="CPU">{task.cpuUnits === null ? unknown : `${vcpu(task.cpuUnits)} vCPU`}</Pair>
      <Pair name="Used of it">
        <NotKnown said={usage} />
      </Pair>
    </>
  );
}

function NotKnown({ said }: { said: { notCollected: string } | ContainerUsage | SparkMetrics | Unread | null }) {
  if (said && "notCollected" in said) return <span className="text-ink-2">not collected: {said.notCollected}</span>;
  if (!isUnread(said)) return <span className="text-mute-ink">unknown: CloudWatch has not told yet</span>;
  if (said.unread === null) return <span className="text-mute-ink">reading</span>;
  return <span className="text-fail-ink">cannot be read now: {said.unread}</span>;
}

const size = (bytes: number) => {
  const power = Math.min(4, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  return `${Number((bytes / 1000 ** power).toFixed(1))} ${["B", "kB", "MB", "GB", "TB"][power]}`;
};
const of = (value: number | null, say: (value: number) => ReactNode) => (value === null ? unknown : say(value));

/** What Glue's job metrics say of the run's Spark. */
export function SparkUse({ metrics }: { metrics: SparkMetrics | { notCollected: string } | Unread | null }) {
  if (!metrics || "notCollected" in metrics || isUnread(metrics)) {
    return (
      <dl className={listClass}>
        <Pair name="Spark metrics">
          <NotKnown said={metrics} />
        </Pair>
      </dl>
    );
  }
  return (
    <dl className={listClass}>
      <Pair name="Driver's heap, peak">{of(metrics.driverHeapMaxPercent, (value) => `${value} %`)}</Pair>
      <Bar percent={metrics.driverHeapMaxPercent} isFull={(metrics.driverHeapMaxPercent ?? 0) >= fullPercent} />
      <Pair name="Any heap, peak">{of(metrics.executorHeapMaxPercent, (value) => `${value} %`)}</Pair>
      <Bar percent={metrics.executorHeapMaxPercent} isFull={(metrics.executorHeapMaxPercent ?? 0) >= fullPercent} />
      <Pair name="CPU, peak">{of(metrics.cpuMaxPercent, (value) => `${value} %`)}</Pair>
      <Bar percent={metrics.cpuMaxPercent} isFull={false} />
      <Pair name="Executors">
        {of(metrics.executorsMax, (value) => value)}
        {metrics.executorsNeededMax !== null && <span className="text-ink-3"> · {metrics.executorsNeededMax} would have been used</span>}
      </Pair>
      <Pair name="Read">
        {of(metrics.bytesRead, size)}
        {metrics.recordsRead !== null && <span className="text-ink-3"> · {count(metrics.recordsRead)} records</span>}
      </Pair>
      <Pair name="Shuffled">{of(metrics.shuffleBytes, size)}</Pair>
      <Pair name="Spark tasks failed">{of(metrics.failedTasks, count)}</Pair>
    </dl>
  );
}
