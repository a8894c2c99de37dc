"use client";

import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { Glyph } from "@/components/ui/glyph";
import { Empty, Ghosts, Unreadable } from "@/components/ui/notice";
import { Panel } from "@/components/ui/panel";
import { SelectChip } from "@/components/ui/select-chip";
import { count, plural } from "@/lib/format/count";
import { taskName } from "@/lib/format/task-timeline";
import { diffLogs, folded } from "@/lib/log-diff";
import { attemptQueries } from "@/lib/queries/attempts";
import { brokenBy } from "@/lib/queries/live";
import type { WholeLog } from "@/lib/queries/log-pages";
import type { TaskPair } from "@/lib/schemas/compare";
import type { Run } from "@/lib/schemas/run";
import { LogPair } from "./log-pair";

type Both = TaskPair & { before: NonNullable<TaskPair["before"]>; now: NonNullable<TaskPair["now"]> };
const isBoth = (pair: TaskPair): pair is Both => pair.before !== null && pair.now !== null;

type LogDifferenceProps = { run: Run; other: Run; tasks: TaskPair[]; first: TaskPair | null };

/** The logs of one task in both runs: of the failed one at once, of any other when it is chosen. */
export function LogDifference({ run, other, tasks, first }: LogDifferenceProps) {
  const both = tasks.filter(isBoth);
  const [chosen, choose] = useState(first && isBoth(first) ? taskName(first) : "");
  const pair = both.find((each) => taskName(each) === chosen);
  if (both.length === 0) return null;
  const options = [{ value: "", label: "choose" }, ...both.map((each) => ({ value: taskName(each), label: taskName(each) }))];
  return (
    <Panel
      id="logs"
      title="Log, side by side"
      end={<SelectChip name="Task" value={chosen} options={options} onChange={choose} />}
      className="overflow-hidden"
    >
      {pair ? (
        <Logs key={`${run.runId} ${other.runId} ${chosen}`} pair={pair} />
      ) : (
        <Empty title="No task is chosen.">Choose one to read its logs of both runs; only then are they fetched.</Empty>
      )}
    </Panel>
  );
}

function Logs({ pair }: { pair: Both }) {
  const [before, now] = [useQuery(attemptQueries.log(pair.before.id)), useQuery(attemptQueries.log(pair.now.id))];
  const broken = [before, now].map((query) => (query.data ? null : brokenBy(query))).find((problem) => problem !== null);
  if (broken) return <Unreadable what="One of the logs" problem={broken} />;
  if (!before.data || !now.data) return <Ghosts rows={6} label="Reading both logs" />;
  return <Shown before={before.data} now={now.data} />;
}

function Shown({ before, now }: { before: WholeLog; now: WholeLog }) {
  const [isMasked, setMasked] = useState(true);
  const [isWhole, setWhole] = useState(false);
  const diff = useMemo(() => diffLogs(before.lines, now.lines, isMasked), [before.lines, now.lines, isMasked]);
  const rows = useMemo(() => (isWhole ? diff.rows.map((row) => ({ row })) : folded(diff.rows)), [diff, isWhole]);
  const things = isMasked ? "shape" : "line";
  return (
    <>
      <div className="flex flex-wrap items-center gap-2 px-3.5 pb-2 desk:px-4">
        <p className="text-small text-ink-3" role="status">
          {plural(before.lines.length, "line")} against {count(now.lines.length)} · {plural(diff.alike, things)} alike, {diff.onlyBefore}{" "}
          only then, {diff.onlyNow} only now
        </p>
        <span className="ml-auto flex flex-wrap items-center gap-2">
          <fieldset className="seg small">
            <legend className="sr-only">Lines</legend>
            <button type="button" aria-pressed={!isWhole} onClick={() => setWhole(false)}>
              Those that differ
            </button>
            <button type="button" aria-pressed={isWhole} onClick={() => setWhole(true)}>
              All
            </button>
          </fieldset>
          <button type="button" className="chip" aria-pressed={isMasked} onClick={() => setMasked(!isMasked)}>
            Mask times, ids, counts
          </button>
        </span>
      </div>
      {diff.onlyBefore + diff.onlyNow === 0 && (
        <p className="px-3.5 pb-2 text-ink-2 desk:px-4">
          {diff.alike === 0 ? "Neither log holds a line." : "Both logs say the same; only times, ids and counts differ."}
        </p>
      )}
      <LogPair rows={rows} />
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1 border-t border-line px-3.5 py-[7px] text-micro text-ink-3 desk:px-4">
        <span className="inline-flex items-center gap-1.5">
          <Glyph
            name={before.isComplete && now.isComplete ? "ok" : "partial"}
            size={12}
            className={before.isComplete && now.isComplete ? "text-ok-ink" : "text-late-ink"}
          />
          {completeness(before, now)}
        </span>
        {diff.left > 0 && <span>{plural(diff.left, "line")} beyond the first 3,000 shapes are not compared</span>}
        <span className="max-desk:hidden">− only then</span>
        <span className="max-desk:hidden">+ only now</span>
        <span className="max-desk:hidden">hatched: no such line</span>
      </div>
    </>
  );
}

function completeness(before: WholeLog, now: WholeLog): string {
  if (before.isComplete && now.isComplete) return "Both logs complete";
  const said = (log: WholeLog, which: string) =>
    log.isComplete
      ? null
      : log.streams.some(({ state }) => state === "failed")
        ? `${which} cannot be read whole`
        : `${which} is read in part`;
  return [said(before, "the earlier log"), said(now, "the log of this run")].filter(Boolean).join(", ");
}
