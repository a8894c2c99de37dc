"use client";

import { type KeyboardEvent, type MouseEvent, useState } from "react";

export type Selection = {
  has: (id: string) => boolean;
  ids: string[];
  /** With `isRange`: all rows from the one that was chosen last to this one. */
  toggle: (id: string, isRange: boolean) => void;
  clear: () => void;
};

/** Which rows of a list are chosen; what has left the list is chosen no more. */
export function useSelection(order: string[]): Selection {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [anchor, setAnchor] = useState<string | null>(null);
  const ids = order.filter((id) => chosen.has(id));
  const toggle = (id: string, isRange: boolean) => {
    const next = new Set(ids);
    const [from, to] = [anchor === null ? -1 : order.indexOf(anchor), order.indexOf(id)];
    if (isRange && from >= 0) for (const each of order.slice(Math.min(from, to), Math.max(from, to) + 1)) next.add(each);
    else if (!next.delete(id)) next.add(id);
    setAnchor(id);
    setChosen(next);
  };
  return { ids, has: (id) => chosen.has(id), toggle, clear: () => setChosen(new Set()) };
}

/** Space chooses, Shift with Space or a click chooses a range, the arrows go from row to row. */
export function RowBox({ id, selection, label }: { id: string; selection: Selection; label: string }) {
  const onClick = (event: MouseEvent) => selection.toggle(id, event.shiftKey);
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === " " && event.shiftKey) {
      event.preventDefault();
      selection.toggle(id, true);
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const boxes = [...(event.currentTarget.closest("table")?.querySelectorAll<HTMLInputElement>("input[data-row-box]") ?? [])];
    boxes[boxes.indexOf(event.currentTarget) + step]?.focus();
  };
  return (
    <label className="grid size-10 place-items-center desk:-m-1 desk:size-6">
      <input
        type="checkbox"
        data-row-box
        className="size-6 desk:size-3.5"
        aria-label={label}
        checked={selection.has(id)}
        onChange={() => undefined}
        onClick={onClick}
        onKeyDown={onKeyDown}
      />
    </label>
  );
}
