"use client";

import Link from "next/link";
import { State, toneClass } from "@/components/ui/state";
import { cn } from "@/lib/cn";
import { plural } from "@/lib/format/count";
import { between, duration } from "@/lib/format/duration";
import { useNow } from "@/lib/format/now";
import { attemptSaid } from "@/lib/format/states";
import { isPending, stretchesOf, type TaskRow, taskName, taskRows, timelineSpan } from "@/lib/format/task-timeline";
import { clock } from "@/lib/format/time";
import { useZone } from "@/lib/format/zone";
import { paths } from "@/lib/paths";
import type { RunDetail } from "@/lib/schemas/run";

const marks = [0, 0.25, 0.5, 0.75, 1];

/** The tasks of a run on one line of time; choosing one shows its attempt beside. */
export function Timeline({ detail, selectedId }: { detail: RunDetail; selectedId: string | null }) {
  const zone = useZone();
  const now = useNow(detail.run.endedAt ? 60_000 : 1_000);
  const rows = taskRows(detail.attempts);
  const { from, to } = timelineSpan(detail.run, detail.attempts, now);
  const at = (time: number) => `${((time - from) / (to - from)) * 100}%`;
  const hasSeconds = to - from < 600_000;
  return (
    <div className="gantt pb-2">
      <div className="axis" aria-hidden="true">
        {marks.map((mark) => (
          <span key={mark} style={{ "--x": `${mark * 100}%` }}>
            {clock(from + (to - from) * mark, zone, hasSeconds)}
          </span>
        ))}
      </div>
      <ul aria-label="Tasks in order of start">
        {rows.map((row) => (
          <TaskLine key={row.key} row={row} now={now} at={at} detail={detail} isSelected={row.tries.some(({ id }) => id === selectedId)} />
        ))}
      </ul>
    </div>
  );
}

type TaskLineProps = { row: TaskRow; now: number; at: (time: number) => string; detail: RunDetail; isSelected: boolean };

function TaskLine({ row, now, at, detail, isSelected }: TaskLineProps) {
  const { latest, tries } = row;
  const said = attemptSaid[latest.state];
  const tookMs = latest.durationMs ?? (isPending(latest) ? between(latest.startedAt, latest.endedAt, now) : null);
  const stretches = tries.flatMap((attempt) => stretchesOf(attempt, now));
  const lastEnd = Math.max(...stretches.map(({ to }) => to));
  const firstStart = Math.min(...stretches.map(({ from }) => from));
  // The number of tries stands behind the last one, or before the first, where there is room.
  const isAtEnd = Number.parseFloat(at(lastEnd)) > 85;
  const hasRoom = !isAtEnd || Number.parseFloat(at(firstStart)) > 15;
  return (
    <li>
      <Link
        href={paths.attempt(detail.run, row.taskId, latest.tryNumber, row.mapIndex)}
        className="g"
        aria-current={isSelected || undefined}
        prefetch={false}
        scroll={false}
        replace
      >
        <span className="flex min-w-0 items-center gap-[7px] overflow-hidden whitespace-nowrap">
          <State {...said} size={13} isWordHidden />
          <span className="truncate">{taskName(row)}</span>
        </span>
        <span className="bar" aria-hidden="true">
          {stretches.map((stretch) => (
            <i
              key={`${stretch.kind} ${stretch.from}`}
              className={cn(stretch.kind, stretch.kind === "run" && toneClass[stretch.tone], stretch.isOpen && "open")}
              style={{ "--x": at(stretch.from), "--w0": `calc(${at(stretch.to)} - ${at(stretch.from)})` }}
            />
          ))}
          {tries.length > 1 && stretches.length > 0 && hasRoom && (
            <b className={cn(toneClass[said.tone], isAtEnd && "before")} style={{ "--x": at(isAtEnd ? firstStart : lastEnd) }}>
              {plural(tries.length, "try", "tries")}
            </b>
          )}
        </span>
        <span className="d">{tookMs === null ? (stretches.length === 0 ? said.word.toLowerCase() : "") : duration(tookMs)}</span>
      </Link>
    </li>
  );
}

export function TimelineKey() {
  return (
    <p className="flex flex-wrap items-center gap-x-3.5 gap-y-1 border-t border-line px-3.5 py-[7px] text-micro text-ink-3 desk:px-4">
      <span className="inline-flex items-center gap-[5px]">
        <i className="h-px w-3.5 bg-control" />
        waits
      </span>
      <span className="inline-flex items-center gap-[5px]">
        <i className="h-[7px] w-3.5 rounded-cell inset-ring inset-ring-control" />
        pulls its image
      </span>
      <span className="inline-flex items-center gap-[5px]">
        <i className="h-[7px] w-3.5 rounded-cell bg-ok-mark" />
        runs
      </span>
      <span className="ml-auto max-desk:hidden">Enter opens a task</span>
    </p>
  );
}
