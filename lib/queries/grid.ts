import { queryOptions } from "@tanstack/react-query";
import { apiPaths } from "@/lib/paths";
import type { CellQuery, GridCell, PipelineGrid } from "@/lib/schemas/grid";
import { api } from "./api";
import { pipelineQueries } from "./pipelines";

const runsShown = 50;

export const gridQueries = {
  /** Under the pipelines' key: what changes a run asks for it again. */
  grid: (environment: string, pipeline: string, query: { before?: string | undefined; task?: string | undefined }) =>
    queryOptions({
      queryKey: [...pipelineQueries.all, "grid", environment, pipeline, query] as const,
      queryFn: ({ signal }) => api.get<PipelineGrid>(apiPaths.grid(environment, pipeline), { runs: runsShown, ...query }, signal),
    }),
  cell: (environment: string, pipeline: string, query: CellQuery) =>
    queryOptions({
      queryKey: [...pipelineQueries.all, "cell", environment, pipeline, query] as const,
      queryFn: ({ signal }) => api.get<GridCell>(apiPaths.gridCell(environment, pipeline), query, signal),
    }),
};
