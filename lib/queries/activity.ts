import { queryOptions } from "@tanstack/react-query";
import { apiPaths } from "@/lib/paths";
import type { ActivityFilter, ActivityPage } from "@/lib/schemas/activity";
import { api } from "./api";

export const activityQueries = {
  all: ["activity"] as const,
  list: (filter: ActivityFilter) =>
    queryOptions({
      queryKey: [...activityQueries.all, "list", filter] as const,
      queryFn: ({ signal }) => api.get<ActivityPage>(apiPaths.activity, filter, signal),
    }),
};
