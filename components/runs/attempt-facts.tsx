"use client";

import type { ReactNode } from "react";
import { Pair } from "@/components/ui/facts";
import { State } from "@/components/ui/state";
import { Time } from "@/components/ui/time";
import { count } from "@/lib/format/count";
import { duration } from "@/lib/format/duration";
import { attemptSaid } from "@/lib/format/states";
import type { Attempt, EcsTask, GlueRun, JoinEvidence, TaskContainer } from "@/lib/schemas/attempt";

/** How it was joined, and how sure that is. */
const joinWords: Record<JoinEvidence, string> = {
  join_key: "by the join key, certain",
  xcom: "by an id in XCom, certain",
  reattach: "by the number the operator gave it, certain of the task, its try by time",
  names: "by the names in its tags or arguments, certain of the task",
  started_by: "by who started it and when, likely",
  time: "by time alone, a guess",
};

const none = <span className="text-ink-3">none</span>;
export const unknown = <span className="text-mute-ink">unknown</span>;
/** The part of an attempt that is read when it is chosen: why it cannot be, null while it is being read. */
export type Unread = { unread: string | null };
export const isUnread = (value: object | null): value is Unread => value !== null && "unread" in value;
const given = (value: ReactNode) => value ?? unknown;
/** Enough of a digest to tell two apart; all of it elsewhere. */
export const shortDigest = (digest: string) => (/^sha256:[0-9a-f]{64}$/.test(digest) ? `${digest.slice(0, 19)}…` : digest);
const shortArn = (arn: string) => arn.split("/").slice(-2).join("/");
export const listClass = "kv px-3.5 pt-1 pb-3.5 desk:px-4";

/** How an attempt came and ended, in the terms of the system that ran it. */
export function AttemptFacts({ attempt, containers }: { attempt: Attempt; containers: TaskContainer[] }) {
  // Airflow counts the tries after the first.
  const allowedTries = attempt.maxTries === null ? null : attempt.maxTries + 1;
  return (
    <dl className={listClass}>
      <Pair name="State">
        <State {...attemptSaid[attempt.state]} />
      </Pair>
      <Pair name="Try">
        {attempt.tryNumber}
        {allowedTries !== null && ` of ${allowedTries}`}
      </Pair>
      <Moment name="Queued" at={attempt.queuedAt} />
      <Moment name="Started" at={attempt.startedAt} />
      <Moment name="Ended" at={attempt.endedAt} />
      {attempt.ecsTask && <EcsEnd task={attempt.ecsTask} containers={containers} />}
      {attempt.glueRun && <GlueEnd run={attempt.glueRun} />}
    </dl>
  );
}

function Moment({ name, at }: { name: string; at: string | null }) {
  return <Pair name={name}>{at ? <Time at={at} hasSeconds /> : <span className="text-ink-3">not yet</span>}</Pair>;
}

/** A side-car is told to stop when the work is done: how it ended is no failure. */
function ExitCode({ code, lastStatus, isSidecar = false }: { code: number | null; lastStatus: string | null; isSidecar?: boolean }) {
  if (code === null) return <span>{lastStatus ? `${lastStatus.toLowerCase()}, no exit code` : "no exit code"}</span>;
  return <b className={code === 0 || isSidecar ? "font-text" : "text-fail-ink"}>exit code {code}</b>;
}

function EcsEnd({ task, containers }: { task: EcsTask; containers: TaskContainer[] }) {
  return (
    <>
      {containers.length < 2 ? (
        <Pair name="Container">
          <ExitCode code={task.exitCode} lastStatus={task.lastStatus} />
        </Pair>
      ) : (
        containers.map((container) => (
          <Pair
            key={container.name}
            name={
              <>
                Container <code>{container.name}</code>
              </>
            }
          >
            <ExitCode code={container.exitCode} lastStatus={container.lastStatus} isSidecar={container.isEssential === false} />
            {container.isEssential === false && <span className="text-ink-3"> · not essential</span>}
            {container.reason && container.name !== task.containerName && <span className="block">{container.reason}</span>}
          </Pair>
        ))
      )}
      {task.containerReason && <Pair name="Reason">{task.containerReason}</Pair>}
      {task.stoppedReason && <Pair name="Stop reason">{task.stoppedReason}</Pair>}
      {task.stopCode && (
        <Pair name="Stop code">
          <code>{task.stopCode}</code>
        </Pair>
      )}
    </>
  );
}

