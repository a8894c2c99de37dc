import { queryOptions } from "@tanstack/react-query";
import { apiPaths } from "@/lib/paths";
import type { SavedView, SavedViewList, SavedViewRequest } from "@/lib/schemas/saved-view";
import { api } from "./api";

export const viewQueries = {
  list: () =>
    queryOptions({
      queryKey: ["views", "list"] as const,
      queryFn: ({ signal }) => api.get<SavedViewList>(apiPaths.views, undefined, signal),
    }),
};

export const sendView = (id: string, request: SavedViewRequest) => api.put<SavedView>(apiPaths.view(id), request);
export const removeView = (id: string) => api.delete<SavedViewList>(apiPaths.view(id));
