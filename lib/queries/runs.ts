import { queryOptions } from "@tanstack/react-query";
import { apiPaths } from "@/lib/paths";
import type { RunDetail, RunFilter, RunId, RunPage } from "@/lib/schemas/run";
import { api } from "./api";

export const runQueries = {
  all: ["runs"] as const,
  list: (filter: RunFilter) =>
    queryOptions({
      queryKey: [...runQueries.all, "list", filter] as const,
      queryFn: ({ signal }) => api.get<RunPage>(apiPaths.runs, filter, signal),
    }),
  detail: (id: RunId) =>
    queryOptions({
      queryKey: [...runQueries.all, "detail", id.environment, id.pipeline, id.runId] as const,
      queryFn: ({ signal }) => api.get<RunDetail>(apiPaths.run(id), undefined, signal),
    }),
};
