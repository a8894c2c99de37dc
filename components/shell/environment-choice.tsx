"use client";

import { useQuery } from "@tanstack/react-query";
import { usePathname } from "next/navigation";
import { parseAsString, useQueryStates } from "nuqs";
import { SelectChip } from "@/components/ui/select-chip";
import { paths } from "@/lib/paths";
import { sourceQueries } from "@/lib/queries/status";

const lists: string[] = [paths.tables, paths.runs, paths.pipelines, paths.activity];

/** Narrows a list to one environment, where there are several. */
export function EnvironmentChoice() {
  const path = usePathname();
  const { data } = useQuery(sourceQueries.list());
  const [asked, ask] = useQueryStates({ environment: parseAsString, cursor: parseAsString }, { history: "push" });
  const names = [...new Set(data?.items.map(({ environment }) => environment))].sort();
  if (names.length < 2 || !lists.includes(path)) return null;
  return (
    <span className="hidden desk:inline-flex">
      <SelectChip
        name="Environment"
        value={asked.environment ?? ""}
        options={[{ value: "", label: "all" }, ...names.map((name) => ({ value: name, label: name }))]}
        onChange={(environment) => void ask({ environment: environment || null, cursor: null })}
      />
    </span>
  );
}
