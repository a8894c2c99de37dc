"use client";

import { cn } from "@/lib/cn";
import { useNow } from "@/lib/format/now";
import { sourceLabel } from "@/lib/format/sources";
import { clock, moment } from "@/lib/format/time";
import { useZone } from "@/lib/format/zone";
import { Glyph } from "./glyph";

export type Source = {
  name: string;
  environment: string;
  state: "ok" | "stale" | "failed";
  asOf: string | null;
  reason?: string | undefined;
};

const look = {
  ok: { glyph: "live", className: "text-ink-3", shape: "text-ok-mark" },
  stale: { glyph: "stale", className: "text-late-ink", shape: "" },
  failed: { glyph: "lost", className: "text-fail-ink", shape: "" },
} as const;

/** The age of one source, with the reason when it is behind. */
export function SourceAge({ source, children }: { source: Source; children?: React.ReactNode }) {
  const zone = useZone();
  const now = useNow(60_000);
  const { glyph, className, shape } = look[source.state];
  const at = source.asOf ? moment(source.asOf, now, zone, true) : "never read";
  const word = { ok: "Current, as of ", stale: "Behind, as of ", failed: "Not readable, last as of " }[source.state];
  return (
    <span className={cn("inline-flex items-center gap-[5px] text-micro whitespace-nowrap", className)}>
      <Glyph name={glyph} size={12} className={shape} />
      <span className="sr-only">{source.asOf ? word : ""}</span>
      {at}
      {children}
    </span>
  );
}

/** When the numbers of a panel were true: quiet when all their sources are current, else naming the one that is behind. */
export function AsOf({ at, sources = [], isOld = false }: { at: string; sources?: Source[]; isOld?: boolean }) {
  const zone = useZone();
  const now = useNow(60_000);
  const behind = sources.filter((source) => source.state !== "ok");
  const [worst] = behind;
  if (isOld) {
    return (
      <span className="inline-flex items-center gap-[5px] text-micro whitespace-nowrap text-late-ink">
        <Glyph name="stale" size={12} />
        <span className="sr-only">Last answer </span>
        {moment(at, now, zone, true)}
      </span>
    );
  }
  return (
    <span className={cn("inline-flex items-center gap-[5px] text-micro whitespace-nowrap", worst ? "text-late-ink" : "text-ink-3")}>
      <Glyph name={worst ? "partial" : "live"} size={12} className={worst ? "" : "text-ok-mark"} />
      <span className="sr-only">{worst ? "Partly behind, as of " : "Current, as of "}</span>
      {moment(at, now, zone, true)}
      {worst && (
        <span>
          · {sourceLabel(worst.name)}
          {worst.asOf ? ` ${clock(worst.asOf, zone)}` : " not read"}
          {behind.length > 1 && ` +${behind.length - 1}`}
        </span>
      )}
    </span>
  );
}
