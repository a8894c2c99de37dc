"use client";

import { Handle, type NodeProps, Position } from "@xyflow/react";
import { createContext, useContext, useEffect, useRef } from "react";
import { Glyph } from "@/components/ui/glyph";
import { toneClass } from "@/components/ui/state";
import { cn } from "@/lib/cn";
import { plural } from "@/lib/format/count";
import type { Direction } from "./layout";
import type { GraphBox, GraphFrame } from "./model";
import type { TaskLook } from "./task-looks";

/** What changes without a new layout: states, and where the keyboard is. */
export type Now = {
  lookOf: (box: GraphBox) => TaskLook | null;
  waitsFor: (id: string) => number;
  isCritical: (box: GraphBox) => boolean;
  focused: string | null;
  /** Whether the keyboard is in the graph, so that a box that comes into view takes it. */
  hasKeyboard: () => boolean;
  onFocus: (id: string) => void;
  onOpen: (box: GraphBox) => void;
  /** `taskId`: one of those inside, to which the keyboard goes. */
  onFold: (frameId: string, taskId: string) => void;
};

export const NowContext = createContext<Now | null>(null);

export type BoxData = { box: GraphBox; direction: Direction };
export type FrameData = { frame: GraphFrame };

/** A task, or a folded group: shape, word and colour of its state; the pipe out of it is full once it has flowed. */
export function BoxNode({ id, data }: NodeProps & { data: BoxData }) {
  const { box, direction } = data;
  const now = useContext(NowContext);
  const button = useRef<HTMLButtonElement>(null);
  const isFocused = now?.focused === id;
  useEffect(() => {
    if (isFocused && now?.hasKeyboard() && document.activeElement !== button.current) button.current?.focus({ preventScroll: true });
  }, [isFocused, now]);
  if (!now) return null;
  const look = now.lookOf(box);
  const isGroup = box.kind === "group";
  const second = [look?.said.word ?? (isGroup ? plural(box.taskIds.length, "task") : "No state"), look?.note].filter(Boolean).join(", ");
  const critical = now.isCritical(box);
  const waits = now.waitsFor(id);
  const unseen = [critical && "on the critical path", waits > 0 ? `waits for ${waits}` : "waits for none"].filter(Boolean).join(", ");
  return (
    <>
      <Handle type="target" position={direction === "LR" ? Position.Left : Position.Top} isConnectable={false} />
      <button
        ref={button}
        type="button"
        tabIndex={isFocused ? 0 : -1}
        title={isGroup ? box.label : box.taskIds[0]}
        className={cn(
          "dag-box nopan",
          toneClass[look?.said.tone ?? "mute"],
          look?.state,
          (isGroup || (look?.mapped ?? 0) > 1) && "stack",
          critical && "critical",
        )}
        onFocus={() => now.onFocus(id)}
        onClick={() => now.onOpen(box)}
      >
        <Glyph name={look?.said.glyph ?? (isGroup ? "right" : "unknown")} size={16} className="text-(--c)" />
        <span className="min-w-0 flex-1">
          <span className="block truncate font-strong">
            {isGroup && <span className="sr-only">Group </span>}
            {box.label}
            {isGroup && <span className="sr-only">, folded</span>}
          </span>
          <span className="block truncate text-micro text-ink-2">{second}</span>
          <span className="sr-only">{unseen}</span>
        </span>
        {isGroup && <span className="tag">{box.taskIds.length}</span>}
        {!isGroup && look?.mapped != null && <span className="tag">×{look.mapped}</span>}
      </button>
      <Handle type="source" position={direction === "LR" ? Position.Right : Position.Bottom} isConnectable={false} />
    </>
  );
}

/** The frame of an open group; its name folds it. */
export function FrameNode({ data }: NodeProps & { data: FrameData }) {
  const now = useContext(NowContext);
  const { id, label, taskIds } = data.frame;
  return (
    <div className="dag-frame">
      <button
        type="button"
        aria-expanded={true}
        title={label}
        className="nopan flex h-7 max-w-full items-center gap-1 px-2 text-small text-ink-2 hover:text-ink"
        onClick={() => now?.onFold(id, taskIds[0] ?? "")}
      >
        <Glyph name="down" size={12} />
        <span className="truncate font-strong">
          <span className="sr-only">Group </span>
          {label}
        </span>
        <span className="text-ink-3">
          {taskIds.length}
          <span className="sr-only"> {taskIds.length === 1 ? "task" : "tasks"}</span>
        </span>
      </button>
    </div>
  );
}
