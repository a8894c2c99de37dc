"use client";

import Link from "next/link";
import { createElement, Fragment, type ReactNode } from "react";
import { cn } from "@/lib/cn";
import { useNow } from "@/lib/format/now";
import { clock, longDay, moment } from "@/lib/format/time";
import { useZone } from "@/lib/format/zone";
import { Glyph } from "./glyph";
import type { ToneName } from "./state";

type Part = { text: string; tone?: ToneName | undefined; at?: string | undefined };

const inkOf: Record<ToneName, string> = {
  ok: "",
  run: "text-run-ink",
  late: "text-late-ink",
  fail: "text-fail-ink",
  mute: "text-mute-ink",
};

/** The sentence that answers the question of the page; an instant in it is printed in the zone of the page. */
export function Sentence({ parts }: { parts: Part[] }) {
  const zone = useZone();
  const now = useNow(60_000);
  const said = parts.map((part) => {
    const text = part.at ? moment(part.at, now, zone) : part.text;
    return createElement("span", { className: part.tone && inkOf[part.tone] }, text);
  });
  return createElement(Fragment, null, ...said);
}

/** The answer of a page under its question or its place. */
export function Answer({ parts, isObject = false }: { parts: Part[]; isObject?: boolean }) {
  return (
    <h1
      className={cn(
        "text-balance tracking-[-.022em] font-answer [overflow-wrap:anywhere]",
        isObject ? "text-[1.375rem]/[1.6875rem] desk:text-[1.625rem]/8" : "text-[1.5rem]/[1.8125rem] desk:text-answer",
      )}
    >
      <Sentence parts={parts} />
    </h1>
  );
}

export function Question({ children }: { children: ReactNode }) {
  return <p className="mb-1.5 flex flex-wrap items-center gap-1.5 text-small text-ink-3">{children}</p>;
}

type Crumb = { name: string; href?: string };

export function Crumbs({ items }: { items: Crumb[] }) {
  return (
    <nav aria-label="Breadcrumb" className="mb-1.5">
      <ol className="flex flex-wrap items-center gap-1.5 text-small text-ink-3">
        {items.map(({ name, href }, index) => (
          <li key={href ?? name} className="flex min-w-0 items-center gap-1.5">
            {index > 0 && <Glyph name="right" size={10} className="opacity-70" />}
            {href ? (
              <Link href={href} prefetch={false} className="max-w-[48ch] truncate py-0.5" title={name}>
                {name}
              </Link>
            ) : (
              <span aria-current="page" className="max-w-[48ch] truncate" title={name}>
                {name}
              </span>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}

/** Heading at the left, actions at the right; stacked on a phone. */
export function Head({ children, acts, isTop = false }: { children: ReactNode; acts?: ReactNode; isTop?: boolean }) {
  return (
    <div className={cn("mb-3.5 desk:mb-5 desk:flex desk:justify-between desk:gap-6", isTop ? "desk:items-start" : "desk:items-end")}>
      <div className="min-w-0">{children}</div>
      {acts && (
        <div className="mt-3 flex flex-wrap items-center gap-2 desk:mt-0 desk:flex-none [&>.btn]:flex-1 desk:[&>.btn]:flex-none">
          {acts}
        </div>
      )}
    </div>
  );
}

/** `Tuesday 17 March, 08:35` is set once under the question of a page. */
export function Today() {
  const zone = useZone();
  const now = useNow(60_000);
  return (
    <time dateTime={new Date(now).toISOString()}>
      {longDay(now, zone)}, {clock(now, zone)}
    </time>
  );
}
