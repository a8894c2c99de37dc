"use client";

import type { ReactNode } from "react";
import { Pair } from "@/components/ui/facts";
import { State } from "@/components/ui/state";
import { Time } from "@/components/ui/time";
import { between, duration } from "@/lib/format/duration";
import { attemptSaid } from "@/lib/format/states";
import type { Attempt, EcsTask, GlueRun, JoinEvidence } from "@/lib/schemas/attempt";

const joinWords: Record<JoinEvidence, string> = {
  join_key: "by the join key, certain",
  xcom: "by an id in XCom, certain",
  reattach: "by the number the operator gave it, certain",
  names: "by the names in its tags or arguments, certain",
  started_by: "by who started it, likely",
  time: "by time alone, a guess",
};

const none = <span className="text-ink-3">none</span>;
const given = (value: ReactNode) => value ?? <span className="text-mute-ink">unknown</span>;
const shortArn = (arn: string) => arn.split("/").slice(-2).join("/");

/** Everything that is known of how an attempt ran, in the terms of the system that ran it. */
export function AttemptFacts({ attempt }: { attempt: Attempt }) {
  return (
    <dl className="kv px-3.5 pt-1 pb-3.5 desk:px-4">
      <Pair name="State">
        <State {...attemptSaid[attempt.state]} />
      </Pair>
      <Pair name="Try">
        {attempt.tryNumber}
        {attempt.maxTries !== null && ` of ${attempt.maxTries}`}
      </Pair>
      <Moment name="Queued" at={attempt.queuedAt} />
      <Moment name="Started" at={attempt.startedAt} />
      <Moment name="Ended" at={attempt.endedAt} />
      <Pair name="Operator">{given(attempt.operator && <code>{attempt.operator}</code>)}</Pair>
      {attempt.ecsTask && <EcsFacts task={attempt.ecsTask} />}
      {attempt.glueRun && <GlueFacts run={attempt.glueRun} />}
    </dl>
  );
}

function Moment({ name, at }: { name: string; at: string | null }) {
  return <Pair name={name}>{at ? <Time at={at} hasSeconds /> : <span className="text-ink-3">not yet</span>}</Pair>;
}

function EcsFacts({ task }: { task: EcsTask }) {
  const pullMs = between(task.pullStartedAt, task.pullStoppedAt, 0);
  return (
    <>
      <Pair name="Container">
        {task.exitCode === null ? (
          <span>{task.lastStatus.toLowerCase()}, no exit code</span>
        ) : (
          <b className={task.exitCode === 0 ? "font-text" : "text-fail-ink"}>exit code {task.exitCode}</b>
        )}
      </Pair>
      {task.containerReason && <Pair name="Reason">{task.containerReason}</Pair>}
      {task.stoppedReason && <Pair name="Stop reason">{task.stoppedReason}</Pair>}
      {task.stopCode && (
        <Pair name="Stop code">
          <code>{task.stopCode}</code>
        </Pair>
      )}
      <Pair name="Pulled the image in">{pullMs !== null && task.pullStoppedAt ? duration(pullMs) : given(null)}</Pair>
      <Pair name="Image">{given(task.image && <code>{task.image}</code>)}</Pair>
      {task.imageDigest && (
        <Pair name="Digest">
          <code>{task.imageDigest.slice(0, 19)}…</code>
        </Pair>
      )}
      <Pair name="Task definition">
        <code>{task.taskDefinition.split("/").at(-1)}</code>
      </Pair>
      <Pair name="Task">
        <code>{shortArn(task.taskArn)}</code>
      </Pair>
      <Pair name="Joined">{joinWords[task.joinedBy]}</Pair>
    </>
  );
}

function GlueFacts({ run }: { run: GlueRun }) {
  return (
    <>
      <Pair name="Glue state">
        <b className={run.state === "SUCCEEDED" || run.state === "RUNNING" ? "font-text" : "text-fail-ink"}>{run.state}</b>
      </Pair>
      {run.errorMessage && <Pair name="Glue said">{run.errorMessage}</Pair>}
      <Pair name="Executed">{run.executionSeconds === null ? given(null) : duration(run.executionSeconds * 1000)}</Pair>
      <Pair name="DPU-seconds">{given(run.dpuSeconds)}</Pair>
      <Pair name="Timeout">{run.timeoutMinutes === null ? none : `${run.timeoutMinutes} min`}</Pair>
      <Pair name="Class">{given(run.executionClass)}</Pair>
      <Pair name="Job">
        <code>{run.jobName}</code>
      </Pair>
      <Pair name="Job run">
        <code>{run.jobRunId}</code>
      </Pair>
      <Pair name="Joined">{joinWords[run.joinedBy]}</Pair>
    </>
  );
}

const gib = (mib: number) => `${Number((mib / 1024).toFixed(2))} GB`;

/** Where an attempt ran and with how much, in a few words. */
export function sizeWords({ kind, ecsTask, glueRun }: Attempt): string {
  if (ecsTask) {
    const size = [
      ecsTask.cpuUnits !== null && `${Number((ecsTask.cpuUnits / 1024).toFixed(2))} vCPU`,
      ecsTask.memoryMib !== null && gib(ecsTask.memoryMib),
    ].filter(Boolean);
    return [ecsTask.launchType === "FARGATE" || !ecsTask.launchType ? "Fargate" : ecsTask.launchType, size.join(", ")]
      .filter(Boolean)
      .join(" · ");
  }
  if (glueRun) {
    const workers = glueRun.numberOfWorkers !== null && glueRun.workerType ? `${glueRun.numberOfWorkers} × ${glueRun.workerType}` : null;
    return [`Glue${glueRun.glueVersion ? ` ${glueRun.glueVersion}` : ""}`, workers].filter(Boolean).join(" · ");
  }
  return { ecs: "ECS, container not seen", glue: "Glue, run not seen", airflow: "in Airflow" }[kind];
}
