"use client";

import Link from "next/link";
import { State } from "@/components/ui/state";
import { duration } from "@/lib/format/duration";
import { usd } from "@/lib/format/money";
import { useNow } from "@/lib/format/now";
import { runData, runningMs, runState, startedBy } from "@/lib/format/run-words";
import { moment } from "@/lib/format/time";
import { useZone } from "@/lib/format/zone";
import { paths } from "@/lib/paths";
import type { RunComparison } from "@/lib/schemas/compare";
import type { Run } from "@/lib/schemas/run";

/** When a run began, as both runs of a comparison are called. */
export function useRunName(): (run: Run) => string {
  const zone = useZone();
  const now = useNow(60_000);
  return (run) => {
    const at = run.startedAt ?? run.queuedAt ?? run.runAfter;
    return at ? moment(at, now, zone) : run.runId;
  };
}

/** The two runs, each a link to its page. */
export function Versus({ answer: { run, with: other, isLastGood } }: { answer: RunComparison }) {
  if (!other) return null;
  return (
    <section aria-label="The two runs" className="facing mb-4">
      <Facing run={other} side={isLastGood ? "last good" : "other run"} />
      <Facing run={run} side="this run" />
    </section>
  );
}

function Facing({ run, side }: { run: Run; side: string }) {
  const zone = useZone();
  const now = useNow(60_000);
  const nameOf = useRunName();
  const ms = runningMs(run, now);
  const { total, done } = run.taskCounts;
  const about = [runData(run, now, zone), startedBy(run), total > 0 && `${done} of ${total} tasks`].filter(Boolean);
  return (
    <Link href={paths.run(run)} prefetch={false} title={run.runId}>
      <span className="side">{side}</span>
      <span className="min-w-0">
        <span className="name">{nameOf(run)}</span>
        <span className="two truncate">{about.join(" · ")}</span>
      </span>
      <span className="text-right">
        <State {...runState(run, now)} />
        <span className="two">{[ms !== null && duration(ms), usd(run.costUsd)].filter(Boolean).join(" · ")}</span>
      </span>
    </Link>
  );
}
