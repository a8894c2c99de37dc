"use client";

import Link from "next/link";
import { Pair } from "@/components/ui/facts";
import { Empty } from "@/components/ui/notice";
import { Panel } from "@/components/ui/panel";
import { Time } from "@/components/ui/time";
import { change } from "@/lib/compare-found";
import { duration } from "@/lib/format/duration";
import { usd } from "@/lib/format/money";
import { paths } from "@/lib/paths";
import type { Attempt, AttemptRef } from "@/lib/schemas/attempt";
import type { RunId } from "@/lib/schemas/run";

/** The same task when it went well last: what this try is measured against. */
export function LastGood({ id, attempt, lastGood }: { id: RunId; attempt: Attempt; lastGood: AttemptRef | null }) {
  if (!lastGood) {
    return (
      <Panel title="Last time it went well">
        <Empty title="No earlier run of this pipeline has a success of this task." />
      </Panel>
    );
  }
  const { durationMs, costUsd, startedAt } = lastGood;
  const place = paths.attemptPage({ ...id, runId: lastGood.runId }, lastGood.taskId, lastGood.tryNumber, lastGood.mapIndex);
  return (
    <Panel title="Last time it went well">
      <dl className="kv px-3.5 pt-1 pb-3.5 desk:px-4">
        <Pair name="Run">
          <Link href={place} prefetch={false} className="font-[500]" title={lastGood.runId}>
            {startedAt ? <Time at={startedAt} /> : lastGood.runId}
          </Link>
        </Pair>
        <Pair name="Took">
          {durationMs === null ? <span className="text-mute-ink">unknown</span> : duration(durationMs)}
          {durationMs !== null && attempt.durationMs !== null && (
            <span className="text-ink-3"> · this try {change(durationMs, attempt.durationMs)}</span>
          )}
        </Pair>
        {costUsd !== null && <Pair name="Cost">{usd(costUsd)}</Pair>}
        {lastGood.tryNumber > 1 && <Pair name="Tries">{lastGood.tryNumber}</Pair>}
      </dl>
    </Panel>
  );
}
