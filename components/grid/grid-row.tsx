"use client";

import { memo } from "react";
import { Glyph } from "@/components/ui/glyph";
import { cn } from "@/lib/cn";
import { percent, plural } from "@/lib/format/count";
import { duration } from "@/lib/format/duration";
import type { Stretch } from "@/lib/grid-codec";
import type { ShownRow } from "@/lib/grid-model";
import { cellSaid, kindOf } from "./cell-words";

export type RowProps = {
  row: ShownRow;
  index: number;
  /** Columns that are on screen. */
  first: number;
  last: number;
  columns: number;
  cellWidth: number;
  hasMetrics: boolean;
  /** The column that has the tab stop, -1 for the name; null: the stop is in another row. */
  active: number | null;
  /** What the cell with the tab stop is, in words. */
  activeSaid: string;
  /** Where the pointer is, and what is there. */
  hover: number | null;
  href: string | null;
};

/** Cells between the edges of the window, with the one that has the tab stop by itself. */
function shownStretches(stretches: Stretch[], first: number, last: number, active: number | null): Stretch[] {
  return stretches.flatMap((stretch) => {
    const from = Math.max(stretch.from, first);
    const to = Math.min(stretch.from + stretch.length, last + 1);
    if (from >= to) return [];
    const cut = (a: number, b: number): Stretch[] => (a < b ? [{ cell: stretch.cell, from: a, length: b - a }] : []);
    if (active === null || active < from || active >= to) return cut(from, to);
    return [...cut(from, active), ...cut(active, active + 1), ...cut(active + 1, to)];
  });
}

const told = ({ stretches }: ShownRow) => {
  let [ended, failed] = [0, 0];
  for (const { cell, length } of stretches) {
    if (cell?.state === "success") ended += length;
    if (cell?.state === "failed") failed += length;
  }
  return ended + failed === 0 ? "–" : percent(failed / (ended + failed));
};

export const GridRow = memo(function GridRow(props: RowProps) {
  const { row, index, first, last, columns, cellWidth, hasMetrics, active, activeSaid, hover, href } = props;
  const isOpenable = row.kind === "group" || (row.kind === "task" && row.isMapped);
  return (
    <div role="row" className="row" aria-rowindex={index + 2} data-row={index} style={{ transform: `translateY(${index * 24 + 48}px)` }}>
      <div
        role="rowheader"
        aria-colindex={1}
        {...(isOpenable ? { "aria-expanded": row.isOpen } : {})}
        className={cn("lab", row.kind === "group" && "font-strong", row.kind === "instance" && "text-ink-3")}
        style={{ paddingLeft: 16 + row.depth * 16 + (isOpenable || row.depth === 0 ? 0 : 2) }}
        tabIndex={active === -1 ? 0 : -1}
        data-at={active === -1 ? "" : undefined}
        title={nameOf(row)}
      >
        {isOpenable && <Glyph name={row.isOpen ? "down" : "right"} size={12} />}
        <span>{row.label}</span>
        {row.kind === "group" && !row.isOpen && <span className="font-text text-ink-3">{plural(row.group.count, "task")}</span>}
      </div>
      <div className="way" style={{ width: columns * cellWidth }}>
        {shownStretches(row.stretches, first, last, active).map((stretch) => {
          const isActive = stretch.from === active && stretch.length === 1;
          const said = cellSaid(stretch.cell, row.kind);
          return (
            <div
              key={stretch.from}
              role="gridcell"
              aria-colindex={stretch.from + 2}
              {...(stretch.length > 1 ? { "aria-colspan": stretch.length } : {})}
              aria-label={isActive ? activeSaid : stretch.length > 1 ? `${said}, ${plural(stretch.length, "run")}` : said}
              className={cn("gcell", kindOf(stretch.cell), stretch.length > 1 && "long")}
              style={{ left: stretch.from * cellWidth, width: stretch.length * cellWidth - 1 }}
              {...(isActive ? { tabIndex: 0, "data-at": "" } : {})}
            />
          );
        })}
        {row.stretches.length === 0 && active !== null && active >= 0 && (
          <div
            role="gridcell"
            aria-colindex={active + 2}
            aria-label={activeSaid}
            className="gcell"
            style={{ left: active * cellWidth, width: cellWidth }}
            tabIndex={0}
            data-at=""
          />
        )}
        {hover !== null && href !== null && (
          // biome-ignore lint/a11y/useAnchorContent: for pointers only, with all that a browser does with links; the keyboard has Enter
          <a
            href={href}
            tabIndex={-1}
            aria-hidden="true"
            className="absolute inset-y-0 ring-1 ring-ink ring-inset"
            style={{ left: hover * cellWidth, width: cellWidth }}
          />
        )}
      </div>
      {hasMetrics && (
        <div className="met" role="none">
          <div role="gridcell" aria-colindex={columns + 2}>
            {"row" in row && row.row.medianMs !== null ? duration(row.row.medianMs) : ""}
          </div>
          <div role="gridcell" aria-colindex={columns + 3}>
            {row.kind === "group" && row.isOpen ? "" : told(row)}
          </div>
          <div role="gridcell" aria-colindex={columns + 4}>
            {"row" in row && row.row.costUsd !== null ? row.row.costUsd.toFixed(3) : ""}
          </div>
        </div>
      )}
    </div>
  );
});

export function nameOf(row: ShownRow): string {
  if (row.kind === "group") return row.group.groupId;
  if (row.kind === "task") return row.row.id;
  return row.kind === "instance" ? `${row.task.id}${row.label}` : row.label;
}
