import { queryOptions } from "@tanstack/react-query";
import { apiPaths } from "@/lib/paths";
import type { ClockPage, ClockSpan, PipelineCalendar } from "@/lib/schemas/clock";
import { api } from "./api";
import { pipelineQueries } from "./pipelines";

export type ClockAsked = {
  environment?: string | undefined;
  pipeline?: string | undefined;
  span: ClockSpan;
  day?: string | undefined;
  zone: string;
  cursor?: string | undefined;
};

export const clockQueries = {
  clock: (asked: ClockAsked) =>
    queryOptions({
      queryKey: [...pipelineQueries.all, "clock", asked] as const,
      queryFn: ({ signal }) => api.get<ClockPage>(apiPaths.clock, asked, signal),
    }),
  calendar: (environment: string, pipeline: string, asked: { month?: string | undefined; months: number; zone: string }) =>
    queryOptions({
      queryKey: [...pipelineQueries.all, "calendar", environment, pipeline, asked] as const,
      queryFn: ({ signal }) => api.get<PipelineCalendar>(apiPaths.calendar(environment, pipeline), asked, signal),
    }),
};
