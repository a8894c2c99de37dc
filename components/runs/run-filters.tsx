"use client";

import { SelectChip } from "@/components/ui/select-chip";
import type { RunPage, RunState } from "@/lib/schemas/run";

export type AskedRuns = { state: RunState | null; pipeline: string | null; environment: string | null; cursor: string | null };

type RunFiltersProps = {
  asked: AskedRuns;
  counts: RunPage["counts"];
  pipelines: string[];
  onAsk: (change: Partial<AskedRuns>) => void;
};

/** One row of filters that scrolls on a phone; the address bar holds what is chosen. */
export function RunFilters({ asked, counts, pipelines, onAsk }: RunFiltersProps) {
  const views: { word: string; state: RunState | null; count: number | null }[] = [
    { word: "All", state: null, count: null },
    { word: "Failed", state: "failed", count: counts.failed },
    { word: "Running", state: "running", count: counts.running },
    { word: "Queued", state: "queued", count: counts.queued },
    { word: "Succeeded", state: "success", count: null },
  ];
  const choices = (names: string[], chosen: string | null) => [
    { value: "", label: "any" },
    ...[...new Set(chosen ? [chosen, ...names] : names)].sort().map((name) => ({ value: name, label: name })),
  ];
  return (
    <fieldset className="scrollbar-none -mx-4 mb-2 flex gap-1.5 overflow-x-auto px-4 py-0.5 min-w-0 desk:mx-0 desk:flex-wrap desk:overflow-visible desk:px-0">
      <legend className="sr-only">Which runs</legend>
      {views.map(({ word, state, count }) => (
        <button
          key={word}
          type="button"
          className="chip"
          aria-pressed={asked.state === state}
          onClick={() => onAsk({ state, cursor: null })}
        >
          {word} {count !== null && <b>{count}</b>}
        </button>
      ))}
      <span className="flex-1" />
      <SelectChip
        name="Pipeline"
        value={asked.pipeline ?? ""}
        options={choices(pipelines, asked.pipeline)}
        onChange={(pipeline) => onAsk({ pipeline: pipeline || null, cursor: null })}
      />
    </fieldset>
  );
}
