import { queryOptions } from "@tanstack/react-query";
import { apiPaths } from "@/lib/paths";
import type { SourceList, Status } from "@/lib/schemas/status";
import { api } from "./api";

export const statusQueries = {
  all: ["status"] as const,
  detail: () =>
    queryOptions({
      queryKey: [...statusQueries.all, "detail"] as const,
      queryFn: ({ signal }) => api.get<Status>(apiPaths.status, undefined, signal),
    }),
};

export const sourceQueries = {
  all: ["sources"] as const,
  list: () =>
    queryOptions({
      queryKey: [...sourceQueries.all, "list"] as const,
      queryFn: ({ signal }) => api.get<SourceList>(apiPaths.sources, undefined, signal),
    }),
};
