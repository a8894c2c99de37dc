"use client";

import { type ReactNode, useLayoutEffect, useRef } from "react";
import { cn } from "@/lib/cn";

type OverPageProps = { label: string; className: string; onClose: () => void; children: ReactNode };

/**
 * What a key opens over any page: a dialog in the browser's top layer. Escape, a press beside it and leaving it by Tab close it. What is behind it is not
 * locked or hidden by attributes: each of its elements would be styled anew for that.
 */
export function OverPage({ label, className, onClose, children }: OverPageProps) {
  const layer = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const before = document.activeElement;
    const { current } = layer;
    current?.showPopover();
    current?.querySelector<HTMLElement>("input, button")?.focus({ preventScroll: true });
    return () => {
      if (current?.contains(document.activeElement) && before instanceof HTMLElement) before.focus({ preventScroll: true });
    };
  }, []);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a press beside the dialog closes it
    // biome-ignore lint/a11y/useKeyWithClickEvents: the key for it is Escape, which the browser hears
    <div
      ref={layer}
      popover="auto"
      className="over-page"
      onBeforeToggle={({ newState }) => newState === "closed" && onClose()}
      onClick={({ target, currentTarget }) => target === currentTarget && onClose()}
      onBlur={({ relatedTarget, currentTarget }) => {
        if (relatedTarget instanceof Node && !currentTarget.contains(relatedTarget)) onClose();
      }}
    >
      <div role="dialog" aria-modal="true" aria-label={label} className={cn("palette", className)}>
        {children}
      </div>
    </div>
  );
}
