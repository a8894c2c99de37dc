"use client";

import { AttemptCost } from "@/components/costs/cost";
import { LogViewer } from "@/components/logs/log-viewer";
import { AttemptDetails } from "@/components/runs/attempt-details";
import { sizeWords } from "@/components/runs/attempt-facts";
import { Tries } from "@/components/runs/tries";
import { Panel } from "@/components/ui/panel";
import { State } from "@/components/ui/state";
import { between, duration } from "@/lib/format/duration";
import { useNow } from "@/lib/format/now";
import { attemptSaid } from "@/lib/format/states";
import { isPending, type TaskRow, taskName } from "@/lib/format/task-timeline";
import { paths } from "@/lib/paths";
import type { Attempt } from "@/lib/schemas/attempt";
import type { RunId } from "@/lib/schemas/run";

/** The chosen attempt: where it ran, what it cost, its log, and all its facts. */
export function AttemptPanel({ run, row, attempt }: { run: RunId; row: TaskRow; attempt: Attempt }) {
  return (
    <div className="grid min-w-0 gap-4 max-wide:order-1">
      <Panel
        id="attempt"
        title={<code className="text-base font-[600]">{taskName(row)}</code>}
        note={row.tries.length < 2 ? `try ${attempt.tryNumber}` : undefined}
        end={<Tries run={run} tries={row.tries} selectedId={attempt.id} />}
      >
        <AttemptLine attempt={attempt} />
        <LogViewer
          key={attempt.id}
          attemptId={attempt.id}
          href={paths.attempt(run, row.taskId, attempt.tryNumber, row.mapIndex)}
          isRunning={isPending(attempt)}
          hasFailed={attemptSaid[attempt.state].tone === "fail"}
        />
      </Panel>
      <AttemptDetails attempt={attempt} />
    </div>
  );
}

function AttemptLine({ attempt }: { attempt: Attempt }) {
  const now = useNow(isPending(attempt) ? 1_000 : 60_000);
  const ms = attempt.durationMs ?? (isPending(attempt) ? between(attempt.startedAt, attempt.endedAt, now) : null);
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3.5 pb-2.5 text-small desk:px-4">
      <State {...attemptSaid[attempt.state]} size={13} />
      {ms !== null && <span className="text-ink-2">{duration(ms)}</span>}
      <span className="text-ink-2">{sizeWords(attempt)}</span>
      {attempt.ecsTask?.exitCode !== null && attempt.ecsTask?.exitCode !== undefined && (
        <span className={attempt.ecsTask.exitCode === 0 ? "text-ink-2" : "font-[500] text-fail-ink"}>
          exit code {attempt.ecsTask.exitCode}
        </span>
      )}
      <AttemptCost cost={attempt.cost} kind={attempt.kind} isOver={!isPending(attempt)} />
    </div>
  );
}