function GlueEnd({ run }: { run: GlueRun }) {
  const isWell = ["SUCCEEDED", "RUNNING", "STARTING", "WAITING"].includes(run.state);
  return (
    <>
      <Pair name="Glue state">
        <b className={isWell ? "font-text" : "text-fail-ink"}>{run.state}</b>
        {run.missingSince && <span className="text-ink-3"> when last seen: Glue has it no longer</span>}
      </Pair>
      {run.stateDetail && <Pair name="Detail">{run.stateDetail}</Pair>}
      {run.errorCategory && (
        <Pair name="Error category">
          <code>{run.errorCategory}</code>
        </Pair>
      )}
      {run.errorMessage && <Pair name="Glue said">{run.errorMessage}</Pair>}
      {run.attempt > 0 && <Pair name="Glue's own retry">{run.attempt}</Pair>}
      <Pair name="Executed">{run.executionSeconds === null ? unknown : duration(run.executionSeconds * 1000)}</Pair>
      <Pair name="DPU-seconds">
        {run.dpuSeconds !== null ? (
          `${count(run.dpuSeconds)} as metered`
        ) : run.dpuSecondsComputed !== null ? (
          <>
            {count(run.dpuSecondsComputed)} <span className="text-ink-3">time × DPU</span>
          </>
        ) : (
          unknown
        )}
      </Pair>
      <Pair name="Timeout">{run.timeoutMinutes === null ? none : `${run.timeoutMinutes} min`}</Pair>
      <Pair name="Class">{given(run.executionClass)}</Pair>
    </>
  );
}

/** What AWS calls the parts, and how they were joined to the attempt. */
export function AttemptNames({ attempt, log }: { attempt: Attempt; log: { group: string | null; stream: string | null } }) {
  const { ecsTask, glueRun, operator } = attempt;
  return (
    <dl className={listClass}>
      <Pair name="Operator">{given(operator && <code>{operator}</code>)}</Pair>
      {ecsTask && (
        <>
          <Pair name="Task">
            <code>{shortArn(ecsTask.taskArn)}</code>
          </Pair>
          {log.group && (
            <Pair name="Log stream">
              <code>
                {log.group} {log.stream}
              </code>
            </Pair>
          )}
        </>
      )}
      {glueRun && (
        <>
          <Pair name="Job">
            <code>{glueRun.jobName}</code>
          </Pair>
          <Pair name="Job run">
            <code>{glueRun.jobRunId}</code>
          </Pair>
        </>
      )}
      {(ecsTask ?? glueRun) && <Pair name="Joined">{joinWords[(ecsTask ?? glueRun)?.joinedBy ?? "time"]}</Pair>}
    </dl>
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
    const where = ecsTask.launchType === "FARGATE" || !ecsTask.launchType ? "Fargate" : ecsTask.launchType;
    return [`${where}${ecsTask.capacityProvider?.endsWith("_SPOT") ? " Spot" : ""}`, size.join(", ")].filter(Boolean).join(" · ");
  }
  if (glueRun) {
    const workers = glueRun.numberOfWorkers !== null && glueRun.workerType ? `${glueRun.numberOfWorkers} × ${glueRun.workerType}` : null;
    return [`Glue${glueRun.glueVersion ? ` ${glueRun.glueVersion}` : ""}`, workers].filter(Boolean).join(" · ");
  }
  return { ecs: "ECS, container not seen", glue: "Glue, run not seen", airflow: "in Airflow" }[kind];
}
