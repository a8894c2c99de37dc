import type { LogLine, LogPage } from "@/lib/schemas/attempt";

/** All that has been read of one log. `cursor` continues it; `hasMore` says that the last answer was not yet the end of what exists now. */
export type WholeLog = LogPage & { cursor: string | undefined; hasMore: boolean };

const byId = (a: LogLine, b: LogLine) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

/** Adds a page to what is known: each line once, in the order of ids, although streams may deliver late. */
export function mergeLines(known: LogLine[], added: LogLine[]): LogLine[] {
  if (added.length === 0) return known;
  const last = known.at(-1);
  const first = added[0];
  if (!last || (first && last.id < first.id)) return [...known, ...added];
  const seen = new Set(known.map((line) => line.id));
  const fresh = added.filter((line) => !seen.has(line.id));
  return fresh.length === 0 ? known : [...known, ...fresh].sort(byId);
}

export function addPage(known: WholeLog | undefined, page: LogPage): WholeLog {
  return {
    ...page,
    lines: mergeLines(known?.lines ?? [], page.lines),
    cursor: page.nextCursor ?? known?.cursor,
    hasMore: page.nextCursor !== null && page.lines.length > 0,
  };
}
