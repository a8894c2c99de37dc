"use client";

import { type ReactNode, useCallback, useId, useState } from "react";
import { cn } from "@/lib/cn";

function abortable() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

const marginPx = 16;

/** Moves the tip left by as much as it would stick out of the window. */
function keepInside(tip: HTMLElement | null) {
  if (!tip) return;
  tip.style.translate = "";
  const over = tip.getBoundingClientRect().right - (document.documentElement.clientWidth - marginPx);
  if (over > 0) tip.style.translate = `${-over}px 0`;
}

type TipProps = { of: ReactNode; name?: string; children: ReactNode; className?: string };

/** Something whose explanation is one hover, focus or click away; a click keeps it open, Escape closes it. */
export function Tip({ of, name = "How this was computed", children, className }: TipProps) {
  const id = useId();
  const [isKept, setKept] = useState(false);
  const [isNear, setNear] = useState(false);
  const isOpen = isKept || isNear;
  // Hover and Escape belong to the button and its tip together, so they are heard on what wraps both.
  const wire = useCallback((wrapper: HTMLElement | null) => {
    if (!wrapper) return;
    const { signal, abort } = abortable();
    wrapper.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && setNear(true), { signal });
    wrapper.addEventListener("pointerleave", () => setNear(false), { signal });
    wrapper.addEventListener(
      "keydown",
      (event) => {
        if (event.key !== "Escape") return;
        setKept(false);
        setNear(false);
      },
      { signal },
    );
    return abort;
  }, []);
  return (
    <span ref={wire} className={cn("relative inline-flex flex-wrap items-baseline gap-x-2", className)}>
      {of}
      <button
        type="button"
        aria-expanded={isOpen}
        aria-controls={id}
        className="text-small text-flow underline decoration-dotted underline-offset-3"
        onClick={() => setKept(!isKept)}
        onFocus={() => setNear(true)}
        onBlur={() => setNear(false)}
      >
        {name}
      </button>
      <span
        id={id}
        ref={isOpen ? keepInside : undefined}
        role="note"
        hidden={!isOpen}
        className="absolute top-full left-0 z-10 w-[min(380px,calc(100vw-48px))] pt-1 whitespace-normal"
      >
        <span className="block rounded-[8px] bg-raised px-3 py-2.5 text-small text-ink shadow-float">{children}</span>
      </span>
    </span>
  );
}
