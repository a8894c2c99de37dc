import type { ReactNode } from "react";
import { cn } from "@/lib/cn";

/** One entry of a chart's key: the mark as it is drawn, and what it means. */
export function Key({ mark, children }: { mark: string; children: ReactNode }) {
  return (
    <span className="inline-flex items-center gap-[5px]">
      <i className={cn("shrink-0", mark)} />
      {children}
    </span>
  );
}
