import { queryOptions } from "@tanstack/react-query";
import { apiPaths } from "@/lib/paths";
import type { TableDetail, TableFilter, TableLoadPage, TablePage } from "@/lib/schemas/table";
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
  loads: (environment: string, table: string, until: string) =>
    queryOptions({
      queryKey: [...tableQueries.all, "loads", environment, table, until] as const,
      queryFn: ({ signal }) => api.get<TableLoadPage>(apiPaths.tableLoads(environment, table), { until, limit: 20 }, signal),
    }),
};
