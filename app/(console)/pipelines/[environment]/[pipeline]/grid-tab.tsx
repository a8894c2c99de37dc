"use client";

import { RunStrip } from "@/components/grid/run-strip";
import { TaskGrid } from "@/components/grid/task-grid";
import type { PipelineDetail } from "@/lib/schemas/pipeline";

export function GridTab({ detail: { pipeline, usual, isGone } }: { detail: PipelineDetail }) {
  return (
    <>
      <RunStrip pipeline={pipeline} usual={usual} />
      <TaskGrid environment={pipeline.environment} pipeline={pipeline.pipeline} isGone={isGone} />
    </>
  );
}
