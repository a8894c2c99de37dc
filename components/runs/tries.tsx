"use client";

import Link from "next/link";
import { Glyph } from "@/components/ui/glyph";
import { toneClass } from "@/components/ui/state";
import { cn } from "@/lib/cn";
import { attemptSaid } from "@/lib/format/states";
import { paths } from "@/lib/paths";
import type { Attempt } from "@/lib/schemas/attempt";
import type { RunId } from "@/lib/schemas/run";

/** The tries of one task; each is a link, so that the address names what is shown. */
export function Tries({ run, tries, selectedId }: { run: RunId; tries: Attempt[]; selectedId: string }) {
  if (tries.length < 2) return null;
  return (
    <nav aria-label="Tries" className="seg small">
      {tries.map((attempt) => {
        const { tone, glyph, word } = attemptSaid[attempt.state];
        return (
          <Link
            key={attempt.id}
            href={paths.attempt(run, attempt.taskId, attempt.tryNumber, attempt.mapIndex)}
            aria-current={attempt.id === selectedId || undefined}
            prefetch={false}
            scroll={false}
            replace
          >
            <Glyph name={glyph} size={12} className={cn(toneClass[tone], "text-(--c)")} />
            Try {attempt.tryNumber}
            <span className="sr-only">, {word.toLowerCase()}</span>
          </Link>
        );
      })}
    </nav>
  );
}
