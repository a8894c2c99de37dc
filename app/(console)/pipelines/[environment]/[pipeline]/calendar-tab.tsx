"use client";

import { PipelineMonths } from "@/components/clock/pipeline-calendar";
import type { PipelineDetail } from "@/lib/schemas/pipeline";

export function CalendarTab({ detail: { pipeline } }: { detail: PipelineDetail }) {
  return <PipelineMonths environment={pipeline.environment} pipeline={pipeline.pipeline} />;
}
