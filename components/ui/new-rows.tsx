"use client";

import { Glyph } from "./glyph";

/** What waits to be taken into a list that is being read. */
export function NewRows({ added, moved, onTakeIn }: { added: number; moved: number; onTakeIn: () => void }) {
  if (added === 0 && moved === 0) return null;
  const words = [added > 0 && `${added} new`, moved > 0 && `${moved} moved`].filter(Boolean).join(", ");
  return (
    <button
      type="button"
      onClick={onTakeIn}
      className="-my-2 inline-flex h-8 items-center gap-1.5 rounded-full bg-selected px-2.5 text-small font-[500] text-ink desk:h-6"
    >
      <Glyph name="up" size={12} /> {words}
    </button>
  );
}
