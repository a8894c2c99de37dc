"use client";

import { useQuery } from "@tanstack/react-query";
import { Command } from "cmdk";
import { useRouter } from "next/navigation";
import { Dialog } from "radix-ui";
import { useState } from "react";
import { sentences } from "@/lib/format/sentence";
import { brokenBy } from "@/lib/queries/live";
import { searchQueries } from "@/lib/queries/search";
import { useShownEnvironment } from "@/lib/shown-environment";
import { PaletteCommands } from "./palette-commands";
import { firstFound, PaletteFound, PaletteRecent } from "./palette-found";
import { keepRecent, type RecentThing } from "./recent";

type PaletteProps = { isOpen: boolean; onOpen: (isOpen: boolean) => void; onSheet: () => void };

/** Finds any table, pipeline, run or page, and does what needs no page. */
export function Palette({ isOpen, onOpen, onSheet }: PaletteProps) {
  return (
    <Dialog.Root open={isOpen} onOpenChange={onOpen}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-30 bg-ink/30" />
        <Dialog.Content
          aria-describedby={undefined}
          className="palette fixed top-[10vh] left-1/2 w-[min(620px,calc(100vw-24px))] -translate-x-1/2 max-desk:top-3"
        >
          <Dialog.Title className="sr-only">Find</Dialog.Title>
          <Inside onClose={() => onOpen(false)} onSheet={onSheet} />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Inside({ onClose, onSheet }: { onClose: () => void; onSheet: () => void }) {
  const [text, setText] = useState("");
  const router = useRouter();
  const shown = useShownEnvironment();
  const asked = text.trim();
  const query = useQuery(searchQueries.text(asked, shown));
  const broken = brokenBy(query);
  const open = (thing: RecentThing) => {
    keepRecent(thing);
    onClose();
    router.push(thing.href);
  };
  // What is found arrives after what stands below it: the nearest is chosen again, unless the reader has gone on from it.
  const first = firstFound(asked, query.data);
  const [chosen, choose] = useState({ under: "", value: "" });
  const value = chosen.under === first ? chosen.value : first;
  const isSettled = !query.isFetching;
  return (
    <Command label="Find" shouldFilter={false} loop value={value} onValueChange={(next) => choose({ under: first, value: next })}>
      <Command.Input value={text} onValueChange={setText} placeholder="Table, pipeline, run id, day or page" className="palette-input" />
      <Command.List className="palette-list" aria-label="Found">
        {asked === "" && <PaletteRecent onOpen={open} />}
        {query.data && <PaletteFound found={query.data} asked={asked} onOpen={open} />}
        <PaletteCommands asked={asked} shown={shown} onClose={onClose} onSheet={onSheet} />
      </Command.List>
      {broken && (
        <p role="status" className="px-3.5 pt-1.5 pb-3 text-small text-fail-ink">
          {broken.system ?? "Penstock"} does not answer, so only pages are found. {sentences(broken.detail)}
        </p>
      )}
      {isSettled && !broken && (
        <Command.Empty>Nothing is called {JSON.stringify(asked)}. A run is found by its whole id, its day or its pipeline.</Command.Empty>
      )}
      <p className="flex gap-3 border-t border-line px-3.5 py-1.5 text-micro text-ink-3 max-desk:hidden" aria-hidden="true">
        <span>
          <kbd>↑</kbd> <kbd>↓</kbd> choose
        </span>
        <span>
          <kbd>↵</kbd> open
        </span>
        <span>
          <kbd>esc</kbd> close
        </span>
      </p>
    </Command>
  );
}
