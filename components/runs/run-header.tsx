"use client";

import { type ReactNode, useState } from "react";
import { Glyph } from "@/components/ui/glyph";
import { countOf, statesOf } from "@/lib/folded";
import { foreignNote, isOpen } from "@/lib/format/run-words";
import { taskRows } from "@/lib/format/task-timeline";
import type { Attempt } from "@/lib/schemas/attempt";
import type { RunDetail } from "@/lib/schemas/run";
import { FailureCard } from "./failure-card";
import { RunAnnouncement } from "./run-announcement";
import { RunFacts } from "./run-facts";
import { Notes } from "./run-notes";
import { WaitingReasons } from "./waiting-reasons";

const waiting: Attempt["state"][] = ["scheduled", "queued"];

/** Nothing of the run goes on, though something of it is to. */
function doesWait({ run, attempts, folded }: RunDetail): boolean {
  if (!isOpen(run)) return false;
  if (run.state === "queued") return true;
  const counts = statesOf(taskRows(attempts), folded);
  return countOf(counts, ...waiting) > 0 && countOf(counts, "running", "deferred") === 0;
}

/**
 * What a run is, above its tasks. While it is watched nothing appears or goes away above what the reader may be pointing at: a failure that happens
 * meanwhile waits behind its line, as new rows do in a list, and what was shown once stays.
 */
export function RunHeader({ detail, cost, asOf }: { detail: RunDetail; cost: ReactNode; asOf: ReactNode }) {
  const { run, failure, failureContext, attempts, notes } = detail;
  const [wasOpen] = useState(() => isOpen(run));
  const [isShown, setShown] = useState(!wasOpen);
  const [didWait] = useState(() => doesWait(detail));
  return (
    <>
      <RunAnnouncement detail={detail} />
      <div className="flex flex-col">
        <div className={failure && isShown ? "max-desk:order-1" : undefined}>
          <RunFacts detail={detail} asOf={asOf} cost={cost} />
        </div>
        {wasOpen && !isShown && <LiveLine detail={detail} onShow={() => setShown(true)} />}
        {failure && isShown && (
          <FailureCard
            failure={failure}
            context={failureContext}
            run={run}
            mapIndex={attempts.find(({ id }) => id === failure.attemptId)?.mapIndex ?? -1}
            notes={notes.filter(({ attemptId }) => attemptId === failure.attemptId)}
          />
        )}
      </div>
      {didWait && <WaitingReasons id={run} />}
      <Notes run={run} notes={notes} airflowNote={foreignNote(run)} attempts={attempts} />
    </>
  );
}

/** One line of one height, whatever happens to the run that is watched. */
function LiveLine({ detail: { run, failure }, onShow }: { detail: RunDetail; onShow: () => void }) {
  return (
    <p className="mb-4 flex h-10 min-w-0 items-center gap-2 overflow-hidden rounded-control bg-sunken px-3 text-small text-ink-2">
      {failure ? (
        <>
          <Glyph name="fail" size={14} className="flex-none text-fail-ink" />
          <span className="min-w-0 truncate">
            <b className="font-strong text-ink">{failure.title}</b> in <code>{failure.taskId}</code>
          </span>
          <button type="button" className="btn ml-auto flex-none max-desk:h-8" onClick={onShow}>
            Show what proves it
          </button>
        </>
      ) : (
        <>
          <Glyph name={isOpen(run) ? "live" : "ok"} size={14} className="flex-none text-ok-mark" />
          <span className="min-w-0 truncate">
            {isOpen(run)
              ? "Live: this page follows the run by itself; no row moves."
              : "It has ended. What you see is complete once the costs are in."}
          </span>
        </>
      )}
    </p>
  );
}
