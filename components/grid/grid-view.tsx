"use client";

import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { useRouter } from "next/navigation";
import { type PointerEvent, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { onDemand } from "@/components/ui/on-demand";
import { useNow } from "@/lib/format/now";
import { runSaid } from "@/lib/format/states";
import { useZone } from "@/lib/format/zone";
import { cellAt, type GridData, type ShownRow } from "@/lib/grid-model";
import { paths } from "@/lib/paths";
import { cellSaid } from "./cell-words";
import { GridHead, runName } from "./grid-head";
import { GridRow, nameOf } from "./grid-row";
import { useBand } from "./use-band";
import { type Point, useGridPoint } from "./use-grid-point";
import { type Sight, useSight, useWidth } from "./use-sight";

const CellCard = onDemand(() => import("./cell-card").then(({ CellCard: Card }) => Card));

const rowHeight = 24;
const headHeight = 48;
const metricsWidth = 183;
const wideFrom = 861;
const columnsMore = 12;
const rowsBeside = 6;
const columnsBeside = 6;
const besideMs = 200;

type ViewProps = {
  environment: string;
  pipeline: string;
  data: GridData;
  rows: ShownRow[];
  said: string;
  onToggle: (row: ShownRow) => void;
};

/** Tasks against runs: only what is on screen is drawn, equal cells that follow one another as one. */
export function GridView(props: ViewProps) {
  const box = useRef<HTMLDivElement>(null);
  const sight = useSight(box);
  if (sight) return <GridBox {...props} sight={sight} />;
  // As high as the grid will be, and so with its scroll bar. It is measured, and never painted.
  return (
    <div ref={box} className="taskgrid">
      <div style={{ height: heightOf(props.rows) }} />
    </div>
  );
}

const heightOf = (rows: ShownRow[]) => headHeight + rows.length * rowHeight;

function GridBox({ environment, pipeline, data: { runs }, rows, said, onToggle, sight }: ViewProps & { sight: Sight }) {
  const router = useRouter();
  const zone = useZone();
  const now = useNow(60_000);
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box, sight.width);
  const isWide = width >= wideFrom;
  const labelWidth = isWide ? 212 : Math.min(140, Math.floor(width * 0.42));
  const cellWidth = Math.min(40, Math.max(24, Math.floor((width - labelWidth - (isWide ? metricsWidth : 0)) / Math.max(1, runs.length))));
  const fullWidth = labelWidth + runs.length * cellWidth + (isWide ? metricsWidth : 0);

  const [hovered, setHovered] = useState<Point | null>(null);
  const [isFocused, setFocused] = useState(false);
  const labels = useCallback(() => rows.map(({ label }) => label), [rows]);
  const wanted = useRef(false);
  const reach = useRef<(point: Point) => void>(() => undefined);
  const { point, go, onKeyDown } = useGridPoint(
    { row: 0, column: runs.length - 1 },
    { rows: rows.length, columns: runs.length, page: 20 },
    labels,
    useCallback((next) => reach.current(next), []),
  );

  // What is in sight is drawn first; what scrolling would bring, once that is there.
  const [hasBeside, setBeside] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setBeside(true), besideMs);
    return () => clearTimeout(timer);
  }, []);
  const rowsShown = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan: hasBeside ? rowsBeside : 0,
    useFlushSync: false,
    scrollPaddingStart: headHeight,
    scrollMargin: headHeight,
    initialRect: sight,
    rangeExtractor: (range) => {
      const all = defaultRangeExtractor(range);
      const shown = hasBeside ? all : all.slice(0, Math.max(1, Math.ceil((sight.height - headHeight) / rowHeight)));
      return point.row >= 0 && !shown.includes(point.row) ? [...shown, point.row].sort((a, b) => a - b) : shown;
    },
  });
  const columnsShown = useVirtualizer({
    horizontal: true,
    count: runs.length,
    getScrollElement: () => box.current,
    estimateSize: () => cellWidth,
    overscan: hasBeside ? columnsBeside : 0,
    useFlushSync: false,
    initialRect: sight,
    // The newest run is in sight.
    initialOffset: Math.max(0, fullWidth - width),
    scrollPaddingEnd: labelWidth + (isWide ? metricsWidth : 0),
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: sizes are asked for again when the width of a column is another
  useEffect(() => columnsShown.measure(), [cellWidth]);

  reach.current = ({ row, column }) => {
    wanted.current = true;
    if (row >= 0) rowsShown.scrollToIndex(row);
    if (column >= 0) columnsShown.scrollToIndex(column);
  };
  useEffect(() => {
    if (!wanted.current) return;
    const cell = box.current?.querySelector<HTMLElement>("[data-at]");
    if (!cell) return;
    wanted.current = false;
    cell.focus({ preventScroll: true });
  });

  const found = columnsShown.getVirtualItems();
  const { first, last } = useBand(found[0]?.index ?? 0, found.at(-1)?.index ?? -1, runs.length, hasBeside ? columnsMore : 0);

  const addressOf = ({ row, column }: Point): string | null => {
    const run = runs[column];
    if (!run) return null;
    const id = { environment, pipeline, runId: run.runId };
    if (row < 0) return paths.run(id);
    const shown = rows[row];
    const cell = shown ? cellAt(shown.stretches, column) : null;
    if (!shown || !cell || shown.kind === "group" || shown.kind === "waiting") return paths.run(id);
    if (shown.kind === "instance") return paths.attempt(id, shown.task.id, cell.tries, Number(shown.row.id));
    return cell.instances === null ? paths.attempt(id, shown.row.id, cell.tries) : paths.run(id);
  };
  const open = (at: Point) => {
    const row = rows[at.row];
    if (row && (at.column < 0 || row.kind === "group")) return onToggle(row);
    const address = addressOf(at);
    if (address) router.push(address);
  };

  const pointAt = (event: PointerEvent | React.MouseEvent): Point | null => {
    const target = event.target as HTMLElement;
    const line = target.closest<HTMLElement>("[data-row]");
    if (!line) return null;
    const way = target.closest<HTMLElement>(".way");
    if (!way) return { row: Number(line.dataset.row), column: -1 };
    return { row: Number(line.dataset.row), column: Math.floor((event.clientX - way.getBoundingClientRect().left) / cellWidth) };
  };

  const shownAt =
    hovered && hovered.row >= 0 && hovered.column >= 0 ? hovered : isFocused && point.row >= 0 && point.column >= 0 ? point : null;
  const card = useMemo(() => {
    const [row, run] = [rows[shownAt?.row ?? -1], runs[shownAt?.column ?? -1]];
    if (!row || !run || row.kind === "waiting" || (row.kind === "group" && row.isOpen)) return null;
    return { row, run, cell: cellAt(row.stretches, shownAt?.column ?? -1) };
  }, [rows, runs, shownAt?.row, shownAt?.column]);
  const anchor = useRef({ getBoundingClientRect: () => new DOMRect() });
  anchor.current = {
    getBoundingClientRect: () => {
      const frame = box.current?.getBoundingClientRect() ?? new DOMRect();
      const left = frame.left + labelWidth + (shownAt?.column ?? 0) * cellWidth - (box.current?.scrollLeft ?? 0);
      const top = frame.top + headHeight + (shownAt?.row ?? 0) * rowHeight - (box.current?.scrollTop ?? 0);
      return new DOMRect(left, top, cellWidth, rowHeight);
    },
  };

  const activeRow = rows[point.row];
  const activeRun = runs[point.column];
  const activeSaid =
    activeRow && activeRun
      ? `${nameOf(activeRow)}, ${runName(activeRun, now, zone)}: ${activeRow.kind === "group" && activeRow.isOpen ? runSaid[activeRun.state].word : cellSaid(cellAt(activeRow.stretches, point.column), activeRow.kind)}`
      : "";

  return (
    <>
      <div
        ref={box}
        role="grid"
        aria-label={said}
        aria-rowcount={rows.length + 1}
        aria-colcount={runs.length + 1 + (isWide ? 3 : 0)}
        className="taskgrid"
        style={{ "--lab": `${labelWidth}px`, "--cw": `${cellWidth}px` }}
        onKeyDown={(event) => {
          if (event.key === "Enter" || event.key === " ") {
            event.preventDefault();
            open(point);
          } else if (event.key === "Escape") setFocused(false);
          else if (onKeyDown(event)) setFocused(true);
        }}
        onFocus={(event) => setFocused(event.target.matches(":focus-visible"))}
        onBlur={() => setFocused(false)}
        onPointerMove={(event) => {
          const at = pointAt(event);
          if (at?.row !== hovered?.row || at?.column !== hovered?.column) setHovered(at);
        }}
        onPointerLeave={() => setHovered(null)}
        onScroll={() => hovered && setHovered(null)}
        onClick={(event) => {
          if (event.metaKey || event.ctrlKey || event.shiftKey) return;
          const at = pointAt(event);
          if (!at) return;
          event.preventDefault();
          if (at.row >= 0 && at.column < 0) go(at);
          open(at);
        }}
      >
        <div style={{ width: fullWidth, minWidth: "100%", height: heightOf(rows) }} role="none">
          <GridHead
            runs={runs}
            first={first}
            last={last}
            cellWidth={cellWidth}
            hasMetrics={isWide}
            active={point.row < 0 ? point.column : null}
          />
          {rowsShown.getVirtualItems().map(({ index }) => {
            const row = rows[index];
            if (!row) return null;
            const isActive = index === point.row;
            const isHovered = hovered?.row === index && hovered.column >= 0;
            return (
              <GridRow
                key={row.key}
                row={row}
                index={index}
                first={first}
                last={last}
                columns={runs.length}
                cellWidth={cellWidth}
                hasMetrics={isWide}
                active={isActive ? point.column : null}
                activeSaid={isActive ? activeSaid : ""}
                hover={isHovered ? hovered.column : null}
                href={isHovered ? addressOf(hovered) : null}
              />
            );
          })}
        </div>
      </div>
      {card && <CellCard place={{ environment, pipeline }} shown={card} anchor={anchor} />}
    </>
  );
}
