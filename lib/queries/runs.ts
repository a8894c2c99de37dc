import { queryOptions } from "@tanstack/react-query";
import { apiPaths } from "@/lib/paths";
import type { RunComparison } from "@/lib/schemas/compare";
import type { NoteRequest, NoteResult } from "@/lib/schemas/note";
import type { AttemptList, AttemptQuery, NamedRuns, RunDetail, RunFilter, RunId, RunNames, RunPage } from "@/lib/schemas/run";
import type { WhyQueued } from "@/lib/schemas/structure";
import { api } from "./api";

type AttemptsAsked = Pick<AttemptQuery, "task" | "map"> & { limit: number; cursor?: string | undefined };

export const runQueries = {
  all: ["runs"] as const,
  list: (filter: RunFilter) =>
    queryOptions({
      queryKey: [...runQueries.all, "list", filter] as const,
      queryFn: ({ signal }) => api.get<RunPage>(apiPaths.runs, filter, signal),
    }),
  /** Under the lists' own key, so that what changes them asks again. */
  named: (names: RunNames) =>
    queryOptions({
      queryKey: [...runQueries.all, "list", "named", names] as const,
      queryFn: ({ signal }) => api.get<NamedRuns>(apiPaths.namedRuns, names, signal),
    }),
  detail: (id: RunId) =>
    queryOptions({
      queryKey: [...runQueries.all, "detail", id.environment, id.pipeline, id.runId] as const,
      queryFn: ({ signal }) => api.get<RunDetail>(apiPaths.run(id), undefined, signal),
    }),
  /** Tries of one task of it, or of one instance of that. */
  attempts: (id: RunId, query: AttemptsAsked) =>
    queryOptions({
      queryKey: [...runQueries.all, "detail", id.environment, id.pipeline, id.runId, "attempts", query] as const,
      queryFn: ({ signal }) => runQueries.readAttempts(id, query, signal),
    }),
  readAttempts: (id: RunId, query: AttemptsAsked, signal: AbortSignal) => api.get<AttemptList>(apiPaths.runAttempts(id), query, signal),
  /** Under the run's own key, so that what changes the run asks again. */
  why: (id: RunId) =>
    queryOptions({
      queryKey: [...runQueries.all, "detail", id.environment, id.pipeline, id.runId, "why"] as const,
      queryFn: ({ signal }) => api.get<WhyQueued>(apiPaths.runWhy(id), undefined, signal),
    }),
  comparison: (id: RunId, other?: string) =>
    queryOptions({
      queryKey: [...runQueries.all, "comparison", id.environment, id.pipeline, id.runId, other ?? null] as const,
      queryFn: ({ signal }) => api.get<RunComparison>(apiPaths.compare(id), { with: other }, signal),
    }),
};

/** On the run, or on one of its attempts. */
export const sendNote = (run: RunId, attemptId: string | null, request: NoteRequest, key: string): Promise<NoteResult> =>
  api.post<NoteResult>(attemptId ? apiPaths.attemptNote(attemptId) : apiPaths.runNote(run), request, { "Idempotency-Key": key });
