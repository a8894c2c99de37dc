"use client";

import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useMemo, useRef, useState } from "react";
import { useNow } from "@/lib/format/now";
import { attemptSaid } from "@/lib/format/states";
import { isPending, stretchesOf, type TaskRow, taskRows, timelineSpan } from "@/lib/format/task-timeline";
import { clock } from "@/lib/format/time";
import { useZone } from "@/lib/format/zone";
import { type GanttRow, ganttRows, placing } from "@/lib/gantt";
import type { RunDetail } from "@/lib/schemas/run";
import type { PipelineStructure } from "@/lib/schemas/structure";
import { idleSpans, moved, timeAxis, type View, wholeView, zoomed } from "@/lib/time-axis";
import { GanttKey } from "./gantt-key";
import { GanttLine } from "./gantt-line";
import { GanttTools } from "./gantt-tools";
import { ganttSentence, pathOf } from "./gantt-words";

const marks = [0, 0.25, 0.5, 0.75, 1];
/** So many lines are drawn at once; more scroll within the chart, and only those in view exist. */
const mostPlain = 60;
/** Keys of the chart: lines to go down, shares of the view to go sideways, factors of the view's width. */
const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 20, PageUp: -20, Home: -Infinity, End: Infinity };
const sides: Record<string, number> = { ArrowRight: 0.25, ArrowLeft: -0.25 };
const zooms: Record<string, number> = { "+": 0.5, "=": 0.5, "-": 2, "0": Infinity };
const wheelStep = 0.85;

const hasTrouble = ({ latest }: TaskRow) => attemptSaid[latest.state].tone === "fail" || (isPending(latest) && latest.startedAt !== null);

type GanttProps = { detail: RunDetail; structure: PipelineStructure | null; selectedId: string | null };

/** The tasks of a run on one line of time; choosing one shows its attempt beside. One stop of Tab: arrows move, Enter opens. */
export function Gantt({ detail, structure, selectedId }: GanttProps) {
  const zone = useZone();
  const now = useNow(detail.run.endedAt ? 60_000 : 1_000);
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const [view, setView] = useState<View>(wholeView);
  const [isIdleHidden, setIdleHidden] = useState(false);
  const [focused, setFocused] = useState<string | null>(null);
  const box = useRef<HTMLDivElement>(null);

  const rows = useMemo(() => taskRows(detail.attempts), [detail.attempts]);
  const place = useMemo(
    () =>
      placing(
        rows.map(({ taskId }) => taskId),
        structure,
      ),
    [rows, structure],
  );
  const lines = useMemo(() => ganttRows(rows, place, toggled, hasTrouble), [rows, place, toggled]);
  const path = useMemo(() => pathOf(rows, structure), [rows, structure]);
  const span = timelineSpan(detail.run, detail.attempts, now);
  const idle = idleSpans(
    span,
    detail.attempts.flatMap((attempt) => stretchesOf(attempt, now)).filter(({ kind }) => kind !== "wait"),
  );
  const axis = timeAxis(span, isIdleHidden ? idle : []);
  const at = (time: number) => (axis.at(time) - view.from) / (view.to - view.from);
  const timeOf = (share: number) => axis.timeAt(view.from + share * (view.to - view.from));

  const isLong = lines.length > mostPlain;
  const virtual = useVirtualizer({
    count: isLong ? lines.length : 0,
    getScrollElement: () => box.current,
    estimateSize: () => 26,
    overscan: 15,
    getItemKey: (index) => lines[index]?.key ?? index,
  });
  const stop = Math.max(
    0,
    lines.findIndex(({ key }) => key === focused),
  );

  function toggle({ key }: GanttRow) {
    const next = new Set(toggled);
    if (!next.delete(key)) next.add(key);
    setToggled(next);
  }

  function focus(index: number) {
    const line = lines[Math.min(lines.length - 1, Math.max(0, index))];
    if (!line) return;
    setFocused(line.key);
    if (isLong) virtual.scrollToIndex(lines.indexOf(line), { align: "auto" });
    requestAnimationFrame(() => box.current?.querySelector<HTMLElement>(`[data-line="${CSS.escape(line.key)}"]`)?.focus());
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const line = lines[stop];
    const step = steps[event.key];
    const side = sides[event.key];
    const factor = zooms[event.key];
    if (step !== undefined) focus(stop + step);
    else if (factor !== undefined) setView(zoomed(view, factor));
    else if (side === undefined) return;
    else if (line && line.kind !== "task" && line.isOpen === side < 0) toggle(line);
    else setView(moved(view, side));
    event.preventDefault();
  }

  // Heard on the element itself: React's own listener may not keep the page from zooming.
  function wire(element: HTMLUListElement | null) {
    if (!element) return;
    const onWheel = (event: WheelEvent) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      setView((from) => zoomed(from, event.deltaY < 0 ? wheelStep : 1 / wheelStep));
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  }

  const shared = {
    at,
    now,
    run: detail.run,
    usual: detail.usualTasks,
    path,
    gaps: axis.gaps.map((gap) => (gap.at - view.from) / (view.to - view.from)),
  };
  const draw = (line: GanttRow) => (
    <GanttLine
      line={line}
      {...shared}
      isStop={lines[stop] === line}
      isSelected={line.rows.some(({ tries }) => tries.some(({ id }) => id === selectedId)) && (line.kind === "task" || !line.isOpen)}
      onFocus={() => setFocused(line.key)}
      onToggle={() => toggle(line)}
    />
  );
  return (
    <div className="gantt pb-2">
      <p className="sr-only">{ganttSentence(detail, rows, path, now)}</p>
      <GanttTools
        isZoomed={view.from > 0 || view.to < 1}
        idleMs={idle.reduce((sum, { from, to }) => sum + to - from, 0)}
        isIdleHidden={isIdleHidden}
        onIdle={setIdleHidden}
        onZoom={(factor) => setView(factor === null ? wholeView : zoomed(view, factor))}
        onMove={(by) => setView(moved(view, by))}
      />
      <div className="axis" aria-hidden="true">
        {marks.map((mark) => (
          <span key={mark} style={{ "--x": `${mark * 100}%` }}>
            {clock(timeOf(mark), zone, timeOf(1) - timeOf(0) < 600_000)}
          </span>
        ))}
      </div>
      <div ref={box} className={isLong ? "max-h-[640px] overflow-y-auto" : undefined}>
        <ul
          ref={wire}
          aria-label="Tasks in order of start"
          onKeyDown={onKeyDown}
          className="relative"
          style={isLong ? { height: virtual.getTotalSize() } : undefined}
        >
          {isLong
            ? virtual.getVirtualItems().map((item) => {
                const line = lines[item.index];
                return line ? (
                  <li
                    key={item.key}
                    ref={virtual.measureElement}
                    data-index={item.index}
                    aria-setsize={lines.length}
                    aria-posinset={item.index + 1}
                    className="absolute inset-x-0 top-0"
                    style={{ transform: `translateY(${item.start}px)` }}
                  >
                    {draw(line)}
                  </li>
                ) : null;
              })
            : lines.map((line) => <li key={line.key}>{draw(line)}</li>)}
        </ul>
      </div>
      <GanttKey hasPath={path.keys.size > 1} isPathByTimes={path.isByTimes} hasUsual={Object.keys(detail.usualTasks).length > 0} />
    </div>
  );
}
