"use client";

import Link from "next/link";
import { type ReactNode, useState } from "react";
import { Glyph } from "@/components/ui/glyph";
import { Panel } from "@/components/ui/panel";
import { Scroller } from "@/components/ui/scroller";
import { State, toneClass } from "@/components/ui/state";
import { cn } from "@/lib/cn";
import { change } from "@/lib/compare-found";
import { count, plural } from "@/lib/format/count";
import { duration } from "@/lib/format/duration";
import { attemptSaid } from "@/lib/format/states";
import { taskName } from "@/lib/format/task-timeline";
import { paths } from "@/lib/paths";
import type { ComparedAttempt, RunComparison, TaskPair } from "@/lib/schemas/compare";
import type { Run } from "@/lib/schemas/run";
import { useRunName } from "./versus";

const fewAlike = 4;

/** Every task of both runs in one row: how it ended, how long it took on one scale for all, what it used and wrote. */
export function TaskPairs({ answer, asOf }: { answer: RunComparison; asOf: ReactNode }) {
  const nameOf = useRunName();
  const { run, with: other, tasks, taskCount, alikeCount } = answer;
  const [isWhole, setWhole] = useState(alikeCount <= fewAlike);
  const longest = Math.max(1, ...tasks.flatMap(({ before, now }) => [before?.durationMs ?? 0, now?.durationMs ?? 0]));
  const shown = isWhole ? tasks : tasks.filter(({ isAlike }) => !isAlike);
  const differing = taskCount - alikeCount;
  const folded = tasks.length - shown.length;
  return (
    <Panel
      title="Task by task"
      note={`${differing} ${differing === 1 ? "differs" : "differ"} · ${alikeCount} within 10 % of each other`}
      end={asOf}
    >
      {shown.length > 0 && (
        <Scroller label="Tasks of both runs">
          <table className="rows pairs min-[1400px]:table-fixed" aria-label="Tasks of both runs">
            <thead>
              <tr>
                <th scope="col" className="desk:w-[20%]">
                  Task
                </th>
                <th scope="col" className="desk:w-[15%]">
                  {other && nameOf(other)}
                </th>
                <th scope="col" className="desk:w-[15%]">
                  {nameOf(run)}
                </th>
                <th scope="col" className="w-[16%] max-desk:hidden">
                  <span className="sr-only">Both durations drawn</span>
                </th>
                <th scope="col" className="num">
                  Duration
                </th>
                <th scope="col" className="num max-desk:hidden">
                  Peak memory
                </th>
                <th scope="col" className="num max-desk:hidden">
                  Rows
                </th>
              </tr>
            </thead>
            <tbody>
              {shown.map((pair) => (
                <PairRow key={taskName(pair)} pair={pair} run={run} other={other} longest={longest} />
              ))}
            </tbody>
          </table>
        </Scroller>
      )}
      <div className="flex flex-wrap items-center gap-2 px-3.5 py-2 text-micro text-ink-3 desk:px-4">
        {folded > 0 && (
          <button type="button" className="inline-flex h-6 items-center gap-1 hover:text-ink max-desk:h-10" onClick={() => setWhole(true)}>
            <Glyph name="right" size={10} /> {plural(folded, "more task")}, {folded === 1 ? "alike" : "all alike"}
          </button>
        )}
        {taskCount > tasks.length && <span>{count(taskCount - tasks.length)} more are not shown</span>}
        <span className="ml-auto">–: nothing was written or measured</span>
      </div>
    </Panel>
  );
}

type PairRowProps = { pair: TaskPair; run: Run; other: Run | null; longest: number };

function PairRow({ pair, run, other, longest }: PairRowProps) {
  const { before, now, taskId, mapIndex } = pair;
  const place = now ? paths.attemptPage(run, taskId, now.tryNumber, mapIndex) : null;
  const earlier = before && other ? paths.attemptPage(other, taskId, before.tryNumber, mapIndex) : null;
  const tone = now ? attemptSaid[now.state].tone : "mute";
  return (
    <tr>
      <td className="max-w-[240px]">
        {(place ?? earlier) ? (
          <Link href={(place ?? earlier) as string} prefetch={false} className="block truncate font-[500]" title={taskName(pair)}>
            {taskName(pair)}
          </Link>
        ) : (
          taskName(pair)
        )}
      </td>
      <td>
        <Ended attempt={before} href={earlier} />
      </td>
      <td>
        <Ended attempt={now} href={null} />
      </td>
      <td className="max-desk:hidden">
        <span className={cn("twin", toneClass[tone])} role="img" aria-label={`${took(before)} in the other run, ${took(now)} in this one`}>
          {before?.durationMs != null && <i style={{ "--v": `${(before.durationMs / longest) * 100}%` }} />}
          {now?.durationMs != null && <u style={{ "--v": `${(now.durationMs / longest) * 100}%` }} />}
        </span>
      </td>
      <td className="num">{difference(before?.durationMs, now?.durationMs, duration)}</td>
      <td className="num max-desk:hidden">{fromTo(before?.memoryPeakMib, now?.memoryPeakMib, (mib) => `${count(Math.round(mib))} MB`)}</td>
      <td className="num max-desk:hidden">{fromTo(before?.rows, now?.rows, count)}</td>
    </tr>
  );
}

const took = (attempt: ComparedAttempt | null) => (attempt?.durationMs == null ? "unknown" : duration(attempt.durationMs));

function Ended({ attempt, href }: { attempt: ComparedAttempt | null; href: string | null }) {
  if (!attempt) return <span className="text-ink-3">not there</span>;
  const { tone, glyph, word } = attemptSaid[attempt.state];
  const tries = attempt.tryNumber > 1 ? `, ${attempt.tryNumber} tries` : "";
  const isWell = attempt.state === "success" && attempt.durationMs !== null;
  const said = <State tone={tone} glyph={glyph} word={isWell ? `${duration(attempt.durationMs ?? 0)}${tries}` : `${word}${tries}`} />;
  const whole = isWell ? <span className="sr-only">{word}: </span> : null;
  return href ? (
    <Link href={href} prefetch={false}>
      {whole}
      {said}
    </Link>
  ) : (
    <>
      {whole}
      {said}
    </>
  );
}

type Figure = number | null | undefined;

/** In percent while that says something; a task that took many times as long says by how much. */
function difference(before: Figure, now: Figure, said: (ms: number) => string): string {
  if (before == null || now == null) return "–";
  const [more, less] = [now - before > 0, before - now > 0];
  if (!more && !less) return "0 %";
  return before > 0 && Math.abs(now - before) <= before ? change(before, now) : `${more ? "+" : "−"}${said(Math.abs(now - before))}`;
}

function fromTo(before: Figure, now: Figure, said: (value: number) => string): string {
  const [was, is] = [before == null ? "–" : said(before), now == null ? "–" : said(now)];
  return was === is ? is : `${was} → ${is}`;
}
