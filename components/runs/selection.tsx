"use client";

import { type KeyboardEvent, type MouseEvent, useCallback, useRef, useState } from "react";

/** With `isRange`: all rows from the one that was chosen last to this one. */
export type Toggle = (id: string, isRange: boolean) => void;

export type Selection = { has: (id: string) => boolean; toggle: Toggle; clear: () => void };

/** Which rows of a list are chosen; what has left the list is chosen no more. `toggle` stays the same one, so that no row is drawn again for it. */
export function useSelection(order: string[]): Selection {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const anchor = useRef<string | null>(null);
  const shown = useRef(order);
  shown.current = order;
  const toggle = useCallback((id: string, isRange: boolean) => {
    const { current } = shown;
    const [from, to] = [anchor.current === null ? -1 : current.indexOf(anchor.current), current.indexOf(id)];
    anchor.current = id;
    setChosen((before) => {
      const next = new Set(current.filter((each) => before.has(each)));
      if (isRange && from >= 0) for (const each of current.slice(Math.min(from, to), Math.max(from, to) + 1)) next.add(each);
      else if (!next.delete(id)) next.add(id);
      return next;
    });
  }, []);
  return { has: (id) => chosen.has(id), toggle, clear: () => setChosen(new Set()) };
}

type RowBoxProps = { id: string; isChosen: boolean; onToggle: Toggle; label: string };

/** Space chooses, Shift with Space or a click chooses a range, the arrows go from row to row. */
export function RowBox({ id, isChosen, onToggle, label }: RowBoxProps) {
  const onClick = (event: MouseEvent) => onToggle(id, event.shiftKey);
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === " " && event.shiftKey) {
      event.preventDefault();
      onToggle(id, true);
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
        checked={isChosen}
        onChange={() => undefined}
        onClick={onClick}
        onKeyDown={onKeyDown}
      />
    </label>
  );
}
