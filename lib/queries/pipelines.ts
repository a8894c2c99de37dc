import { queryOptions } from "@tanstack/react-query";
import { apiPaths } from "@/lib/paths";
import type { PipelineDetail, PipelineFilter, PipelinePage, TriggerRequest, TriggerResult } from "@/lib/schemas/pipeline";
import type { PipelineStructure } from "@/lib/schemas/structure";
import { api } from "./api";

export const pipelineQueries = {
  all: ["pipelines"] as const,
  list: (filter: PipelineFilter) =>
    queryOptions({
      queryKey: [...pipelineQueries.all, "list", filter] as const,
      queryFn: ({ signal }) => api.get<PipelinePage>(apiPaths.pipelines, filter, signal),
    }),
  detail: (environment: string, pipeline: string) =>
    queryOptions({
      queryKey: [...pipelineQueries.all, "detail", environment, pipeline] as const,
      queryFn: ({ signal }) => api.get<PipelineDetail>(apiPaths.pipeline(environment, pipeline), undefined, signal),
    }),
  structure: (environment: string, pipeline: string, version?: string) =>
    queryOptions({
      queryKey: [...pipelineQueries.all, "structure", environment, pipeline, version ?? null] as const,
      queryFn: ({ signal }) =>
        api.get<PipelineStructure>(apiPaths.structure(environment, pipeline), version ? { version } : undefined, signal),
    }),
};

/** Starts a run once per `idempotencyKey`, however often it is sent. */
export function sendTrigger(
  environment: string,
  pipeline: string,
  request: TriggerRequest,
  idempotencyKey: string,
): Promise<TriggerResult> {
  return api.post<TriggerResult>(apiPaths.pipelineRuns(environment, pipeline), request, { "idempotency-key": idempotencyKey });
}
