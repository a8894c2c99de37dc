import { type RefObject, useLayoutEffect, useState } from "react";

/** What a window shows of an element, in px: its inner width, and its height as far as it reaches into the window. */
export interface Sight {
  width: number;
  height: number;
}

/** Measured before anything is painted; null until then. */
export function useSight(box: RefObject<HTMLElement | null>): Sight | null {
  const [sight, setSight] = useState<Sight | null>(null);
  useLayoutEffect(() => {
    const { current } = box;
    if (current) setSight({ width: current.clientWidth, height: window.innerHeight - current.getBoundingClientRect().top });
  }, [box]);
  return sight;
}

/** The inner width of an element; `first` before it is measured. */
export function useWidth(box: RefObject<HTMLElement | null>, first: number): number {
  const [width, setWidth] = useState(first);
  useLayoutEffect(() => {
    const { current } = box;
    if (!current) return;
    const watch = new ResizeObserver(() => setWidth(current.clientWidth));
    watch.observe(current);
    return () => watch.disconnect();
  }, [box]);
  return width;
}
