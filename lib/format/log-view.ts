import type { LogLevel, LogLine, LogSource } from "@/lib/schemas/attempt";

export type LogView = { hidden: ReadonlySet<LogSource>; levels: ReadonlySet<LogLevel>; search: string };

/** A line with its number in the whole log, which stays when others are hidden. */
export type ShownLine = { line: LogLine; number: number; isFound: boolean };

export const noView: LogView = { hidden: new Set(), levels: new Set(), search: "" };

/** The lines to show; a search marks lines, it hides none. */
export function shownLines(lines: LogLine[], view: LogView): ShownLine[] {
  const wanted = view.search.trim().toLowerCase();
  const shown: ShownLine[] = [];
  for (const [index, line] of lines.entries()) {
    if (view.hidden.has(line.source)) continue;
    if (view.levels.size > 0 && (line.level === null || !view.levels.has(line.level))) continue;
    shown.push({ line, number: index + 1, isFound: wanted !== "" && line.text.toLowerCase().includes(wanted) });
  }
  return shown;
}

export function countBy<K extends string>(lines: LogLine[], keyOf: (line: LogLine) => K | null): Map<K, number> {
  const counts = new Map<K, number>();
  for (const line of lines) {
    const key = keyOf(line);
    if (key !== null) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/** Positions, in what is shown, of errors or of what is searched for. */
export function positions(shown: ShownLine[], kind: "error" | "found"): number[] {
  return shown.flatMap(({ line, isFound }, at) => ((kind === "error" ? line.level === "error" : isFound) ? [at] : []));
}

export type LogCounts = { bySource: ReadonlyMap<LogSource, number>; byLevel: ReadonlyMap<LogLevel, number> };

export const countLines = (lines: LogLine[]): LogCounts => ({
  bySource: countBy(lines, ({ source }) => source),
  byLevel: countBy(lines, ({ level }) => level),
});

/** As many lines as a log shows at once. */
const openingLength = 26;

/** The lines at which a log opens: around its first error where the attempt has failed, else its last. */
export function openingOf(lines: LogLine[], hasFailed: boolean): { line: LogLine; number: number }[] {
  const firstError = hasFailed ? lines.findIndex(({ level }) => level === "error") : -1;
  const wanted = firstError === -1 ? lines.length : firstError - openingLength / 2;
  const from = Math.max(0, Math.min(wanted, lines.length - openingLength));
  return lines.slice(from, from + openingLength).map((line, at) => ({ line, number: from + at + 1 }));
}

/** The text cut into what matches and what does not. */
export function cutByMatch(text: string, search: string): { text: string; isMatch: boolean; at: number }[] {
  const wanted = search.trim().toLowerCase();
  if (wanted === "") return [{ text, isMatch: false, at: 0 }];
  const lower = text.toLowerCase();
  const parts: { text: string; isMatch: boolean; at: number }[] = [];
  let from = 0;
  for (let at = lower.indexOf(wanted); at !== -1; at = lower.indexOf(wanted, from)) {
    if (at > from) parts.push({ text: text.slice(from, at), isMatch: false, at: from });
    parts.push({ text: text.slice(at, at + wanted.length), isMatch: true, at });
    from = at + wanted.length;
  }
  if (from < text.length) parts.push({ text: text.slice(from), isMatch: false, at: from });
  return parts;
}

/** The lines as a text file: instant, source with its stream, level and text, each line's own breaks kept. */
export function logText(lines: LogLine[]): string {
  return lines
    .map(({ at, source, stream, level, text }) => `${[at ?? "-", `${source}:${stream}`, level?.toUpperCase() ?? "-"].join(" ")} ${text}\n`)
    .join("");
}
