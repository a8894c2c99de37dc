import { cn } from "@/lib/cn";
import type { CellKind } from "./cell-words";

const meanings: [CellKind, string][] = [
  ["ok", "succeeded"],
  ["retry", "succeeded after a retry"],
  ["fail", "failed"],
  ["block", "not run, upstream failed"],
  ["run", "running"],
  ["queue", "waits"],
  ["skip", "skipped"],
  ["void", "unknown"],
  ["none", "no such task"],
];

/** What each shape means, and the keys. */
export function GridKey() {
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-1 border-t border-line px-3.5 py-2 text-small text-ink-2 desk:px-4">
      {meanings.map(([kind, word]) => (
        <span key={kind} className="inline-flex items-center gap-1.5">
          <span className="gkey" aria-hidden="true">
            <i className={cn("gcell", kind)} />
          </span>
          {word}
        </span>
      ))}
      <span className="ml-auto text-ink-3 max-desk:hidden">arrow keys move, letters find a task, Enter opens</span>
    </div>
  );
}
