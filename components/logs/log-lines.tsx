"use client";

import { useVirtualizer } from "@tanstack/react-virtual";
import { type Ref, useEffect, useImperativeHandle, useRef, useState } from "react";
import { Glyph } from "@/components/ui/glyph";
import { plural } from "@/lib/format/count";
import type { ShownLine } from "@/lib/format/log-view";
import type { LogLine } from "@/lib/schemas/attempt";
import { LogBox } from "./log-box";
import { LogEntry } from "./log-entry";

export type LogHandle = { show: (at: number) => void };

type LogLinesProps = {
  shown: ShownLine[];
  search: string;
  hitAt: number;
  firstAt: number | null;
  /** Of the line that the address names; -1 while it is not among those shown. */
  linkedAt: number;
  hrefOf: (line: LogLine) => string;
  /** Of which task a line is, where there are several. */
  tagOf?: (line: LogLine) => string | undefined;
  isLive: boolean;
  isTall?: boolean;
  ref: Ref<LogHandle>;
};

const nearEndPx = 40;

/** The lines themselves; only those in view exist. A live log is followed while its end is in view. */
export function LogLines({ shown, search, hitAt, firstAt, linkedAt, hrefOf, tagOf, isLive, isTall = false, ref }: LogLinesProps) {
  const screen = useRef<HTMLDivElement>(null);
  const [isFollowing, setFollowing] = useState(firstAt === null);
  const [seen, setSeen] = useState(shown.length);
  const isPlaced = useRef(false);
  // It may come with a later page; lines that come before it do not scroll to it again.
  const isLinkShown = useRef(false);
  const lines = useVirtualizer({
    count: shown.length,
    getScrollElement: () => screen.current,
    estimateSize: () => 18,
    overscan: 20,
    getItemKey: (at) => shown[at]?.line.id ?? at,
  });

  useImperativeHandle(ref, () => ({
    show(at) {
      setFollowing(false);
      lines.scrollToIndex(at, { align: "center" });
    },
  }));

  useEffect(() => {
    if (shown.length === 0) return;
    if (!isPlaced.current && firstAt !== null) lines.scrollToIndex(firstAt, { align: "center" });
    else if (isFollowing) lines.scrollToIndex(shown.length - 1, { align: "end" });
    isPlaced.current = true;
  }, [shown.length, firstAt, isFollowing, lines]);

  useEffect(() => {
    const isNew = linkedAt !== -1 && !isLinkShown.current;
    isLinkShown.current = linkedAt !== -1;
    if (!isNew) return;
    setFollowing(false);
    lines.scrollToIndex(linkedAt, { align: "center" });
  }, [linkedAt, lines]);

  const onScroll = () => {
    const box = screen.current;
    if (!box) return;
    const isAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < nearEndPx;
    setFollowing(isAtEnd);
    if (isAtEnd) setSeen(shown.length);
  };
  const waiting = isFollowing ? 0 : Math.max(0, shown.length - seen);

  return (
    <div className="relative">
      <LogBox ref={screen} label="Log" isTall={isTall} onScroll={onScroll}>
        <div className="relative w-full" style={{ height: lines.getTotalSize() }}>
          {lines.getVirtualItems().map((item) => {
            const line = shown[item.index];
            return line ? (
              <div
                key={item.key}
                ref={lines.measureElement}
                data-index={item.index}
                className="absolute inset-x-0 top-0"
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <LogEntry
                  shown={line}
                  search={search}
                  isHit={item.index === hitAt}
                  isLinked={item.index === linkedAt}
                  href={hrefOf(line.line)}
                  tag={tagOf?.(line.line)}
                />
              </div>
            ) : null;
          })}
        </div>
      </LogBox>
      {isLive && waiting > 0 && (
        <button
          type="button"
          onClick={() => lines.scrollToIndex(shown.length - 1, { align: "end" })}
          className="absolute bottom-2.5 left-1/2 inline-flex h-7 -translate-x-1/2 items-center gap-1.5 rounded-full bg-raised px-3 text-small font-[500] shadow-float"
        >
          <Glyph name="arrow-down" size={12} /> {plural(waiting, "new line")}
        </button>
      )}
    </div>
  );
}
