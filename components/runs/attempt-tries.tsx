"use client";

import Link from "next/link";
import { Glyph } from "@/components/ui/glyph";
import { toneClass } from "@/components/ui/state";
import { cn } from "@/lib/cn";
import { attemptSaid } from "@/lib/format/states";
import { paths } from "@/lib/paths";
import type { AttemptRef } from "@/lib/schemas/attempt";
import type { RunId } from "@/lib/schemas/run";

/** The tries of one task, each with a page of its own. */
export function AttemptTries({ id, tries, selectedId }: { id: RunId; tries: AttemptRef[]; selectedId: string }) {
  if (tries.length < 2) return <span className="text-small text-ink-3">only try</span>;
  return (
    <nav aria-label="Tries" className="seg small flex-wrap">
      {tries.map((each) => {
        const { tone, glyph, word } = attemptSaid[each.state];
        return (
          <Link
            key={each.id}
            href={paths.attemptPage(id, each.taskId, each.tryNumber, each.mapIndex)}
            aria-current={each.id === selectedId ? "page" : undefined}
            prefetch={false}
            replace
          >
            <Glyph name={glyph} size={12} className={cn(toneClass[tone], "text-(--c)")} />
            Try {each.tryNumber}
            <span className="sr-only">, {word.toLowerCase()}</span>
          </Link>
        );
      })}
    </nav>
  );
}
