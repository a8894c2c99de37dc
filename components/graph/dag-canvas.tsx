"use client";

import "@xyflow/react/dist/base.css";
import "./dag-graph.css";
import { type Edge, MiniMap, type Node, ReactFlow, ReactFlowProvider, useReactFlow } from "@xyflow/react";
import { type KeyboardEvent, type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { type BoxData, BoxNode, type FrameData, FrameNode, type Now, NowContext } from "./dag-node";
import type { Rect } from "./layout";
import type { GraphBox } from "./model";
import type { TaskLook } from "./task-looks";
import type { Placed } from "./use-layout";
import { type WalkKey, walk, walkKeys } from "./walk";

const nodeTypes = { box: BoxNode, frame: FrameNode };
const smallestFit = 0.55;
const margin = 0.03;
/** So far out that hundreds of boxes are in view at once nothing can be read, and drawing them would halt the page. */
const farthestOut = (boxes: number) => (boxes > 200 ? 0.35 : 0.15);

type DagCanvasProps = {
  placed: Placed;
  label: string;
  isPhone: boolean;
  lookOf: Now["lookOf"];
  isCritical: Now["isCritical"];
  onOpen: (box: GraphBox) => void;
  onFold: (groupKey: string) => void;
  bar?: ReactNode;
};

export function DagCanvas(props: DagCanvasProps) {
  return (
    <ReactFlowProvider>
      <Canvas {...props} />
    </ReactFlowProvider>
  );
}

type DagNode = Node<BoxData, "box"> | Node<FrameData, "frame">;

function nodesOf({ model, layout, direction }: Placed): DagNode[] {
  const frames = model.frames.flatMap((frame): DagNode[] => {
    const rect = layout.frames[frame.id];
    if (!rect) return [];
    const { x, y, width, height } = rect;
    return [{ id: frame.id, type: "frame", position: { x, y }, width, height, zIndex: -1, data: { frame } }];
  });
  const boxes = model.boxes.flatMap((box): DagNode[] => {
    const rect = layout.boxes[box.id];
    if (!rect) return [];
    const { x, y, width, height } = rect;
    return [{ id: box.id, type: "box", position: { x, y }, width, height, data: { box, direction } }];
  });
  return [...frames, ...boxes];
}

const hasFlowed = (look: TaskLook | null) => look?.state === "success" || look?.state === "skipped";

function Canvas({ placed, label, isPhone, lookOf, isCritical, onOpen, onFold, bar }: DagCanvasProps) {
  const { model, layout, direction } = placed;
  const flow = useReactFlow();
  const frame = useRef<HTMLElement>(null);
  const hasKeyboard = useRef(false);
  // A task rather than a box: it stays with the reader when a group folds over it or opens around it.
  const [askedTask, setAskedTask] = useState<string | null>(null);
  const asked = model.boxes.find(({ taskIds }) => askedTask !== null && taskIds.includes(askedTask));
  const first = useMemo(() => firstShown(model.boxes, lookOf), [model.boxes, lookOf]);
  const focused = asked?.id ?? first;
  const setAsked = (id: string) => setAskedTask(model.boxes.find((box) => box.id === id)?.taskIds[0] ?? null);
  const nodes = useMemo(() => nodesOf(placed), [placed]);
  const looks = useMemo(() => new Map(model.boxes.map((box) => [box.id, lookOf(box)])), [model.boxes, lookOf]);
  const edges = useMemo(
    () =>
      model.edges.map(([source, target]): Edge => {
        const ends = [source, target].flatMap((id) => model.boxes.find((box) => box.id === id) ?? []);
        const isCriticalEdge = ends.every(isCritical);
        const state = hasFlowed(looks.get(source) ?? null) ? "flowed" : "empty";
        return {
          id: `${source}\n${target}`,
          source,
          target,
          ariaLabel: ends.map(({ label }) => label).join(" leads to "),
          className: `${state}${isCriticalEdge ? " critical" : ""}`,
        };
      }),
    [model, looks, isCritical],
  );
  const waits = useMemo(() => {
    const counts = new Map<string, number>();
    for (const [, to] of model.edges) counts.set(to, (counts.get(to) ?? 0) + 1);
    return counts;
  }, [model.edges]);

  const isInView = (id: string) => {
    const rect = layout.boxes[id];
    const box = frame.current?.getBoundingClientRect();
    if (!rect || !box) return false;
    const { x, y, zoom } = flow.getViewport();
    const [left, top] = [rect.x * zoom + x, rect.y * zoom + y];
    return left >= 0 && top >= 0 && left + rect.width * zoom <= box.width && top + rect.height * zoom <= box.height;
  };
  const show = (id: string, zoom = flow.getZoom()) => {
    const rect = layout.boxes[id];
    if (rect) void flow.setCenter(rect.x + rect.width / 2, rect.y + rect.height / 2, { zoom });
  };
  const bounds = useMemo(() => boundsOf(layout), [layout]);
  /** All of it, in the middle, never larger than life; the zoom that this takes. */
  const showAll = () => {
    const box = frame.current?.getBoundingClientRect();
    if (!box) return 1;
    const room = 1 - 2 * margin;
    const zoom = Math.max(
      farthestOut(model.boxes.length),
      Math.min(1, (box.width * room) / bounds.width, (box.height * room) / bounds.height),
    );
    const [x, y] = [box.width / 2 - (bounds.x + bounds.width / 2) * zoom, box.height / 2 - (bounds.y + bounds.height / 2) * zoom];
    void flow.setViewport({ x, y, zoom });
    return zoom;
  };

  const start = useRef("");
  // biome-ignore lint/correctness/useExhaustiveDependencies: another layout is another picture; states that change are not
  useEffect(() => {
    const shape = model.boxes.map(({ id }) => id).join();
    if (start.current === shape) return;
    const isFirst = start.current === "";
    start.current = shape;
    if (!isFirst && focused !== null) {
      if (!isInView(focused)) show(focused);
      return;
    }
    if (showAll() < smallestFit && focused !== null) show(focused, 0.8);
  }, [placed]);

  const onKeyDown = (event: KeyboardEvent) => {
    const key = walkKeys.find((each) => each === event.key) as WalkKey | undefined;
    if (!key || focused === null || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const next = walk(focused, key, model, layout, direction);
    if (next === null) return;
    setAsked(next);
    if (!isInView(next)) show(next);
  };
  const now: Now = {
    lookOf: (box) => looks.get(box.id) ?? null,
    waitsFor: (id) => waits.get(id) ?? 0,
    isCritical,
    focused,
    hasKeyboard: () => hasKeyboard.current,
    onFocus: setAsked,
    onOpen,
    onFold: (key, taskId) => {
      setAskedTask(taskId);
      onFold(key);
    },
  };
  return (
    <NowContext value={now}>
      <div className="flex flex-wrap items-center gap-2 px-3.5 pb-2 desk:px-4">
        {bar}
        <span className="ml-auto flex gap-1.5">
          <button type="button" className="btn" onClick={() => void flow.zoomOut()} aria-label="Smaller">
            −
          </button>
          <button type="button" className="btn" onClick={() => void flow.zoomIn()} aria-label="Larger">
            +
          </button>
          <button type="button" className="btn" onClick={() => void showAll()}>
            Fit
          </button>
        </span>
      </div>
      <section
        ref={frame}
        aria-label={label}
        className="dag"
        style={{ height: `min(62vh, 560px, ${Math.max(160, Math.ceil(bounds.height) + 48)}px)` }}
        onKeyDown={onKeyDown}
        onFocus={() => {
          hasKeyboard.current = true;
        }}
        onBlur={({ relatedTarget }) => {
          if (!frame.current?.contains(relatedTarget)) hasKeyboard.current = false;
        }}
      >
        <ReactFlow
          nodes={nodes}
          edges={edges}
          nodeTypes={nodeTypes}
          onlyRenderVisibleElements
          minZoom={farthestOut(model.boxes.length)}
          maxZoom={1.6}
          nodesDraggable={false}
          nodesConnectable={false}
          nodesFocusable={false}
          edgesFocusable={false}
          elementsSelectable={false}
          zoomOnScroll={false}
          preventScrolling={false}
          zoomOnDoubleClick={false}
          disableKeyboardA11y
          proOptions={{ hideAttribution: true }}
          onMoveEnd={() => {
            if (focused !== null && !isInView(focused) && !hasKeyboard.current) {
              const visible = model.boxes.find(({ id }) => isInView(id));
              if (visible) setAsked(visible.id);
            }
          }}
        >
          {!isPhone && model.boxes.length > 12 && <MiniMap pannable ariaLabel={null} nodeClassName={(node) => miniClass(node, looks)} />}
        </ReactFlow>
      </section>
    </NowContext>
  );
}

const miniClass = ({ id, type }: Node, looks: Map<string, TaskLook | null>) =>
  type === "frame" ? "frame" : `tone-${looks.get(id)?.said.tone ?? "mute"}`;

function boundsOf({ boxes, frames }: Placed["layout"]): Rect {
  const rects = [...Object.values(boxes), ...Object.values(frames)];
  const [x, y] = [Math.min(...rects.map((rect) => rect.x)), Math.min(...rects.map((rect) => rect.y))];
  const width = Math.max(...rects.map((rect) => rect.x + rect.width)) - x;
  const height = Math.max(...rects.map((rect) => rect.y + rect.height)) - y;
  return { x, y, width, height };
}

/** Where a reader looks first: what failed, else what runs, else the beginning. */
function firstShown(boxes: GraphBox[], lookOf: Now["lookOf"]): string | null {
  for (const state of ["failed", "running"]) {
    const found = boxes.find((box) => lookOf(box)?.state === state);
    if (found) return found.id;
  }
  return boxes[0]?.id ?? null;
}
