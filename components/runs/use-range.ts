"use client";

import { type Dispatch, type SetStateAction, useEffect, useRef, useState } from "react";
import { picked, type View, zoomed } from "@/lib/time-axis";

const dragPx = 5;
const wheelStep = 0.85;

/** Zooming with the mouse: Ctrl and the wheel around the pointer, or a range that is dragged over. `plot` lies where time is drawn, in the part that listens. */
export function useRange(setView: Dispatch<SetStateAction<View>>) {
  const plot = useRef<HTMLDivElement>(null);
  const [range, setRange] = useState<View | null>(null);
  useEffect(() => {
    const area = plot.current?.parentElement;
    if (!area) return;
    const controller = new AbortController();
    const { signal } = controller;
    let from: { x: number; clientX: number } | null = null;
    let hasDragged = false;
    const placeOf = (clientX: number) => {
      const { left = 0, width = 1 } = plot.current?.getBoundingClientRect() ?? {};
      return (clientX - left) / (width || 1);
    };
    const inPlot = (clientX: number) => Math.min(1, Math.max(0, placeOf(clientX)));
    // Heard on the element itself: React's own listener may not keep the page from zooming.
    const onWheel = (event: WheelEvent) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      const x = inPlot(event.clientX);
      setView((view) => zoomed(view, event.deltaY < 0 ? wheelStep : 1 / wheelStep, view.from + x * (view.to - view.from)));
    };
    const onDown = (event: PointerEvent) => {
      hasDragged = false;
      const x = placeOf(event.clientX);
      from = event.pointerType === "mouse" && event.button === 0 && x >= 0 && x <= 1 ? { x, clientX: event.clientX } : null;
    };
    const onMove = (event: PointerEvent) => {
      if (!from || (!hasDragged && Math.abs(event.clientX - from.clientX) < dragPx)) return;
      hasDragged = true;
      const x = inPlot(event.clientX);
      setRange({ from: Math.min(from.x, x), to: Math.max(from.x, x) });
    };
    const onUp = (event: PointerEvent) => {
      const start = from;
      from = null;
      setRange(null);
      if (start && hasDragged) setView((view) => picked(view, start.x, inPlot(event.clientX)));
    };
    // The end of a drag over a line is not a click on it; a click by key has no pointer before it.
    const onClick = (event: MouseEvent) => {
      if (!hasDragged || event.detail === 0) return;
      hasDragged = false;
      event.preventDefault();
      event.stopPropagation();
    };
    area.addEventListener("wheel", onWheel, { signal, passive: false });
    area.addEventListener("pointerdown", onDown, { signal });
    area.addEventListener("dragstart", (event) => event.preventDefault(), { signal });
    area.addEventListener("click", onClick, { signal, capture: true });
    window.addEventListener("pointermove", onMove, { signal });
    window.addEventListener("pointerup", onUp, { signal });
    return () => controller.abort();
  }, [setView]);
  return { plot, range };
}
