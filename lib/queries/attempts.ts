import { queryOptions, skipToken } from "@tanstack/react-query";
import { apiPaths } from "@/lib/paths";
import type { AttemptDetail, LogOpening, LogPage } from "@/lib/schemas/attempt";
import type { AttemptInputs } from "@/lib/schemas/structure";
import { api } from "./api";
import { addPage, type WholeLog } from "./log-pages";

const pagesPerRead = 20;

export const attemptQueries = {
  all: ["attempts"] as const,
  detail: (id: string) =>
    queryOptions({
      queryKey: [...attemptQueries.all, "detail", id] as const,
      queryFn: ({ signal }) => api.get<AttemptDetail>(apiPaths.attempt(id), undefined, signal),
    }),
  inputs: (id: string) =>
    queryOptions({
      queryKey: [...attemptQueries.all, "inputs", id] as const,
      queryFn: ({ signal }) => api.get<AttemptInputs>(apiPaths.attemptInputs(id), undefined, signal),
    }),
  /** Comes with an opened page or not at all; the log itself follows. */
  opening: (id: string) =>
    queryOptions<LogOpening>({
      queryKey: [...attemptQueries.all, "opening", id] as const,
      queryFn: skipToken,
      staleTime: Number.POSITIVE_INFINITY,
    }),
  /** The merged log so far. Reading again continues where the last read ended, so following a live log costs one small request. */
  log: (id: string) =>
    queryOptions({
      queryKey: [...attemptQueries.all, "log", id] as const,
      queryFn: async ({ client, queryKey, signal }): Promise<WholeLog> => {
        let whole = client.getQueryData<WholeLog>(queryKey);
        for (let read = 0; read < pagesPerRead; read += 1) {
          const query = { limit: 2000, ...(whole?.cursor ? { cursor: whole.cursor } : {}) };
          whole = addPage(whole, await api.get<LogPage>(apiPaths.attemptLog(id), query, signal));
          if (!whole.hasMore) break;
        }
        if (!whole) throw new Error("no page of the log was read");
        return whole;
      },
      structuralSharing: false,
    }),
};
