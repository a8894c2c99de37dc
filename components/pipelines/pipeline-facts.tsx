"use client";

import Link from "next/link";
import { Fact, Facts } from "@/components/ui/facts";
import { State } from "@/components/ui/state";
import { Ago, NextTime } from "@/components/ui/time";
import { cn } from "@/lib/cn";
import { duration } from "@/lib/format/duration";
import { paths } from "@/lib/paths";
import type { PipelineDetail } from "@/lib/schemas/pipeline";
import { Feeds } from "./feeds";
import { lastRunSaid, RecentRuns, ThirtyDays } from "./pipeline-rows";
import { Schedule } from "./schedule";

/** What one asks first of a pipeline: how it went, when it comes again, how long it takes, what it costs, what waits for it. */
export function PipelineFacts({ detail: { pipeline, usual, feeds, isGone } }: { detail: PipelineDetail }) {
  const { environment, pipeline: name, lastRun } = pipeline;
  return (
    <Facts>
      <Fact name="Last run">
        <span className="on-canvas">
          {lastRun ? (
            <Link href={paths.run({ environment, pipeline: name, runId: lastRun.runId })} prefetch={false}>
              <State {...lastRunSaid(pipeline)} />{" "}
              {lastRun.startedAt && <Ago at={lastRun.endedAt ?? lastRun.startedAt} className="text-ink-3" />}
            </Link>
          ) : (
            <State {...lastRunSaid(pipeline)} />
          )}
        </span>
      </Fact>
      <Fact name="Schedule">
        <Schedule schedule={pipeline.schedule} zone={pipeline.scheduleZone} />
        {pipeline.isPaused && <span className="text-late-ink"> paused</span>}
      </Fact>
      <Fact name="Next run">
        {pipeline.nextRunAt && !pipeline.isPaused && !isGone ? (
          <>
            <NextTime at={pipeline.nextRunAt} /> <Ago at={pipeline.nextRunAt} className="text-ink-3" />
          </>
        ) : (
          <span className="text-ink-3">none planned</span>
        )}
      </Fact>
      <Fact name="Last 30 runs">
        <RecentRuns pipeline={pipeline} />
      </Fact>
      <Fact name="Usually takes">
        {usual ? (
          <span title={`Over its last ${usual.count} good runs; one of twenty takes longer than ${duration(usual.p95Ms)}.`}>
            {duration(usual.p50Ms)} <span className="text-ink-3">19 of 20 within {duration(usual.p95Ms)}</span>
          </span>
        ) : pipeline.medianDurationMs === null ? (
          <span className="text-mute-ink">unknown</span>
        ) : (
          <>
            {duration(pipeline.medianDurationMs)} <span className="text-ink-3">too few runs for more</span>
          </>
        )}
      </Fact>
      <Fact name="Cost, 30 days">
        <ThirtyDays pipeline={pipeline} />
      </Fact>
      {/* As wide as its number of tables says, not their states: as these change, it stays on its line. */}
      <Fact name="Feeds" className={cn("col-span-2", feeds.length > 2 ? "desk:basis-full" : "desk:min-w-[280px] desk:flex-1 desk:basis-0")}>
        <Feeds environment={environment} tables={feeds} />
      </Fact>
    </Facts>
  );
}
