export interface Span {
  from: number;
  to: number;
}

/** From time to its place, 0 to 1, and back. `gaps` are stretches that were drawn together, each with its place. */
export interface TimeAxis {
  at: (time: number) => number;
  timeAt: (share: number) => number;
  gaps: { at: number; ms: number }[];
}

/** A stretch without activity is worth hiding when it is as long as that, and takes this share of the whole. */
const leastGapMs = 30_000;
const leastGapShare = 0.05;
/** What a hidden stretch still takes, so that one sees that time passed. */
const gapWidth = 0.015;

/** The stretches of the whole in which nothing was active and that are long enough to be worth hiding. */
export function idleSpans(whole: Span, busy: Span[]): Span[] {
  const least = Math.max(leastGapMs, (whole.to - whole.from) * leastGapShare);
  const idle: Span[] = [];
  let end = whole.from;
  for (const { from, to } of busy.toSorted((a, b) => a.from - b.from)) {
    if (from - end >= least) idle.push({ from: end, to: Math.min(from, whole.to) });
    end = Math.max(end, to);
  }
  if (whole.to - end >= least) idle.push({ from: end, to: whole.to });
  return idle;
}

/** An axis in which `hidden` spans, in order and apart from each other, take next to no room. Equal times keep equal order. */
export function timeAxis(whole: Span, hidden: Span[]): TimeAxis {
  const shownMs = whole.to - whole.from - hidden.reduce((sum, { from, to }) => sum + to - from, 0);
  const room = Math.max(0.1, 1 - hidden.length * gapWidth);
  const pieces: (Span & { at: number; width: number })[] = [];
  let at = 0;
  const add = (span: Span, width: number) => {
    pieces.push({ ...span, at, width });
    at += width;
  };
  let from = whole.from;
  for (const gap of hidden) {
    if (gap.from > from) add({ from, to: gap.from }, shownMs === 0 ? 0 : ((gap.from - from) / shownMs) * room);
    add(gap, (1 - room) / hidden.length);
    from = gap.to;
  }
  if (whole.to > from) add({ from, to: whole.to }, shownMs === 0 ? 0 : ((whole.to - from) / shownMs) * room);
  const shareIn = (value: number, low: number, high: number) => (high > low ? (value - low) / (high - low) : 0);
  return {
    at(time) {
      if (time <= whole.from) return 0;
      const piece = pieces.find(({ to }) => time <= to);
      return piece ? piece.at + piece.width * shareIn(time, piece.from, piece.to) : 1;
    },
    timeAt(share) {
      const piece = pieces.find((each) => share <= each.at + each.width) ?? pieces.at(-1);
      if (!piece) return whole.from;
      return piece.from + (piece.to - piece.from) * Math.min(1, Math.max(0, shareIn(share, piece.at, piece.at + piece.width)));
    },
    gaps: hidden.map((gap) => ({
      at: pieces.find(({ from: begin, to }) => begin === gap.from && to === gap.to)?.at ?? 0,
      ms: gap.to - gap.from,
    })),
  };
}

/** The part of the axis on screen, 0 to 1. */
export type View = { from: number; to: number };
export const wholeView: View = { from: 0, to: 1 };
const narrowest = 0.001;

/** Closer for a factor below 1, around a place of the axis; never outside of it. */
export function zoomed({ from, to }: View, factor: number, around = (from + to) / 2): View {
  const width = Math.min(1, Math.max(narrowest, (to - from) * factor));
  const begin = around - ((around - from) / (to - from)) * width;
  return moved({ from: begin, to: begin + width }, 0);
}

export function moved({ from, to }: View, by: number): View {
  const width = to - from;
  const begin = Math.min(1 - width, Math.max(0, from + by * width));
  return { from: begin, to: begin + width };
}

/** What lies between two places of the screen, 0 to 1, in either order. */
export function picked({ from, to }: View, a: number, b: number): View {
  const width = to - from;
  return zoomed({ from: from + width * Math.min(a, b), to: from + width * Math.max(a, b) + Number.EPSILON }, 1);
}
