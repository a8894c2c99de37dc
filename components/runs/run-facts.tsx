"use client";

import Link from "next/link";
import type { ReactNode } from "react";
import { Fact, Facts } from "@/components/ui/facts";
import { State } from "@/components/ui/state";
import { Time } from "@/components/ui/time";
import { VersusBar } from "@/components/ui/versus-bar";
import { duration } from "@/lib/format/duration";
import { useNow } from "@/lib/format/now";
import { isLong, isLost, runningMs, runState, startedBy } from "@/lib/format/run-words";
import { failureWord } from "@/lib/format/states";
import { paths } from "@/lib/paths";
import type { Run, RunDetail } from "@/lib/schemas/run";
import { RunEnd } from "./run-end";

/** The facts of a run. The same ones whatever its state, so that none below moves when it changes. `cost` and `asOf` come from the page. */
export function RunFacts({ detail, cost, asOf }: { detail: RunDetail; cost: ReactNode; asOf: ReactNode }) {
  const { run } = detail;
  const now = useNow(run.endedAt ? 60_000 : 1_000);
  const said = runState(run, now);
  return (
    <Facts>
      <Fact name="State">
        <span className="on-canvas">
          <State {...said} />
        </span>
        <span className="two">{reasonOf(run, now)}</span>
      </Fact>
      <Fact name="Duration against usual">
        <Duration run={run} now={now} />
      </Fact>
      <Fact name={run.endedAt ? "Ended" : "Ends"}>
        {run.endedAt ? <Time at={run.endedAt} /> : detail.eta ? <RunEnd eta={detail.eta} /> : <span className="text-ink-3">not known</span>}
      </Fact>
      <Fact name="Tables written">
        <Tables run={run} />
      </Fact>
      <Fact name="Cost">{cost}</Fact>
      <Fact name="Started by">
        {startedBy(run)}
        {run.startedAt && (
          <>
            , <Time at={run.startedAt} />
          </>
        )}
        {run.triggerReason && (
          <span className="two max-w-[44ch] desk:truncate" title={run.triggerReason}>
            “{run.triggerReason}”
          </span>
        )}
      </Fact>
      {run.dataIntervalStart && run.dataIntervalEnd && run.dataIntervalStart !== run.dataIntervalEnd && (
        <Fact name="Data interval">
          <Time at={run.dataIntervalStart} /> <span className="text-ink-3">to</span> <Time at={run.dataIntervalEnd} />
        </Fact>
      )}
      {run.dagVersion && (
        <Fact name="DAG version">
          <Link href={paths.code(run.environment, run.pipeline, run.dagVersion)} prefetch={false} title={run.dagVersion}>
            <code>{shortVersion(run.dagVersion)}</code>
          </Link>
        </Fact>
      )}
      <Fact name="As of">{asOf}</Fact>
    </Facts>
  );
}

const digestLength = 12;

/** A digest is known by its beginning. */
const shortVersion = (version: string) => (version.length > digestLength * 2 ? version.slice(0, digestLength) : version);

/** Why it is in its state, in few words. */
function reasonOf(run: Run, now: number): string {
  const { done, total, failed } = run.taskCounts;
  if (isLost(run)) return "how it ended is not known";
  if (run.state === "failed")
    return run.failure ? failureWord[run.failure.class] : failed > 0 ? `${failed} of ${total} tasks failed` : "cause not read yet";
  if (run.state === "queued") return "waits to start";
  if (isLong(run, now)) return "longer than 19 of 20";
  return total === 0 ? "tasks not seen yet" : `${done} of ${total} tasks`;
}

function Duration({ run, now }: { run: Run; now: number }) {
  const ms = runningMs(run, now);
  const { usual } = run;
  return (
    <span className="block desk:min-w-[168px]">
      {ms === null ? (isLost(run) ? "unknown" : "not started") : duration(ms)}{" "}
      {usual && (
        <span
          className="text-ink-3"
          title={`Half of its last ${usual.count} good runs took up to ${duration(usual.p50Ms)}, nine of ten up to ${duration(usual.p90Ms)}`}
        >
          usual <span className="whitespace-nowrap">{duration(usual.p50Ms)}</span> to{" "}
          <span className="whitespace-nowrap">{duration(usual.p90Ms)}</span>
        </span>
      )}
      {usual && <VersusBar ms={ms} usual={usual} tone={isLong(run, now) ? "late" : runState(run, now).tone} />}
    </span>
  );
}

/** The first of them; all are in the panel below. */
function Tables({ run: { environment, tables, endedAt } }: { run: Run }) {
  const [first, ...others] = tables;
  if (!first) return <span className="text-ink-3">{endedAt ? "none" : "none yet"}</span>;
  return (
    <>
      <Link href={paths.table(environment, first)} prefetch={false}>
        {first}
      </Link>
      {others.length > 0 && (
        <span className="two" title={others.join(", ")}>
          and {others.length} more
        </span>
      )}
    </>
  );
}
