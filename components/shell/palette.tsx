"use client";

import { useQuery } from "@tanstack/react-query";
import { Command } from "cmdk";
import { useRouter } from "next/navigation";
import { memo, useCallback, useLayoutEffect, useMemo, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { usePainted, useSecondFrame } from "@/components/ui/use-painted";
import { sentences } from "@/lib/format/sentence";
import { brokenBy } from "@/lib/queries/live";
import { searchQueries } from "@/lib/queries/search";
import type { SearchResult } from "@/lib/schemas/search";
import { useShownEnvironment } from "@/lib/shown-environment";
import { OverPage } from "./over-page";
import { PaletteCommands } from "./palette-commands";
import { firstFound, PaletteFound, PaletteRecent } from "./palette-found";
import { keepRecent, type RecentThing } from "./recent";

/** Finds any table, pipeline, run or page, and does what needs no page. */
export function Palette({ onClose, onSheet }: { onClose: () => void; onSheet: () => void }) {
  return (
    <OverPage
      label="Find"
      className="fixed top-[10vh] left-1/2 w-[min(620px,calc(100vw-24px))] -translate-x-1/2 max-desk:top-3"
      onClose={onClose}
    >
      <Inside onClose={onClose} onSheet={onSheet} />
    </OverPage>
  );
}

/** Keys that choose and open, rather than write. */
const acting = new Set(["Enter", "ArrowDown", "ArrowUp", "Home", "End"]);

function Inside({ onClose, onSheet }: { onClose: () => void; onSheet: () => void }) {
  const [text, setText] = useState("");
  const [urged, urge] = useState<string | null>(null);
  const router = useRouter();
  const shown = useShownEnvironment();
  const asked = text.trim();
  const query = useQuery(searchQueries.text(asked, shown));
  const broken = brokenBy(query);
  const open = useCallback(
    (thing: RecentThing) => {
      keepRecent(thing);
      onClose();
      router.push(thing.href);
    },
    [router, onClose],
  );
  const { data } = query;
  const now = useMemo(() => ({ asked, data }), [asked, data]);
  // The list is drawn after the letter, and in pieces; a key that acts on it does not wait.
  const later = usePainted(now);
  const drawn = urged === asked ? now : later;
  // What is found arrives after what stands below it: the nearest is chosen again, unless the reader has gone on from it.
  const found = firstFound(drawn.asked, drawn.data);
  const under = JSON.stringify([drawn.asked, found]);
  const [chosen, choose] = useState({ under: "", value: "" });
  const value = chosen.under === under ? chosen.value : found;
  const list = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    // The first that is drawn cannot be told beforehand where only pages and commands are.
    const [first] = list.current?.querySelectorAll<HTMLElement>("[cmdk-item]") ?? [];
    choose((last) => (last.under === under ? last : { under, value: first?.dataset.value ?? "" }));
  }, [under]);
  // The field is there first, to be written into.
  const isListDue = useSecondFrame();
  const isSettled = isListDue && !query.isFetching && drawn === now;
  return (
    <Command
      label="Find"
      shouldFilter={false}
      loop
      value={value}
      onValueChange={(next) => choose({ under, value: next })}
      // What is shown may not be what is asked for, or not listen yet: both are so once it is drawn.
      onKeyDownCapture={({ key, ctrlKey }) => (acting.has(key) || ctrlKey) && flushSync(() => urge(asked))}
    >
      <Command.Input value={text} onValueChange={setText} placeholder="Table, pipeline, run id, day or page" className="palette-input" />
      <Command.List ref={list} className="palette-list" aria-label="Found">
        {isListDue && <Found asked={drawn.asked} found={drawn.data} shown={shown} onOpen={open} onClose={onClose} onSheet={onSheet} />}
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

type FoundProps = {
  asked: string;
  found: SearchResult | undefined;
  shown: string | undefined;
  onOpen: (thing: RecentThing) => void;
  onClose: () => void;
  onSheet: () => void;
};

const Found = memo(function Found({ asked, found, shown, onOpen, onClose, onSheet }: FoundProps) {
  const areCommandsDue = useSecondFrame();
  return (
    <>
      {asked === "" && <PaletteRecent onOpen={onOpen} />}
      {found && <PaletteFound found={found} asked={asked} onOpen={onOpen} />}
      {areCommandsDue && <PaletteCommands asked={asked} shown={shown} onClose={onClose} onSheet={onSheet} />}
    </>
  );
});
