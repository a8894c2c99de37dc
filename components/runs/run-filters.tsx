"use client";

import { useRef, useState } from "react";
import { Glyph } from "@/components/ui/glyph";
import { onDemand } from "@/components/ui/on-demand";
import { usePainted } from "@/components/ui/use-painted";
import { filterValue, filterWord } from "@/lib/format/filter-words";
import { useNow } from "@/lib/format/now";
import { useZone } from "@/lib/format/zone";
import { type Asked, setFilters } from "@/lib/run-asked";
import type { Run } from "@/lib/schemas/run";

const FilterPopover = onDemand(() => import("./filter-popover").then((part) => part.default));

type RunFiltersProps = { asked: Asked; runs: Run[]; onAsk: (change: Partial<Asked>) => void };

/** The filters that are set, each removable, and the way to one more; the address bar holds them. */
export function RunFilters({ asked, runs, onAsk }: RunFiltersProps) {
  const [isOpen, setOpen] = useState(false);
  const isDrawn = usePainted(isOpen);
  const button = useRef<HTMLButtonElement>(null);
  const zone = useZone();
  const now = useNow(60_000);
  const names = setFilters(asked);
  return (
    <fieldset className="-mx-4 mb-2 flex min-w-0 flex-wrap gap-1.5 px-4 py-0.5 desk:mx-0 desk:px-0">
      <legend className="sr-only">Filters</legend>
      {names.map((name) => {
        const value = filterValue(name, asked[name] ?? "", now, zone);
        return (
          <button
            key={name}
            type="button"
            className="chip min-w-0 max-w-full"
            aria-label={`Remove the filter ${filterWord[name]} ${value}`}
            title={`${filterWord[name]} ${value}`}
            onClick={() => onAsk({ [name]: null })}
          >
            {filterWord[name]} <b className="max-w-[28ch] truncate">{value}</b> <Glyph name="close" size={10} />
          </button>
        );
      })}
      <button
        ref={button}
        type="button"
        className="chip"
        aria-haspopup="dialog"
        aria-expanded={isOpen}
        onPointerEnter={() => FilterPopover.load()}
        onClick={() => setOpen(!isOpen)}
      >
        Add filter <Glyph name="down" size={12} />
      </button>
      {isOpen && isDrawn && (
        <FilterPopover
          button={button}
          runs={runs}
          onClose={() => setOpen(false)}
          onAsk={(change) => {
            setOpen(false);
            onAsk(change);
          }}
        />
      )}
      {names.length > 1 && (
        <button
          type="button"
          className="chip border-0 shadow-none underline"
          onClick={() => onAsk(Object.fromEntries(names.map((name) => [name, null])))}
        >
          Clear all
        </button>
      )}
    </fieldset>
  );
}
