"use client";

import { useEffect, useRef } from "react";
import { Scroller } from "@/components/ui/scroller";
import { cn } from "@/lib/cn";

type CodeViewProps = { code: string; label: string; line: number | null; onLine: (line: number | null) => void };

/** Code with its line numbers; a number is where the line is linked to. */
export function CodeView({ code, label, line, onLine }: CodeViewProps) {
  const linked = useRef<HTMLLIElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another line or file is scrolled to, nothing else
  useEffect(() => {
    linked.current?.scrollIntoView({ block: "center" });
  }, [line, code]);
  return (
    <Scroller label={label}>
      <ol aria-label={label} className="code">
        {code
          .replace(/\n$/, "")
          .split("\n")
          .map((text, index) => {
            const number = index + 1;
            const isLinked = number === line;
            return (
              <li
                key={number}
                ref={isLinked ? linked : undefined}
                className={cn(isLinked && "linked")}
                aria-current={isLinked || undefined}
              >
                <button
                  type="button"
                  tabIndex={-1}
                  className="ln"
                  aria-label={`Link to line ${number}`}
                  onClick={() => onLine(isLinked ? null : number)}
                >
                  {number}
                </button>
                <span className="m">{text}</span>
              </li>
            );
          })}
      </ol>
    </Scroller>
  );
}
