/** One key or sequence and what it does: the sheet and the handlers read the same list. `keys` as tinykeys has them. */
export interface Shortcut {
  id: string;
  keys: string[];
  /** As the sheet prints them. */
  shown: string[];
  says: string;
  group: "Find" | "Go to" | "On a page";
  /** Without Ctrl or ⌘ a key may be pressed by accident, or by voice: these can be switched off (WCAG 2.1.4). */
  isSingle: boolean;
  href?: string;
}

const single = (id: string, keys: string[], says: string, group: Shortcut["group"], more: Partial<Shortcut> = {}): Shortcut => ({
  id,
  keys,
  shown: (keys[0] ?? "").split(" "),
  says,
  group,
  isSingle: true,
  ...more,
});

export const shortcuts: Shortcut[] = [
  {
    id: "palette",
    keys: ["$mod+k"],
    shown: ["Ctrl or ⌘", "K"],
    says: "Find any table, pipeline, run or page",
    group: "Find",
    isSingle: false,
  },
  // Where / needs Shift, as on many European keyboards, it arrives with it.
  single("search", ["/", "Shift+/"], "The same", "Find"),
  single("sheet", ["Shift+?", "?"], "This list", "Find", { shown: ["?"] }),
  single("status", ["g s"], "Status", "Go to", { href: "/" }),
  single("tables", ["g t"], "Tables", "Go to", { href: "/tables" }),
  single("runs", ["g r"], "Runs", "Go to", { href: "/runs" }),
  single("pipelines", ["g p"], "Pipelines", "Go to", { href: "/pipelines" }),
  single("activity", ["g a"], "Activity", "Go to", { href: "/activity" }),
  single("next-error", ["n"], "Next error of the log", "On a page"),
  single("previous-error", ["p"], "Previous error of the log", "On a page"),
  single("compare", ["c"], "What changed since the last good run", "On a page"),
];

export type ShortcutId = "palette" | "search" | "sheet" | "next-error" | "previous-error" | "compare";

/** Whether what is typed belongs to a field rather than to the page. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.closest("input, textarea, select, [role=textbox], [role=combobox]") !== null;
}
