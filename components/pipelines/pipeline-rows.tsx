"use client";

import Link from "next/link";
import { memo } from "react";
import { Scroller } from "@/components/ui/scroller";
import { State } from "@/components/ui/state";
import { Ago, NextTime } from "@/components/ui/time";
import { WaterLine } from "@/components/ui/water-line";
import { percent, plural } from "@/lib/format/count";
import { duration } from "@/lib/format/duration";
import { usd } from "@/lib/format/money";
import { runSaid, type Said } from "@/lib/format/states";
import { paths } from "@/lib/paths";
import type { Pipeline } from "@/lib/schemas/pipeline";
import type { RunState } from "@/lib/schemas/run";
import { Schedule } from "./schedule";
import { TriggerButton } from "./trigger-button";

const neverRun: Said = { word: "Never run", tone: "mute", glyph: "unknown" };
const kindOf: Record<RunState, "ok" | "fail" | "run"> = { success: "ok", failed: "fail", running: "run", queued: "run" };

export const lastRunSaid = ({ lastRun }: Pipeline): Said => (lastRun ? runSaid[lastRun.state] : neverRun);

/** The last runs of a pipeline as a water line, with the share that went well. */
export function RecentRuns({ pipeline }: { pipeline: Pipeline }) {
  const { recentRuns, successRate } = pipeline;
  if (recentRuns.length === 0) return <span className="text-ink-3">no run yet</span>;
  const points = [...recentRuns]
    .sort((a, b) => (a.startedAt ?? "9").localeCompare(b.startedAt ?? "9"))
    .map((run) => ({
      key: run.runId,
      kind: kindOf[run.state],
      title: `${runSaid[run.state].word}${run.durationMs === null ? "" : `, ${duration(run.durationMs)}`}`,
    }));
  const kinds = points.map(({ kind }) => kind);
  const [failed, open] = (["fail", "run"] as const).map((kind) => kinds.filter((each) => each === kind).length);
  const since = kinds.length - 1 - kinds.lastIndexOf("fail");
  const said = [
    `Last ${plural(points.length, "run")}: ${failed ? `${failed} failed, ${since === 0 ? "the newest too" : `none of the newest ${since}`}` : "none failed"}`,
    open && `${open} not over`,
  ];
  return (
    <>
      <WaterLine points={points} said={said.filter(Boolean).join("; ")} />
      <span className="two">{successRate === null ? `${plural(recentRuns.length, "run")}` : `${percent(successRate)} good`}</span>
    </>
  );
}

/** Pipelines by name: state of the last run, when the next comes, how the last ones went. */
export function PipelineRows({ pipelines, hasEnvironment }: { pipelines: Pipeline[]; hasEnvironment: boolean }) {
  return (
    <Scroller label="Pipelines, scrolls sideways">
      <table className="rows blocks [&_td]:align-middle" aria-label="Pipelines">
        <thead>
          <tr>
            <th scope="col">Last run</th>
            <th scope="col">Pipeline</th>
            <th scope="col">Schedule</th>
            <th scope="col" className="num">
              Next run
            </th>
            <th scope="col">Last 30 runs</th>
            <th scope="col" className="num">
              Median
            </th>
            <th scope="col" className="num">
              Cost, 30 days
            </th>
            <th scope="col">
              <span className="sr-only">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {pipelines.map((pipeline) => (
            <Row key={`${pipeline.environment} ${pipeline.pipeline}`} pipeline={pipeline} hasEnvironment={hasEnvironment} />
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}

const Row = memo(function Row({ pipeline, hasEnvironment }: { pipeline: Pipeline; hasEnvironment: boolean }) {
  const { environment, pipeline: name, lastRun, tables, owners } = pipeline;
  const second = [hasEnvironment && environment, owners.join(", "), tables.length > 0 && plural(tables.length, "table")]
    .filter(Boolean)
    .join(" · ");
  return (
    <tr>
      <td className="max-desk:order-2 max-desk:text-right desk:w-[158px]">
        <State {...lastRunSaid(pipeline)} />
        {lastRun && (
          <span className="two max-desk:hidden">
            <Link href={paths.run({ environment, pipeline: name, runId: lastRun.runId })} prefetch={false}>
              {lastRun.startedAt ? <Ago at={lastRun.endedAt ?? lastRun.startedAt} /> : "its run"}
            </Link>
          </span>
        )}
      </td>
      <td className="min-w-0 max-desk:order-1">
        <Link href={paths.pipeline(environment, name)} prefetch={false} className="font-strong [overflow-wrap:anywhere]">
          {name}
        </Link>
        <span className="two">{second}</span>
      </td>
      <td className="max-desk:hidden">
        <Schedule schedule={pipeline.schedule} zone={pipeline.scheduleZone} />
        {pipeline.isPaused && <span className="two text-late-ink">paused</span>}
        {pipeline.hasImportErrors && <span className="two text-fail-ink">cannot be imported</span>}
      </td>
      <td className="num max-desk:order-3 max-desk:col-span-2 max-desk:text-left! max-desk:text-small max-desk:text-ink-3">
        {pipeline.nextRunAt && !pipeline.isPaused ? (
          <>
            <span className="desk:hidden">next </span>
            <NextTime at={pipeline.nextRunAt} />
            <span className="two max-desk:inline">
              <span className="desk:hidden"> · </span>
              <Ago at={pipeline.nextRunAt} />
            </span>
          </>
        ) : (
          <span className="text-ink-3">{pipeline.isPaused ? "paused" : "none planned"}</span>
        )}
      </td>
      <td className="max-desk:order-4 max-desk:self-end desk:w-[150px]">
        <RecentRuns pipeline={pipeline} />
      </td>
      <td className="num max-desk:hidden">
        {pipeline.medianDurationMs === null ? <span className="text-mute-ink">unknown</span> : duration(pipeline.medianDurationMs)}
      </td>
      <td className="num max-desk:hidden">
        <ThirtyDays pipeline={pipeline} />
      </td>
      <td className="text-right max-desk:order-5">
        <TriggerButton environment={environment} pipeline={name} />
      </td>
    </tr>
  );
});

export function ThirtyDays({ pipeline: { costUsd30Days, costUnknownCount } }: { pipeline: Pipeline }) {
  if (costUsd30Days === null) return <span className="text-mute-ink">{costUnknownCount > 0 ? "price unknown" : "nothing metered"}</span>;
  return (
    <>
      {costUnknownCount > 0 && <span className="text-ink-3">at least </span>}
      {usd(costUsd30Days)}
      {costUnknownCount > 0 && <span className="two">{plural(costUnknownCount, "price")} unknown</span>}
    </>
  );
}
