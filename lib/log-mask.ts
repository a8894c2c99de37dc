/** A piece of a log line: as written, or something that differs from run to run, by the word that stands for it. */
export interface MaskPart {
  text: string;
  mask: string | null;
}

/*
 * Surest first: what one pattern takes, the next ones do not see. Each has bounded repetition, so that a line of any length is read once.
 */
const masks: { word: string; pattern: RegExp }[] = [
  { word: "time", pattern: /\d{4}-\d{2}-\d{2}[T_ ]\d{2}[:_]\d{2}(?:[:_]\d{2})?(?:[.,]\d{1,9})?(?:Z|\s?[+-]\d{2}[:_]?\d{2})?(?!\d)/ },
  { word: "time", pattern: /(?<!\d)\d{2}\/\d{2}\/\d{2} \d{2}:\d{2}:\d{2}(?!\d)/ },
  { word: "date", pattern: /(?<!\d)\d{4}[-/]\d{2}[-/]\d{2}(?!\d)/ },
  { word: "time", pattern: /(?<!\d)\d{1,2}:\d{2}:\d{2}(?:[.,]\d{1,9})?(?!\d)/ },
  { word: "id", pattern: /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/i },
  { word: "run", pattern: /\b(?:jr|spark|application|job|task|attempt)_[0-9a-f][0-9a-f_]{7,100}/i },
  { word: "arn", pattern: /\barn:aws[\w-]{0,10}:[\w-]{1,40}:[\w-]{0,30}:\d{0,12}:[^\s"',)\]}]{1,300}/ },
  { word: "digest", pattern: /\bsha256:[0-9a-f]{12,64}\b/ },
  { word: "address", pattern: /(?<![\d.])\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?::\d{1,5})?(?![\d.])/ },
  { word: "address", pattern: /\bip-\d{1,3}-\d{1,3}-\d{1,3}-\d{1,3}\b/ },
  { word: "id", pattern: /\b0x[0-9a-f]{4,16}\b/i },
  { word: "id", pattern: /\b(?=[0-9a-f]{0,40}[a-f])(?=[0-9a-f]{0,40}\d)[0-9a-f]{12,128}\b/i },
  { word: "size", pattern: /(?<![\w.])\d[\d,]{0,20}(?:\.\d{1,9})?\s?(?:[KMGT]i?B|kB|bytes)\b/ },
  { word: "duration", pattern: /(?<![\w.])\d[\d,]{0,20}(?:\.\d{1,9})?\s?(?:ms|s|sec|seconds|m|min|minutes|h|hours)\b/ },
  { word: "n", pattern: /(?<![A-Za-z_\d.])[-+]?\d[\d,]{0,20}(?:\.\d{1,20})?(?:e[-+]?\d{1,3})?(?![A-Za-z_\d])/i },
  // Numbers that are part of a name: worker-3, part-00012, executor_7.
  { word: "n", pattern: /(?<=[-_])\d{1,20}(?![A-Za-z\d])/ },
];

const all = new RegExp(masks.map(({ pattern }, index) => `(?<m${index}>${pattern.source})`).join("|"), "gi");
/** Beyond that a line is compared by its beginning: nobody reads the rest of a dump, and its shape says nothing. */
const mostLength = 2_000;

/** A line cut into what stays from run to run and what does not. */
export function maskLine(text: string): MaskPart[] {
  const parts: MaskPart[] = [];
  const line = text.slice(0, mostLength);
  let from = 0;
  for (const match of line.matchAll(all)) {
    const [found] = match;
    if (match.index > from) parts.push({ text: line.slice(from, match.index), mask: null });
    const index = Object.entries(match.groups ?? {}).findIndex(([, value]) => value !== undefined);
    parts.push({ text: found, mask: masks[index]?.word ?? "n" });
    from = match.index + found.length;
  }
  if (from < line.length) parts.push({ text: line.slice(from), mask: null });
  return parts;
}

/** Lines that say the same about other times, ids and counts have the same shape. */
export const shapeOf = (text: string): string =>
  maskLine(text)
    .map(({ text: part, mask }) => (mask === null ? part : `‹${mask}›`))
    .join("");
