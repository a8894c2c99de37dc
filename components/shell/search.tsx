"use client";

import { useRouter } from "next/navigation";
import { useCallback, useEffect, useState } from "react";
import { tinykeys } from "tinykeys";
import { Glyph } from "@/components/ui/glyph";
import { onDemand } from "@/components/ui/on-demand";
import { usePainted } from "@/components/ui/use-painted";
import { listOf } from "@/lib/paths";
import { isTyping, shortcuts } from "@/lib/shortcuts";
import { useShownEnvironment } from "@/lib/shown-environment";
import { actionOf, areSingleKeysOn, useShortcut } from "@/lib/use-shortcut";

const Palette = onDemand(() => import("./palette").then(({ Palette: Whole }) => Whole));
const ShortcutSheet = onDemand(() => import("./shortcut-sheet").then(({ ShortcutSheet: Sheet }) => Sheet));

/** The field that opens the palette, and the keys of every page. */
export function Search() {
  const [open, setOpen] = useState<"palette" | "sheet" | null>(null);
  // The key counts at once, so that the next one is not a page's; what opens is drawn after that frame, what closes in it.
  const drawn = usePainted(open);
  const isDrawn = (which: "palette" | "sheet") => open === which && drawn === which;
  useShortcut("palette", () => setOpen(open === "palette" ? null : "palette"));
  useShortcut("search", () => setOpen("palette"));
  useShortcut("sheet", () => setOpen("sheet"));
  useKeys(open !== null);
  const close = useCallback(() => setOpen(null), []);
  const showSheet = useCallback(() => setOpen("sheet"), []);
  return (
    <>
      <button
        type="button"
        className="find"
        aria-haspopup="dialog"
        aria-keyshortcuts="Control+K Meta+K"
        onPointerEnter={() => Palette.load()}
        onClick={() => setOpen("palette")}
      >
        <Glyph name="search" size={14} />
        <span className="max-desk:sr-only">Find a table, run…</span>
        <kbd className="ml-auto max-desk:hidden">⌘K</kbd>
      </button>
      {isDrawn("palette") && <Palette onClose={close} onSheet={showSheet} />}
      {isDrawn("sheet") && <ShortcutSheet onClose={close} />}
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
    const unbind = tinykeys(window, Object.fromEntries(bindings));
    // The first half of Ctrl-K.
    const near = ({ key }: KeyboardEvent) => void ((key === "Control" || key === "Meta") && Palette.load());
    window.addEventListener("keydown", near);
    return () => {
      unbind();
      window.removeEventListener("keydown", near);
    };
  }, [router, shown, isOpen]);
}

const isOverDialog = (target: EventTarget | null) => target instanceof Element && target.closest("[role=dialog], [popover]") !== null;
