import { useState } from "react";

/**
 * Which columns are drawn, by those that a window needs: with `more` at either side, and kept until the window leaves them, so that
 * scrolling sideways seldom draws a row anew.
 */
export function useBand(from: number, to: number, count: number, more: number): { first: number; last: number } {
  const [band, setBand] = useState({ first: 0, last: -1, count, more });
  if (from >= band.first && to <= band.last && count === band.count && more === band.more) return band;
  const next = { first: Math.max(0, from - more), last: Math.min(count - 1, to + more), count, more };
  if (next.first !== band.first || next.last !== band.last || count !== band.count || more !== band.more) setBand(next);
  return next;
}
