"use client";

import Link from "next/link";
import type { ReactNode } from "react";
import { Fact, Facts } from "@/components/ui/facts";
import { State } from "@/components/ui/state";
import { Time } from "@/components/ui/time";
import { duration } from "@/lib/format/duration";
import { useNow } from "@/lib/format/now";
import { isLost, runningMs, runState, startedBy } from "@/lib/format/run-words";
import { paths } from "@/lib/paths";
import type { RunDetail } from "@/lib/schemas/run";

/** The header of a run. `cost` and `asOf` come from the page, which composes them. */
export function RunFacts({ detail, cost, asOf }: { detail: RunDetail; cost: ReactNode; asOf: ReactNode }) {
  const { run } = detail;
  const now = useNow(run.endedAt ? 60_000 : 1_000);
  const ms = runningMs(run, now);
  const said = runState(run, now);
  return (
    <Facts>
      <Fact name="State">
        <span className="on-canvas inline-flex items-center gap-1.5">
          <State {...said} />
          {run.endedAt && <Time at={run.endedAt} className="text-ink-2" />}
        </span>
      </Fact>
      <Fact name="Duration">
        {ms === null ? (isLost(run) ? "unknown" : "not started") : duration(ms)}{" "}
        {run.usual && <span className="text-ink-3">usual {duration(run.usual.p50Ms)}</span>}
      </Fact>
      <Fact name="Tables written">
        {run.tables.length === 0 ? (
          <span className="text-ink-3">{run.endedAt ? "none" : "none yet"}</span>
        ) : (
          run.tables.map((table, index) => (
            <span key={table}>
              {index > 0 && ", "}
              <Link href={paths.table(run.environment, table)} prefetch={false}>
                {table}
              </Link>
            </span>
          ))
        )}
      </Fact>
      <Fact name="Cost">{cost}</Fact>
      <Fact name="Started by">
        {startedBy(run)}
        {run.startedAt && (
          <>
            , <Time at={run.startedAt} />
          </>
        )}
        {run.triggerReason && <span className="two max-w-[44ch]">“{run.triggerReason}”</span>}
      </Fact>
      <Fact name="As of">{asOf}</Fact>
    </Facts>
  );
}
