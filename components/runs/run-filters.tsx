"use client";

import dynamic from "next/dynamic";
import { Popover } from "radix-ui";
import { useState } from "react";
import { Glyph } from "@/components/ui/glyph";
import { filterValue, filterWord } from "@/lib/format/filter-words";
import { useNow } from "@/lib/format/now";
import { useZone } from "@/lib/format/zone";
import { type Asked, setFilters } from "@/lib/run-asked";
import type { Run } from "@/lib/schemas/run";

const FilterMenu = dynamic(() => import("./filter-menu"), {
  ssr: false,
  loading: () => <p className="p-3.5 text-ink-2">Opening…</p>,
});

type RunFiltersProps = { asked: Asked; runs: Run[]; onAsk: (change: Partial<Asked>) => void };

/** The filters that are set, each removable, and the way to one more; the address bar holds them. */
export function RunFilters({ asked, runs, onAsk }: RunFiltersProps) {
  const [isOpen, setOpen] = useState(false);
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
      <Popover.Root open={isOpen} onOpenChange={setOpen}>
        <Popover.Trigger className="chip">
          Add filter <Glyph name="down" size={12} />
        </Popover.Trigger>
        <Popover.Portal>
          <Popover.Content align="start" sideOffset={6} className="palette w-[min(380px,calc(100vw-24px))]" aria-label="Add a filter">
            <FilterMenu
              runs={runs}
              onAsk={(change) => {
                setOpen(false);
                onAsk(change);
              }}
            />
          </Popover.Content>
        </Popover.Portal>
      </Popover.Root>
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
