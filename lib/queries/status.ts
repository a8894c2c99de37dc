import { queryOptions } from "@tanstack/react-query";
import { apiPaths } from "@/lib/paths";
import type { EnvironmentFilter } from "@/lib/schemas/common";
import type { SourceList, Status } from "@/lib/schemas/status";
import { api } from "./api";

export const statusQueries = {
  all: ["status"] as const,
  detail: (environment?: string) => {
    const filter: EnvironmentFilter = environment === undefined ? {} : { environment };
    return queryOptions({
      queryKey: [...statusQueries.all, "detail", filter] as const,
      queryFn: ({ signal }) => api.get<Status>(apiPaths.status, filter, signal),
    });
  },
};

export const sourceQueries = {
  all: ["sources"] as const,
  list: (environment?: string) => {
    const filter: EnvironmentFilter = environment === undefined ? {} : { environment };
    return queryOptions({
      queryKey: [...sourceQueries.all, "list", filter] as const,
      queryFn: ({ signal }) => api.get<SourceList>(apiPaths.sources, filter, signal),
    });
  },
};
