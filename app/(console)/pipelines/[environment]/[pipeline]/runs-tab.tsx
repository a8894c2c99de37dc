"use client";

import { useHeldInOrder } from "@/components/runs/held-runs";
import { RunList } from "@/components/runs/run-list";
import { NewRows } from "@/components/ui/new-rows";
import { NextStep } from "@/components/ui/next-step";
import { Empty } from "@/components/ui/notice";
import { listOf, paths } from "@/lib/paths";
import type { PipelineDetail } from "@/lib/schemas/pipeline";

/** The newest runs, in places that live data does not move. */
export function RunsTab({ detail: { pipeline, runs, isGone } }: { detail: PipelineDetail }) {
  const { environment, pipeline: name } = pipeline;
  const { places, changes, takeIn } = useHeldInOrder(runs, name);
  if (places.length === 0)
    return (
      <Empty title="It has not run yet.">
        {isGone ? "Airflow has it no more, so no run will come." : "A run appears here a few seconds after Airflow has made it."}
      </Empty>
    );
  return (
    <>
      <div className="px-3.5 pb-1 empty:hidden desk:px-4">
        <NewRows {...changes} onTakeIn={takeIn} />
      </div>
      <RunList places={places} hasEnvironment={false} label={`Runs of ${name}`} isFlat />
      <p className="border-t border-line px-3.5 py-2.5 text-small desk:px-4">
        <NextStep href={listOf(`${paths.runs}?pipeline=${encodeURIComponent(name)}`, environment)}>All its runs</NextStep>
      </p>
    </>
  );
}
