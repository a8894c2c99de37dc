import { queryOptions } from "@tanstack/react-query";
import { apiPaths } from "@/lib/paths";
import type { SearchResult } from "@/lib/schemas/search";
import { api } from "./api";

export const searchQueries = {
  all: ["search"] as const,
  /** What was found for other words is not shown: Enter would open it. */
  text: (q: string, environment: string | undefined) =>
    queryOptions({
      queryKey: [...searchQueries.all, q, environment ?? null] as const,
      queryFn: ({ signal }) => api.get<SearchResult>(apiPaths.search, { q, environment }, signal),
      staleTime: 10_000,
    }),
};
