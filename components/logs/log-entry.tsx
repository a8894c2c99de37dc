"use client";

import { useState } from "react";
import { Glyph } from "@/components/ui/glyph";
import { cn } from "@/lib/cn";
import { count } from "@/lib/format/count";
import { cutByMatch, type ShownLine } from "@/lib/format/log-view";
import { sourceLetter, sourceWord } from "@/lib/format/states";
import { logClock } from "@/lib/format/time";
import { useZone } from "@/lib/format/zone";
import { LineLink } from "./line-link";

const longLength = 700;
const shownLength = 400;

type LogEntryProps = { shown: ShownLine; search: string; isHit: boolean; isLinked: boolean; href: string; tag?: string | undefined };

/** One event of the log: number, time, source, text; fields of a structured event open below it. */
export function LogEntry({ shown, search, isHit, isLinked, href, tag }: LogEntryProps) {
  const zone = useZone();
  const [isOpen, setOpen] = useState(false);
  const [isWhole, setWhole] = useState(false);
  const { line, number } = shown;
  // A dump of thousands of characters would bury its neighbours; a line that is searched for is shown whole.
  const isCut = !isWhole && !shown.isFound && line.text.length > longLength;
  const fields = Object.entries(line.fields ?? {});
  return (
    <div className={cn("entry", line.level, isLinked && "linked")} data-line={number} aria-current={isLinked ? "location" : undefined}>
      <span className="ln">
        <span className="n">{count(number)}</span>
        <LineLink href={href} number={number} className="to" />
      </span>
      <span className="t">{line.at ? logClock(line.at, zone) : ""}</span>
      <span className="s" title={`${sourceWord[line.source]}: ${line.stream}`}>
        {sourceLetter[line.source]}
      </span>
      <span className="m">
        {tag && (
          <span className="tag max-w-[28ch] truncate" title={tag}>
            {tag}
          </span>
        )}
        {fields.length > 0 && (
          <button type="button" className="open" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
            <Glyph name={isOpen ? "down" : "right"} size={9} />
            {`{ ${fields.length} }`}
            <span className="sr-only"> fields of line {number}</span>
          </button>
        )}
        {cutByMatch(isCut ? `${line.text.slice(0, shownLength)}…` : line.text, search).map((part) =>
          part.isMatch ? (
            <mark key={part.at} className={isHit ? "on" : undefined}>
              {part.text}
            </mark>
          ) : (
            part.text
          ),
        )}
        {isCut && (
          <button type="button" className="open ml-2" onClick={() => setWhole(true)}>
            {count(line.text.length - shownLength)} more characters<span className="sr-only"> of line {number}</span>
          </button>
        )}
        {isOpen && (
          <dl className="fields">
            {fields.map(([name, value]) => (
              <Field key={name} name={name} value={value} />
            ))}
          </dl>
        )}
      </span>
    </div>
  );
}

function Field({ name, value }: { name: string; value: unknown }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{typeof value === "string" ? value : JSON.stringify(value)}</dd>
    </>
  );
}
