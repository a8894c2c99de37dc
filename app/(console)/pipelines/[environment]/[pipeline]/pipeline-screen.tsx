"use client";

import Link from "next/link";
import { parseAsString, useQueryState } from "nuqs";
import { PipelineParams } from "@/components/pipelines/pipeline-params";
import { lastRunSaid, NextRun, RecentRuns, ThirtyDays } from "@/components/pipelines/pipeline-rows";
import { Runbook } from "@/components/pipelines/runbook";
import { Schedule } from "@/components/pipelines/schedule";
import { TriggerButton } from "@/components/pipelines/trigger-button";
import { placesOf, RunList } from "@/components/runs/run-list";
import { AsOf } from "@/components/ui/as-of";
import { Fact, Facts } from "@/components/ui/facts";
import { Answer, Crumbs, Head } from "@/components/ui/heading";
import { Honesty } from "@/components/ui/honesty";
import { NewRows } from "@/components/ui/new-rows";
import { NextStep } from "@/components/ui/next-step";
import { Empty, Ghosts } from "@/components/ui/notice";
import { Panel } from "@/components/ui/panel";
import { State } from "@/components/ui/state";
import { Ago } from "@/components/ui/time";
import { duration } from "@/lib/format/duration";
import { isOpen } from "@/lib/format/run-words";
import { sentences } from "@/lib/format/sentence";
import { listOf, paths } from "@/lib/paths";
import { useHeld } from "@/lib/queries/held";
import { brokenBy, useLive } from "@/lib/queries/live";
import { pipelineQueries } from "@/lib/queries/pipelines";
import type { PipelineDetail } from "@/lib/schemas/pipeline";

const isMoving = ({ runs }: PipelineDetail) => runs.some(isOpen);

export function PipelineScreen({ environment, pipeline: name }: { environment: string; pipeline: string }) {
  const query = useLive(pipelineQueries.detail(environment, name), isMoving);
  const broken = brokenBy(query);
  if (query.data) return <Shown detail={query.data} broken={broken} />;
  return (
    <>
      <Crumbs items={[{ name: "Pipelines", href: listOf(paths.pipelines, environment) }, { name }]} />
      <h1 className="mb-4 text-[1.375rem]/[1.6875rem] font-answer desk:text-[1.625rem]/8">{name}</h1>
      <Honesty page="pipelines" answer={undefined} broken={broken} />
      <Panel title="Runs">
        <Ghosts rows={8} label={`Reading ${name}`} />
      </Panel>
    </>
  );
}

function Shown({ detail, broken }: { detail: PipelineDetail; broken: ReturnType<typeof brokenBy> }) {
  const { pipeline, runs } = detail;
  const { environment, pipeline: name } = pipeline;
  const [trigger, setTrigger] = useQueryState("trigger", parseAsString);
  const { places, changes, takeIn } = useHeld(placesOf(runs), name);
  const asOf = <AsOf at={detail.asOf} sources={detail.sources} isOld={broken !== null} />;
  return (
    <>
      <Head
        isTop
        acts={
          detail.isGone ? undefined : (
            <TriggerButton
              environment={environment}
              pipeline={name}
              isFirst
              isOpen={trigger === "1"}
              onClose={() => void setTrigger(null)}
            />
          )
        }
      >
        <Crumbs items={[{ name: "Pipelines", href: listOf(paths.pipelines, environment) }, { name: environment }, { name }]} />
        <Answer isObject parts={detail.sentence} />
        <p className="mt-1.5 max-w-[92ch] text-ink-2">
          {sentences(pipeline.description, pipeline.owners.length > 0 ? `Owned by ${pipeline.owners.join(", ")}` : null)}
        </p>
      </Head>
      <Facts>
        <Fact name="Last run">
          <span className="on-canvas">
            <State {...lastRunSaid(pipeline)} />
          </span>
        </Fact>
        <Fact name="Schedule">
          <Schedule schedule={pipeline.schedule} />
          {pipeline.isPaused && <span className="text-late-ink"> paused</span>}
        </Fact>
        <Fact name="Next run">
          {pipeline.nextRunAt && !pipeline.isPaused ? (
            <>
              <NextRun at={pipeline.nextRunAt} /> <Ago at={pipeline.nextRunAt} className="text-ink-3" />
            </>
          ) : (
            "none planned"
          )}
        </Fact>
        <Fact name="Last 30 runs">
          <RecentRuns pipeline={pipeline} />
        </Fact>
        <Fact name="Median duration">{pipeline.medianDurationMs === null ? "unknown" : duration(pipeline.medianDurationMs)}</Fact>
        <Fact name="Cost, 30 days">
          <ThirtyDays pipeline={pipeline} />
        </Fact>
        <Fact name="Writes">
          {pipeline.tables.length === 0 ? (
            <span className="text-ink-3">none seen</span>
          ) : (
            pipeline.tables.map((table, index) => (
              <span key={table}>
                {index > 0 && ", "}
                <Link href={paths.table(environment, table)} prefetch={false}>
                  {table}
                </Link>
              </span>
            ))
          )}
        </Fact>
      </Facts>
      <Honesty page="pipelines" answer={detail} broken={broken} />
      <div className="grid gap-4">
        <Panel
          title="Runs"
          note="newest first"
          end={
            <>
              <NewRows {...changes} onTakeIn={takeIn} />
              {asOf}
            </>
          }
        >
          {places.length === 0 ? (
            <Empty title="It has not run yet.">A run appears here a few seconds after Airflow has made it.</Empty>
          ) : (
            <RunList places={places} hasEnvironment={false} label={`Runs of ${name}`} isFlat />
          )}
          <p className="border-t border-line px-3.5 py-2.5 text-small desk:px-4">
            <NextStep href={listOf(`${paths.runs}?pipeline=${encodeURIComponent(name)}`, environment)}>All runs of {name}</NextStep>
          </p>
        </Panel>
        <div className="grid items-start gap-4 wide:grid-cols-2">
          <Panel title="Runbook" note="from its file">
            <Runbook text={detail.runbook} />
          </Panel>
          <Panel title="Parameters" note="what a run can be given">
            <PipelineParams params={detail.params} />
          </Panel>
        </div>
      </div>
    </>
  );
}
