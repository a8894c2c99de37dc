"use client";

import Link from "next/link";
import { Glyph } from "@/components/ui/glyph";
import { NextStep } from "@/components/ui/next-step";
import { sourceLetter, sourceWord } from "@/lib/format/states";
import { logClock } from "@/lib/format/time";
import { useZone } from "@/lib/format/zone";
import { paths } from "@/lib/paths";
import type { Failure, LogLine } from "@/lib/schemas/attempt";
import type { FailureContext } from "@/lib/schemas/failure-context";
import type { Note } from "@/lib/schemas/note";
import type { RunId } from "@/lib/schemas/run";
import { OtherFailures, SeenBefore } from "./failure-around";

const help = {
  yes: "Running it again may help.",
  no: "Rerunning as is will not help.",
  unknown: "Unknown whether running it again helps.",
};

type FailureCardProps = { failure: Failure; context: FailureContext | null; run: RunId; mapIndex: number; notes: Note[] };

/** What broke first, the lines that prove it, whether it was seen before, and what to do: before everything else of a failed run. */
export function FailureCard({ failure, context, run, mapIndex, notes }: FailureCardProps) {
  const facts = failure.facts.filter((fact) => !failure.evidence.some(({ text }) => text.includes(fact)));
  const isOneOfMany = context !== null && context.alike + context.othersCount > 0;
  return (
    <section
      aria-label="Why it failed"
      className="mb-4 grid grid-cols-[minmax(0,1fr)] overflow-hidden rounded-[8px] bg-surface shadow-[0_0_0_1px_light-dark(#e9b6c2,#5c2430)] desk:rounded-panel wide:grid-cols-[minmax(0,1fr)_316px]"
    >
      <div className="min-w-0 px-3.5 py-3 desk:px-[18px] desk:py-3.5">
        <h2 className="flex flex-wrap items-center gap-2 text-lead font-strong">
          <Glyph name="fail" size={16} className="text-fail-ink" />
          {failure.title}
          <span className="tag font-text">{failure.system}</span>
          <span className="tag max-w-full font-text">
            <code className="min-w-0 truncate" title={failure.taskId}>
              {failure.taskId}
            </code>
            , try {failure.tryNumber}
          </span>
          {isOneOfMany && <span className="tag font-text">first failure of the run</span>}
          <span className="text-base font-[500] text-ink-2">{help[failure.doesRetryHelp]}</span>
        </h2>
        <Evidence failure={failure} />
        {facts.length > 0 && (
          <ul className="grid gap-0.5 text-ink-2">
            {facts.map((fact) => (
              <li key={fact} className="[overflow-wrap:anywhere]">
                {fact}
              </li>
            ))}
          </ul>
        )}
        {context && (
          <>
            <SeenBefore context={context} failure={failure} run={run} />
            <OtherFailures context={context} run={run} />
          </>
        )}
      </div>
      <div className="flex flex-col gap-2 border-t border-line px-3.5 py-3 desk:px-[18px] desk:py-3.5 wide:border-t-0 wide:border-l">
        <h3 className="font-strong">What to do</h3>
        <p className="text-ink-2 [overflow-wrap:anywhere]">{failure.advice}</p>
        <p className="text-ink-2">
          <b className="font-strong">Retry:</b> {failure.retryReason}
        </p>
        {notes.map((note) => (
          <p key={note.id} className="rounded-control bg-sunken px-3 py-1.5 whitespace-pre-wrap [overflow-wrap:anywhere]">
            “{note.text}” <span className="text-small text-ink-3">{note.author}</span>
          </p>
        ))}
        <p className="mt-auto flex flex-wrap gap-x-4 gap-y-1 pt-1 text-small [&_a]:inline-flex [&_a]:min-h-6 [&_a]:items-center max-desk:[&_a]:min-h-10">
          <NextStep href={paths.attempt(run, failure.taskId, failure.tryNumber, mapIndex)}>Its log and facts</NextStep>
          <Link href={`${paths.pipeline(run.environment, run.pipeline)}?tab=runbook`} prefetch={false} className="min-w-0">
            <span className="min-w-0 [overflow-wrap:anywhere]">Runbook of {run.pipeline}</span>
          </Link>
        </p>
      </div>
    </section>
  );
}

function Evidence({ failure }: { failure: Failure }) {
  if (failure.evidence.length === 0) {
    return (
      <p className="my-2.5 rounded-control bg-sunken px-3 py-1.5 text-small text-ink-2">
        {failure.isReadingLog
          ? "Reading the log for the line that proves it…"
          : "The log holds no line about it; the facts below are what is known."}
      </p>
    );
  }
  return (
    <ol className="log my-2.5 rounded-control py-1" aria-label="The lines that prove it">
      {failure.evidence.map((line) => (
        <EvidenceLine key={line.id} line={line} />
      ))}
    </ol>
  );
}

function EvidenceLine({ line }: { line: LogLine }) {
  const zone = useZone();
  return (
    <li className={`entry ${line.level ?? ""}`}>
      <span className="ln" />
      <span className="t">{line.at ? logClock(line.at, zone) : ""}</span>
      <span className="s" title={sourceWord[line.source]}>
        {sourceLetter[line.source]}
      </span>
      <span className="m">{line.text}</span>
    </li>
  );
}
