"use client";

import Link from "next/link";
import { Glyph } from "@/components/ui/glyph";
import { NextStep } from "@/components/ui/next-step";
import { Time } from "@/components/ui/time";
import { count, plural } from "@/lib/format/count";
import { failureWord } from "@/lib/format/states";
import { paths } from "@/lib/paths";
import type { Failure } from "@/lib/schemas/attempt";
import type { FailureContext } from "@/lib/schemas/failure-context";
import type { RunId } from "@/lib/schemas/run";

type Counted = FailureContext["here"];

const times = ({ count: found, isMore }: Counted) => `${isMore ? "over " : ""}${plural(found, "run")}`;

/** Whether this was seen before, when last, and what was written then. */
export function SeenBefore({ context, failure, run }: { context: FailureContext; failure: Failure; run: RunId }) {
  const { here, anywhere, last, note, days } = context;
  const at = (earlier: NonNullable<typeof last>) =>
    paths.attempt({ ...run, runId: earlier.runId }, failure.taskId, earlier.tryNumber, earlier.mapIndex);
  if (failure.class === "unclassified") return null;
  const elsewhere = anywhere.count > here.count ? `${times(anywhere)} of ${run.environment} failed this way` : null;
  return (
    <p className="mt-2 flex items-start gap-1.5 text-ink-2">
      <Glyph name="stale" size={14} className="mt-0.75 flex-none text-mute-ink" />
      <span className="min-w-0 [overflow-wrap:anywhere]">
        {last ? (
          <>
            <b className="font-strong text-ink">{here.count === 1 ? "Seen once before" : `Seen in ${times(here)} before`}</b> on this task
            in {days} days, {here.count === 1 ? "on" : "last on"} <Time at={last.failedAt} />
            {note?.runId === last.runId ? <Note note={note} /> : "; nobody left a note then"}. <NextStep href={at(last)}>That run</NextStep>
            {note && note.runId !== last.runId && (
              <>
                {" "}
                After that of <Time at={note.failedAt} />
                <Note note={note} />. <NextStep href={at(note)}>The run with the note</NextStep>
              </>
            )}
          </>
        ) : (
          <>
            <b className="font-strong text-ink">Not seen before</b> on this task in {days} days.
          </>
        )}
        {elsewhere && ` In all, ${elsewhere} in that time.`}
      </span>
    </p>
  );
}

function Note({ note: { author, text } }: { note: NonNullable<FailureContext["note"]> }) {
  return (
    <>
      {author ? `, ${author} wrote: ` : ", the note in Airflow reads: "}
      <q>{text}</q>
    </>
  );
}

const shown = 3;

/** What else failed in the run, by itself: what only waited is not among it. */
export function OtherFailures({ context: { alike, others, othersCount }, run }: { context: FailureContext; run: RunId }) {
  if (alike + othersCount === 0) return null;
  const named = others.slice(0, shown);
  return (
    <div className="mt-2 text-ink-2">
      {alike > 0 && <p>{plural(alike, "more task")} failed the same way.</p>}
      {othersCount > 0 && (
        <p className="[overflow-wrap:anywhere]">
          And {count(othersCount)} more failed for other reasons:{" "}
          {named.map((other, index) => (
            <span key={other.attemptId}>
              {index > 0 && ", "}
              <Link href={paths.attempt(run, other.taskId, other.tryNumber, other.mapIndex)} prefetch={false}>
                <code>
                  {other.taskId}
                  {other.mapIndex >= 0 && `[${other.mapIndex}]`}
                </code>
              </Link>{" "}
              ({failureWord[other.class]})
            </span>
          ))}
          {othersCount > named.length && `, ${count(othersCount - named.length)} more below`}.
        </p>
      )}
    </div>
  );
}
