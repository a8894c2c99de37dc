"use client";

import Link from "next/link";
import type { ReactNode } from "react";
import { useNow } from "@/lib/format/now";
import { sentences } from "@/lib/format/sentence";
import { behindFor, behindTogether, type PageKind } from "@/lib/format/sources";
import { clock, moment, span } from "@/lib/format/time";
import { useZone } from "@/lib/format/zone";
import type { Source } from "./as-of";
import { Notice } from "./notice";

type Failure = { title: string; detail: string; system?: string | undefined; remedy?: string | undefined };

type HonestyProps = {
  page: PageKind;
  /** The answer on screen; absent while there is none. */
  answer: { asOf: string; sources: Source[] } | undefined;
  /** Why the last read of this page failed; null while all is well. */
  broken: Failure | null;
};

const mostNamed = 3;
const some = (environments: string[]) =>
  environments.length > mostNamed
    ? `${environments.length} environments`
    : `${environments.slice(0, -1).join(", ")} and ${environments.at(-1)}`;

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** What the reader must know about the age of a page: at most one notice for a failed read, one for each system and way in which it is behind. */
export function Honesty({ page, answer, broken }: HonestyProps) {
  const zone = useZone();
  const now = useNow();
  const behind = answer ? behindTogether(behindFor(page, answer.sources)) : [];
  return (
    <>
      {broken && (
        <Notice tone="fail" glyph="lost">
          <b>{capital(broken.system ?? "Penstock")} does not answer.</b>{" "}
          {answer ? (
            <>
              What you see is from {clock(answer.asOf, zone, true)}, {span(Math.max(0, now - Date.parse(answer.asOf)))} old; it comes back
              by itself.
            </>
          ) : (
            <>{broken.remedy ? "" : sentences(broken.detail)} This page fills by itself as soon as it is back.</>
          )}
          {broken.remedy && <span className="text-ink-2"> {sentences(broken.remedy)}</span>}
        </Notice>
      )}
      {behind.map(({ source, label, effect, environments }) => (
        <Notice
          key={`${source.environment} ${source.name}`}
          tone={source.state === "failed" ? "fail" : "late"}
          glyph={source.state === "failed" ? "lost" : "stale"}
        >
          <b>{label}</b>
          {environments.length > 1 && ` of ${some(environments)}`}{" "}
          {source.asOf
            ? `answered last at ${moment(source.asOf, now, zone)}${environments.length > 1 ? " where it is longest ago" : ""}`
            : "has not answered yet"}
          {source.reason ? ` (${source.reason})` : ""}. {effect} <SourcesLink>Sources</SourcesLink>
        </Notice>
      ))}
    </>
  );
}

function SourcesLink({ children }: { children: ReactNode }) {
  return (
    <Link href="/#sources" prefetch={false} className="underline decoration-1 underline-offset-3">
      {children}
    </Link>
  );
}
