"use client";

import dynamic from "next/dynamic";
import { useRouter } from "next/navigation";
import { useDeferredValue, useEffect, useState } from "react";
import { tinykeys } from "tinykeys";
import { Glyph } from "@/components/ui/glyph";
import { listOf } from "@/lib/paths";
import { isTyping, shortcuts } from "@/lib/shortcuts";
import { useShownEnvironment } from "@/lib/shown-environment";
import { actionOf, areSingleKeysOn, useShortcut } from "@/lib/use-shortcut";

const Palette = dynamic(() => import("./palette").then(({ Palette: Whole }) => Whole), { ssr: false });
const ShortcutSheet = dynamic(() => import("./shortcut-sheet").then(({ ShortcutSheet: Sheet }) => Sheet), { ssr: false });

/** The field that opens the palette, and the keys of every page. */
export function Search() {
  const [open, setOpen] = useState<"palette" | "sheet" | null>(null);
  const [wasOpened, setOpened] = useState(false);
  // The key counts at once, so that the next one is not a page's; what opens is drawn after that frame, what closes in it.
  const drawn = useDeferredValue(open);
  const isDrawn = (which: "palette" | "sheet") => open === which && drawn === which;
  const show = (which: "palette" | "sheet" | null) => {
    setOpened(true);
    setOpen(which);
  };
  useShortcut("palette", () => show(open === "palette" ? null : "palette"));
  useShortcut("search", () => show("palette"));
  useShortcut("sheet", () => show("sheet"));
  useKeys(open !== null);
  return (
    <>
      <button type="button" className="find" aria-haspopup="dialog" aria-keyshortcuts="Control+K Meta+K" onClick={() => show("palette")}>
        <Glyph name="search" size={14} />
        <span className="max-desk:sr-only">Find a table, run…</span>
        <kbd className="ml-auto max-desk:hidden">⌘K</kbd>
      </button>
      {wasOpened && (
        <Palette isOpen={isDrawn("palette")} onOpen={(isOpen) => show(isOpen ? "palette" : null)} onSheet={() => show("sheet")} />
      )}
      {wasOpened && <ShortcutSheet isOpen={isDrawn("sheet")} onOpen={(isOpen) => show(isOpen ? "sheet" : null)} />}
    </>
  );
}

/** Hears every key of the list; what is typed into a field or over an open dialog belongs to that. */
function useKeys(isOpen: boolean) {
  const router = useRouter();
  const shown = useShownEnvironment();
  useEffect(() => {
    const bindings = shortcuts.flatMap(({ id, keys, isSingle, href }) =>
      keys.map((pressed): [string, (event: KeyboardEvent) => void] => [
        pressed,
        (event) => {
          if (isSingle && (isOpen || isTyping(event.target) || !areSingleKeysOn() || isOverDialog(event.target))) return;
          const action = href === undefined ? actionOf(id) : () => router.push(listOf(href, shown));
          if (!action) return;
          event.preventDefault();
          action();
        },
      ]),
    );
    return tinykeys(window, Object.fromEntries(bindings));
  }, [router, shown, isOpen]);
}

const isOverDialog = (target: EventTarget | null) => target instanceof Element && target.closest("[role=dialog], [popover]") !== null;
