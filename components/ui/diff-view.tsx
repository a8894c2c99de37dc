"use client";

import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { cn } from "@/lib/cn";
import { plural } from "@/lib/format/count";
import { type DiffPair, type DiffPart, type DiffRow, diffRows, type Folded, foldRows, hasDifference, pairRows } from "@/lib/format/diff";
import { Glyph } from "./glyph";

type Compared = { before: string; after: string; rows?: never } | { rows: DiffRow[]; before?: never; after?: never };

export type DiffProps = Compared & {
  /** What a screen reader is told that this is. */
  label: string;
  /** How the two sides are called by those who do not see the marks: `was`, `is now`. */
  words?: { was: string; is: string };
  /** What a line of it is called where it folds. */
  unit?: string;
  /** In place of the rows when nothing differs, which is an answer. */
  whenAlike?: ReactNode;
};

const widePx = 1_100;
/** So many rows paint at once; the rest come on demand. */
const shownRows = 1_500;

const usual = { was: "was", is: "is now" };

export function DiffView({ label, words = usual, unit = "line", whenAlike, before, after, rows: prepared }: DiffProps) {
  const rows = useMemo(() => prepared ?? diffRows(before, after), [prepared, before, after]);
  const [box, isWide] = useIsWide();
  const [shown, setShown] = useState(shownRows);
  if (!hasDifference(rows))
    return <p className="px-3.5 pt-1 pb-4 text-ink-2 desk:px-4">{whenAlike ?? `No ${unit} differs, of ${plural(rows.length, unit)}.`}</p>;
  const isCut = rows.length > shown;
  const visible = isCut ? rows.slice(0, shown) : rows;
  return (
    <div ref={box}>
      {isWide ? (
        <Folds
          label={label}
          className="pair"
          unit={unit}
          parts={foldRows(pairRows(visible), ({ left, right }) => left?.kind === "same" && right?.kind === "same")}
          keyOf={({ left, right }) => `${left?.before ?? ""}:${right?.after ?? ""}`}
          line={(pair) => <Pair pair={pair} words={words} />}
        />
      ) : (
        <Folds
          label={label}
          className="diff"
          unit={unit}
          parts={foldRows(visible, ({ kind }) => kind === "same")}
          keyOf={({ before: old, after: young }) => `${old ?? ""}:${young ?? ""}`}
          line={(row) => <Line row={row} words={words} />}
        />
      )}
      {isCut && (
        <p className="px-3.5 pt-1 pb-3 desk:px-4">
          <button type="button" className="btn" onClick={() => setShown(shown + shownRows)}>
            {plural(rows.length - shown, `more ${unit}`)}
          </button>
        </p>
      )}
    </div>
  );
}

type FoldsProps<T> = {
  label: string;
  className: string;
  unit: string;
  parts: Folded<T>[];
  keyOf: (row: T) => string;
  line: (row: T) => ReactNode;
};

function Folds<T>({ label, className, unit, parts, keyOf, line }: FoldsProps<T>) {
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  return (
    <ol className={className} aria-label={label}>
      {parts.map(({ key, rows, isFold }) =>
        isFold && !open.has(key) ? (
          <li key={`fold ${key}`} className="fold">
            <button type="button" onClick={() => setOpen(new Set([...open, key]))} className="inline-flex min-h-6 items-center gap-1">
              <Glyph name="right" size={12} /> {plural(rows.length, unit)} alike
            </button>
          </li>
        ) : (
          rows.map((row) => <Row key={keyOf(row)}>{line(row)}</Row>)
        ),
      )}
    </ol>
  );
}

const Row = ({ children }: { children: ReactNode }) => children;

const marks = { same: "", was: "−", is: "+" } as const;

function Line({ row, words }: { row: DiffRow; words: { was: string; is: string } }) {
  return (
    <li className={cn(row.kind !== "same" && row.kind, row.isError && "e")}>
      <span className="a">{row.before}</span>
      <span className="b">{row.after}</span>
      <Said row={row} words={words} />
    </li>
  );
}

function Pair({ pair: { left, right }, words }: { pair: DiffPair; words: { was: string; is: string } }) {
  return (
    <li>
      <Side row={left} number={left?.before ?? null} words={words} />
      <Side row={right} number={right?.after ?? null} words={words} />
    </li>
  );
}

function Side({ row, number, words }: { row: DiffRow | null; number: number | null; words: { was: string; is: string } }) {
  if (!row) return <span className="void" />;
  return (
    <span className={cn(row.kind !== "same" && row.kind, row.isError && "e")}>
      <span className="ln">{number}</span>
      <Said row={row} words={words} />
    </span>
  );
}

function Said({ row: { kind, parts }, words }: { row: DiffRow; words: { was: string; is: string } }) {
  return (
    <>
      <span className="g">
        {marks[kind]}
        {kind !== "same" && <span className="sr-only"> {words[kind]}: </span>}
      </span>
      <span className="m">
        <Parts kind={kind} parts={parts} />
      </span>
    </>
  );
}

function Parts({ kind, parts }: { kind: DiffRow["kind"]; parts: DiffPart[] }) {
  let at = 0;
  return parts.map((part) => {
    const key = at;
    at += part.text.length + 1;
    if (part.kind === "masked")
      return (
        <span key={key} className="mask">
          {part.text}
        </span>
      );
    if (part.kind !== "changed") return <span key={key}>{part.text}</span>;
    return kind === "was" ? <del key={key}>{part.text}</del> : <ins key={key}>{part.text}</ins>;
  });
}

/** Whether the element is wide enough for two columns. */
function useIsWide() {
  const box = useRef<HTMLDivElement>(null);
  const [isWide, setWide] = useState(false);
  useEffect(() => {
    const { current } = box;
    if (!current) return;
    const watch = new ResizeObserver(([entry]) => setWide((entry?.contentRect.width ?? 0) >= widePx));
    watch.observe(current);
    return () => watch.disconnect();
  }, []);
  return [box, isWide] as const;
}
