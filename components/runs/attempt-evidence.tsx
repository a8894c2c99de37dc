"use client";

import { Glyph } from "@/components/ui/glyph";
import type { Failure } from "@/lib/schemas/attempt";

const help = {
  yes: "Running it again may help.",
  no: "Rerunning as is will not help.",
  unknown: "Unknown whether running it again helps.",
};

/** Why it failed, before its log: the kind, whether a retry helps, what to do. */
export function AttemptEvidence({ failure }: { failure: Failure }) {
  return (
    <div className="mx-3.5 mb-2.5 grid gap-1 rounded-control bg-fail-wash px-3 py-2 desk:mx-4">
      <p className="flex flex-wrap items-center gap-x-2 gap-y-0.5">
        <Glyph name="fail" size={14} className="text-fail-ink" />
        <b>{failure.title}</b>
        <span className="tag">{failure.system}</span>
        <span>{help[failure.doesRetryHelp]}</span>
      </p>
      <p className="[overflow-wrap:anywhere]">{failure.advice}</p>
    </div>
  );
}
