"use client";

import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { cn } from "@/lib/cn";
import { spansOf } from "@/lib/folded";
import { useNow } from "@/lib/format/now";
import { isOpen } from "@/lib/format/run-words";
import { attemptSaid } from "@/lib/format/states";
import { isPending, stretchesOf, type TaskRow, taskRows, timelineSpan } from "@/lib/format/task-timeline";
import { clock } from "@/lib/format/time";
import { useZone } from "@/lib/format/zone";
import { type GanttRow, ganttRows, placing, steadyRows } from "@/lib/gantt";
import type { RunDetail } from "@/lib/schemas/run";
import type { PipelineStructure } from "@/lib/schemas/structure";
import { idleSpans, moved, timeAxis, type View, wholeView, zoomed } from "@/lib/time-axis";
import { FoldedInstances } from "./folded-instances";
import { GanttKey } from "./gantt-key";
import { GanttLine } from "./gantt-line";
import { GanttTable } from "./gantt-table";
import { GanttTools } from "./gantt-tools";
import { ganttSentence, pathOf } from "./gantt-words";
import { useRange } from "./use-range";

const marks = [0, 0.25, 0.5, 0.75, 1];
/** So many lines are drawn at once; more scroll within the chart, and only those in view exist. */
const mostPlain = 60;
/** Keys of the chart: lines to go down, shares of the view to go sideways, factors of the view's width. */
const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 20, PageUp: -20, Home: -Infinity, End: Infinity };
const sides: Record<string, number> = { ArrowRight: 0.25, ArrowLeft: -0.25 };
const zooms: Record<string, number> = { "+": 0.5, "=": 0.5, "-": 2, "0": Infinity };

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
  const [isTable, setTable] = useState(false);
  const [, setFocusing] = useState(0);
  const box = useRef<HTMLDivElement>(null);
  const toFocus = useRef<string | null>(null);
  const { plot, range } = useRange(setView);

  const [shown, setShown] = useState<readonly string[]>([]);
  const rows = useMemo(() => steadyRows(taskRows(detail.attempts), shown, structure?.tasks ?? []), [detail.attempts, shown, structure]);
  if (rows.length !== shown.length) setShown(rows.map(({ key }) => key));
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
  const folds = spansOf(detail.folded, now);
  const idle = idleSpans(span, [
    ...detail.attempts.flatMap((attempt) => stretchesOf(attempt, now)).filter(({ kind }) => kind !== "wait"),
    ...folds,
  ]);
  const axis = timeAxis(span, isIdleHidden ? idle : []);
  const at = (time: number) => (axis.at(time) - view.from) / (view.to - view.from);
  const timeOf = (share: number) => axis.timeAt(view.from + share * (view.to - view.from));
  const markOf = (share: number) => clock(timeOf(share), zone, timeOf(1) - timeOf(0) < 600_000);

  const isLong = lines.length > mostPlain;
  const virtual = useVirtualizer({
    count: isLong ? lines.length : 0,
    getScrollElement: () => box.current,
    estimateSize: () => 26,
    overscan: 15,
    getItemKey: (index) => lines[index]?.key ?? index,
  });
  const isHere = ({ rows: some }: GanttRow) => some.some(({ tries }) => tries.some(({ id }) => id === selectedId));
  const known = lines.findIndex(({ key }) => key === focused);
  const stop = known === -1 ? Math.max(0, lines.findIndex(isHere)) : known;
  // Tab finds a line although the one that was walked to has scrolled out of view and does not exist now.
  const inView = virtual.getVirtualItems();
  const tabStop = !isLong || inView.some(({ index }) => index === stop) ? stop : (inView[0]?.index ?? stop);

  // A line that was walked to may come into being only after the list has scrolled.
  useEffect(() => {
    if (toFocus.current === null) return;
    const element = box.current?.querySelector<HTMLElement>(`[data-line="${CSS.escape(toFocus.current)}"]`);
    if (!element) return;
    toFocus.current = null;
    element.focus();
  });

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
    toFocus.current = line.key;
    setFocusing((times) => times + 1);
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

  const shared = {
    at,
    now,
    run: detail.run,
    usual: detail.usualTasks,
    folded: detail.folded,
    path,
    gaps: axis.gaps.map((gap) => (gap.at - view.from) / (view.to - view.from)),
  };
  const draw = (line: GanttRow) => (
    <GanttLine
      line={line}
      {...shared}
      isStop={lines[tabStop] === line}
      isSelected={isHere(line) && (line.kind === "task" || !line.isOpen)}
      onFocus={() => setFocused(line.key)}
      onToggle={() => toggle(line)}
    />
  );
  return (
    <div className="gantt pb-2">
      <GanttTools
        isZoomed={view.from > 0 || view.to < 1}
        idleMs={idle.reduce((sum, { from, to }) => sum + to - from, 0)}
        isIdleHidden={isIdleHidden}
        onIdle={setIdleHidden}
        onZoom={(factor) => setView(factor === null ? wholeView : zoomed(view, factor))}
        onMove={(by) => setView(moved(view, by))}
        isTable={isTable}
        onTable={setTable}
      />
      <div className="axis" role="img" aria-label={`${ganttSentence(detail, rows, path, now)} Drawn from ${markOf(0)} to ${markOf(1)}.`}>
        {marks.map((mark) => (
          <span key={mark} style={{ "--x": `${mark * 100}%` }}>
            {markOf(mark)}
          </span>
        ))}
      </div>
      <div ref={box} className={cn("relative", isLong && "max-h-[640px] overflow-y-auto")}>
        <ul
          aria-label="Tasks in order of start"
          onKeyDown={onKeyDown}
          className="relative"
          style={isLong ? { height: virtual.getTotalSize() } : undefined}
        >
          {isLong
            ? inView.map((item) => {
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
        <div ref={plot} className="over" aria-hidden="true" style={isLong ? { height: virtual.getTotalSize() } : undefined}>
          {isOpen(detail.run) && at(now) <= 1 && <i className="now" style={{ "--x": `${at(now) * 100}%` }} />}
          {range && <i className="range" style={{ "--x": `${range.from * 100}%`, "--w0": `${(range.to - range.from) * 100}%` }} />}
        </div>
      </div>
      {isTable && <GanttTable rows={rows} now={now} usual={detail.usualTasks} onPath={path.keys} />}
      {detail.folded.map((fold) => (
        <FoldedInstances key={fold.taskId} run={detail.run} fold={fold} />
      ))}
      <GanttKey hasPath={path.keys.size > 1} isPathByTimes={path.isByTimes} hasUsual={Object.keys(detail.usualTasks).length > 0} />
    </div>
  );
}
