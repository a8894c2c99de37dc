"use client";

import { useState } from "react";
import { Glyph } from "@/components/ui/glyph";
import { cn } from "@/lib/cn";
import { count, plural } from "@/lib/format/count";
import type { DiffRow, FoldedRow, Shape } from "@/lib/log-diff";

const mostRows = 400;

/** Both logs in two columns; on a phone one below the other, what is alike once. */
export function LogPair({ rows }: { rows: FoldedRow[] }) {
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const [most, setMost] = useState(mostRows);
  if (rows.length === 0) return null;
  return (
    <ol className="beside border-t border-line pt-1.5" aria-label="Both logs">
      {rows.slice(0, most).map((each, index) =>
        "row" in each ? (
          <PairLine key={keyOf(each.row)} row={each.row} />
        ) : open.has(index) ? (
          each.fold.map((row) => <PairLine key={keyOf(row)} row={row} />)
        ) : (
          <li key={`fold ${index < 1 ? "start" : keyOf(each.fold[0])}`} className="foldline">
            <button type="button" aria-expanded={false} onClick={() => setOpen(new Set([...open, index]))}>
              <Glyph name="right" size={10} /> {plural(each.fold.length, "line")} alike
            </button>
          </li>
        ),
      )}
      {rows.length > most && (
        <li className="foldline">
          <button type="button" onClick={() => setMost(most + mostRows)}>
            <Glyph name="down" size={10} /> {plural(rows.length - most, "more row")}
          </button>
        </li>
      )}
    </ol>
  );
}

const keyOf = (row: DiffRow | undefined) => `${row?.kind} ${row?.before?.number ?? ""} ${row?.now?.number ?? ""}`;

function PairLine({ row: { kind, before, now } }: { row: DiffRow }) {
  return (
    <li className={kind === "alike" ? "alikeline" : undefined}>
      {before ? (
        <Side shape={before} className={kind === "was" ? "was" : undefined} mark={kind === "was" ? "−" : ""} said="only then: " />
      ) : (
        <Void />
      )}
      {now ? (
        <Side
          shape={now}
          className={kind === "is" ? (now.isError ? "error" : "is") : undefined}
          mark={kind === "is" ? "+" : ""}
          said="only now: "
        />
      ) : (
        <Void />
      )}
    </li>
  );
}

const Void = () => <span className="void" aria-hidden="true" />;

function Side({ shape, className, mark, said }: { shape: Shape; className: string | undefined; mark: string; said: string }) {
  return (
    <span className={cn(className)}>
      <span className="ln">{count(shape.number)}</span>
      <span>
        {mark && (
          <>
            <span aria-hidden="true">{mark}</span>
            <span className="sr-only">{said}</span>
          </>
        )}
      </span>
      <span className="m">
        {placed(shape).map(({ at, text, mask }) =>
          mask === null ? (
            text
          ) : (
            <span key={at} className="mask" title={text}>
              {mask}
            </span>
          ),
        )}
        {shape.times > 1 && <span className="text-ink-3"> · {count(shape.times)} times</span>}
      </span>
    </span>
  );
}

const longLength = 600;

/** The parts of a line with their places; of a very long one the beginning. */
function placed({ parts }: Shape) {
  let at = 0;
  return parts.flatMap((part) => {
    const place = { ...part, at };
    at += part.text.length;
    return place.at > longLength ? [] : [{ ...place, text: place.text.slice(0, longLength) }];
  });
}
