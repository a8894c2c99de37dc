"use client";

import { useQuery } from "@tanstack/react-query";
import { usePathname } from "next/navigation";
import { NextStep } from "@/components/ui/next-step";
import { fromSegment, paths } from "@/lib/paths";
import { ApiError, api } from "@/lib/queries/api";

const kinds: Record<string, { one: string; list: string; href: string }> = {
  tables: { one: "table", list: "All tables", href: paths.tables },
  runs: { one: "run", list: "All runs", href: paths.runs },
  pipelines: { one: "pipeline", list: "All pipelines", href: paths.pipelines },
};

/** A 404 that says what was looked for and where; page addresses mirror the API, so the API says what is near. */
export function Missing() {
  const path = usePathname();
  const [resource = "", environment, ...rest] = path.split("/").filter(Boolean);
  const kind = kinds[resource];
  const [, run, task, tryNumber] = rest;
  // What lies below a run is missing with it; a try may be missing by itself.
  const isTry = resource === "runs" && tryNumber !== undefined;
  const name = resource === "runs" ? run : rest.at(-1);
  const asked = resource === "runs" ? path.split("/").slice(0, 5).join("/") : path;
  const { error } = useQuery({
    queryKey: ["missing", asked],
    queryFn: ({ signal }) => api.get(`/api${asked}`, undefined, signal),
    enabled: kind !== undefined && name !== undefined,
    retry: false,
  });
  const problem = error instanceof ApiError ? error.problem : null;
  return (
    <>
      <title>Not found · Penstock</title>
      <p className="mb-1.5 text-small text-ink-3">Not found</p>
      <h1 className="text-[1.5rem]/[1.8125rem] font-answer tracking-[-.022em] text-balance [overflow-wrap:anywhere] desk:text-answer">
        {isTry
          ? `There is no try “${fromSegment(tryNumber)}” of “${fromSegment(task ?? "")}” in this run.`
          : kind && name
            ? `There is no ${kind.one} “${fromSegment(name)}” in ${fromSegment(environment ?? "")}.`
            : "There is no page here."}
      </h1>
      <p className="mt-1.5 max-w-[92ch] text-ink-2" role="status">
        {problem?.remedy ?? "The address may be cut off, or what it named is gone."}
      </p>
      <p className="mt-4 flex flex-wrap gap-x-4 gap-y-1">
        {kind && <NextStep href={kind.href}>{kind.list}</NextStep>}
        <NextStep href={paths.status}>Status</NextStep>
      </p>
    </>
  );
}
