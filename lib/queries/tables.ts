import { queryOptions } from "@tanstack/react-query";
import { apiPaths } from "@/lib/paths";
import type { TableDetail, TableFilter, TablePage } from "@/lib/schemas/table";
import { api } from "./api";

export const tableQueries = {
  all: ["tables"] as const,
  list: (filter: TableFilter) =>
    queryOptions({
      queryKey: [...tableQueries.all, "list", filter] as const,
      queryFn: ({ signal }) => api.get<TablePage>(apiPaths.tables, filter, signal),
    }),
  detail: (environment: string, table: string) =>
    queryOptions({
      queryKey: [...tableQueries.all, "detail", environment, table] as const,
      queryFn: ({ signal }) => api.get<TableDetail>(apiPaths.table(environment, table), undefined, signal),
    }),
};
