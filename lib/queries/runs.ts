import { queryOptions } from "@tanstack/react-query";
import { apiPaths } from "@/lib/paths";
import type { RunComparison } from "@/lib/schemas/compare";
import type { NoteRequest, NoteResult } from "@/lib/schemas/note";
import type { RunDetail, RunFilter, RunId, RunPage } from "@/lib/schemas/run";
import type { WhyQueued } from "@/lib/schemas/structure";
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
