import type { ReactNode } from "react";
import { cn } from "@/lib/cn";

export function Facts({ children, className }: { children: ReactNode; className?: string }) {
  return (
    <dl className={cn("mb-4 grid grid-cols-2 gap-x-4 gap-y-2 desk:flex desk:flex-wrap desk:gap-x-8 desk:gap-y-1.5", className)}>
      {children}
    </dl>
  );
}

export function Fact({ name, children, className }: { name: string; children: ReactNode; className?: string }) {
  return (
    <div className={cn("min-w-0", className)}>
      <dt className="text-micro text-ink-3">{name}</dt>
      <dd className="[overflow-wrap:anywhere]">{children}</dd>
    </div>
  );
}

/** A name and its value on one line, the value at the right edge. */
export function Pair({ name, children }: { name: ReactNode; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}
