"use client";

import { z } from "zod/mini";

const RecentThing = z.object({ kind: z.enum(["table", "pipeline", "run", "page"]), name: z.string(), note: z.string(), href: z.string() });
export type RecentThing = z.infer<typeof RecentThing>;

const key = "recently-found";
const most = 6;

/** What was opened from the palette last, in this browser. */
export function readRecent(): RecentThing[] {
  try {
    const kept = z.safeParse(z.array(RecentThing), JSON.parse(localStorage.getItem(key) ?? "[]"));
    // A kept address leads within Penstock or nowhere.
    return kept.success ? kept.data.filter(({ href }) => /^\/(?!\/)/.test(href)).slice(0, most) : [];
  } catch {
    return [];
  }
}

export function keepRecent(thing: RecentThing) {
  try {
    const others = readRecent().filter(({ href }) => href !== thing.href);
    localStorage.setItem(key, JSON.stringify([thing, ...others].slice(0, most)));
  } catch {
    // A browser that keeps nothing cannot keep this either.
  }
}
