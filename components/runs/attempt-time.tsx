"use client";

import { Pair } from "@/components/ui/facts";
import { toneClass } from "@/components/ui/state";
import { cn } from "@/lib/cn";
import { duration } from "@/lib/format/duration";
import type { Phase } from "@/lib/format/phases";
import type { Tone } from "@/lib/schemas/common";
import { listClass, unknown } from "./attempt-facts";

const words = ({ name, ms }: Phase) => `${name.toLowerCase()} ${ms === null ? "unknown" : duration(ms)}`;

/** Where the time of an attempt went. A part whose begin or end is not told is said to be unknown, and has no length. */
export function AttemptTime({ phases, tone }: { phases: Phase[]; tone: Tone }) {
  const measured = phases.filter((phase) => phase.ms !== null);
  return (
    <>
      {measured.length > 0 && (
        <div className="cut mx-3.5 desk:mx-4" role="img" aria-label={measured.map(words).join(", ")}>
          {measured.map(({ name, kind, ms }) => (
            <i key={name} className={cn(kind, kind === "run" && toneClass[tone])} style={{ "--v": String(Math.max(1, ms ?? 0)) }} />
          ))}
        </div>
      )}
      <dl className={listClass}>
        {phases.map(({ name, ms, isOpen }) => (
          <Pair key={name} name={name}>
            {ms === null ? unknown : duration(ms)}
            {isOpen && <span className="text-ink-3"> so far</span>}
          </Pair>
        ))}
      </dl>
    </>
  );
}
