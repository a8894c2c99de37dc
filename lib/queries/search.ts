import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { apiPaths } from "@/lib/paths";
import type { SearchResult } from "@/lib/schemas/search";
import { api } from "./api";

export const searchQueries = {
  all: ["search"] as const,
  /** What was found stays while the next is looked for, so that nothing flickers under the keys. */
  text: (q: string, environment: string | undefined) =>
    queryOptions({
      queryKey: [...searchQueries.all, q, environment ?? null] as const,
      queryFn: ({ signal }) => api.get<SearchResult>(apiPaths.search, { q, environment }, signal),
      placeholderData: keepPreviousData,
      staleTime: 10_000,
    }),
};
