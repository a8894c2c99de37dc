"use client";

import { TaskGrid } from "@/components/grid/task-grid";
import type { PipelineDetail } from "@/lib/schemas/pipeline";

export function GridTab({ detail: { pipeline, isGone } }: { detail: PipelineDetail }) {
  return <TaskGrid environment={pipeline.environment} pipeline={pipeline.pipeline} isGone={isGone} />;
}
