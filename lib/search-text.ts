export interface AskedFor {
  /** In lower case; each must be found. */
  words: string[];
  /** As it was typed: it may be an id. */
  text: string;
  /** A moment or day that the text names, as half-open interval in UTC. */
  span: { from: Date; to: Date } | null;
}

const dayMs = 86_400_000;
const hourMs = 3_600_000;
const minuteMs = 60_000;

/** `2026-11-20`, `2026-11-20T00`, `scheduled__2026-11-20T00:50:00+00:00`: the day, hour or minute that is meant. */
function spanOf(text: string): AskedFor["span"] {
  const found = /(\d{4}-\d{2}-\d{2})(?:[T ](\d{2})(?::(\d{2})(?::\d{2}(?:\.\d+)?)?)?(Z|[+-]\d{2}:\d{2})?)?/.exec(text);
  if (!found) return null;
  const [, day, hour, minute, zone] = found;
  const from = Date.parse(`${day}T${hour ?? "00"}:${minute ?? "00"}:00${zone ?? "Z"}`);
  if (Number.isNaN(from)) return null;
  const length = minute !== undefined ? minuteMs : hour !== undefined ? hourMs : dayMs;
  return { from: new Date(from), to: new Date(from + length) };
}

const mostWords = 8;

export function askedFor(q: string): AskedFor {
  const text = q.trim();
  return { text, words: text.toLowerCase().split(/\s+/).filter(Boolean).slice(0, mostWords), span: spanOf(text) };
}

/** How well a name answers: whole, from its beginning, from the beginning of a part, anywhere; 0 where a word is not in it. */
export function nearness(name: string, { words, text }: AskedFor): number {
  const lower = name.toLowerCase();
  if (words.length === 0 || !words.every((word) => lower.includes(word))) return 0;
  if (lower === text.toLowerCase()) return 4;
  if (lower.startsWith(words[0] ?? "")) return 3;
  return words.some((word) => lower.split(/[._\-/ ]/).some((part) => part.startsWith(word))) ? 2 : 1;
}
