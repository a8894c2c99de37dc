"use client";

import { useQuery } from "@tanstack/react-query";
import { usePathname, useRouter, useSearchParams } from "next/navigation";
import { SelectChip } from "@/components/ui/select-chip";
import { paths } from "@/lib/paths";
import { sourceQueries } from "@/lib/queries/status";
import type { SourceList } from "@/lib/schemas/status";
import { useShownEnvironment } from "@/lib/shown-environment";

const lists: string[] = [paths.status, paths.tables, paths.runs, paths.pipelines, paths.activity];

/** All real ones first, then each; the sample apart from them. The one that is real alone is what "all" means. */
function optionsOf(environments: SourceList["environments"]) {
  const real = environments.filter(({ isSample }) => !isSample);
  const sample = environments.filter(({ isSample }) => isSample).map(({ name }) => ({ value: name, label: name, group: "Sample data" }));
  const [first] = real;
  if (!first) return sample;
  if (real.length === 1) return [{ value: "", label: first.name }, ...sample];
  return [{ value: "", label: "all" }, ...real.map(({ name }) => ({ value: name, label: name })), ...sample];
}

function useChoice() {
  const path = usePathname();
  const router = useRouter();
  const asked = useSearchParams();
  const shown = useShownEnvironment();
  const { data } = useQuery(sourceQueries.list());
  const options = optionsOf(data?.environments ?? []);
  const isList = lists.includes(path);
  const choose = (environment: string) => {
    const query = new URLSearchParams(isList ? asked : []);
    query.delete("cursor");
    query.delete("environment");
    if (environment !== "") query.set("environment", environment);
    router.push(`${isList ? path : paths.status}${query.size > 0 ? `?${query}` : ""}`);
  };
  return { options, isList, value: options.some(({ value }) => value === shown) ? (shown ?? "") : "", choose };
}

/** Which environment a list is of, where there are several. */
export function EnvironmentChoice() {
  const { options, isList, value, choose } = useChoice();
  if (options.length < 2 || !isList) return null;
  return (
    <span className="hidden desk:inline-flex">
      <SelectChip name="Environment" value={value} options={options} onChange={choose} />
    </span>
  );
}

/** The same in the account's menu, where a phone has room for it. */
export function EnvironmentField() {
  const { options, value, choose } = useChoice();
  if (options.length < 2) return null;
  return (
    <label className="grid gap-1 desk:hidden">
      <span className="text-micro text-ink-3">Environment</span>
      <select className="inp" value={value} onChange={(event) => choose(event.target.value)}>
        {options.map((option) => (
          <option key={option.value} value={option.value} className="bg-raised text-ink">
            {option.label}
            {"group" in option ? ": sample data" : ""}
          </option>
        ))}
      </select>
    </label>
  );
}
