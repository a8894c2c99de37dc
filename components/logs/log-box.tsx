import type { ReactNode, Ref } from "react";
import { cn } from "@/lib/cn";

// A region that scrolls must be reachable by keyboard, although nothing in it need be.
const keyboardReach = { tabIndex: 0 };

type LogBoxProps = { ref?: Ref<HTMLDivElement>; label: string; isTall: boolean; onScroll?: () => void; children: ReactNode };

/** The frame of a log's lines, of the same height whatever is in it. */
export function LogBox({ ref, label, isTall, onScroll, children }: LogBoxProps) {
  return (
    <div
      ref={ref}
      role="log"
      aria-label={label}
      aria-live="off"
      {...keyboardReach}
      onScroll={onScroll}
      className={cn(
        "log overflow-auto py-1.5 -outline-offset-2!",
        isTall ? "h-[max(440px,calc(100dvh-360px))] max-desk:h-[440px]" : "h-[440px]",
      )}
    >
      {children}
    </div>
  );
}
