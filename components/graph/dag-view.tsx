"use client";

import { useCallback, useMemo, useState, useSyncExternalStore } from "react";
import { Ghosts, Notice } from "@/components/ui/notice";
import { plural } from "@/lib/format/count";
import { DagCanvas } from "./dag-canvas";
import type { DagGraphProps } from "./dag-graph";
import { DagList } from "./dag-list";
import { foldedAtFirst, foldGraph, type GraphBox, groupKey } from "./model";
import { groupLook } from "./task-looks";
import { useFolding } from "./use-folding";
import { useLayout } from "./use-layout";

const phone = "(max-width: 860px)";

function useIsPhone(): boolean {
  return useSyncExternalStore(
    (onChange) => {
      const query = matchMedia(phone);
      query.addEventListener("change", onChange);
      return () => query.removeEventListener("change", onChange);
    },
    () => matchMedia(phone).matches,
    () => false,
  );
}

export function DagView({ id, tasks, groups, stateOf, onOpen, critical, bar }: DagGraphProps) {
  const isPhone = useIsPhone();
  const { folded, fold, toggle } = useFolding(id, () => foldedAtFirst(tasks, groups));
  const model = useMemo(() => foldGraph(tasks, groups, folded), [tasks, groups, folded]);
  const { placed, hasFailed } = useLayout(model, isPhone ? "TB" : "LR");
  const lookOf = useCallback(
    (box: GraphBox) => (box.kind === "task" ? stateOf(box.taskIds[0] ?? "") : groupLook(box.taskIds.map(stateOf))),
    [stateOf],
  );
  const isCritical = useCallback((box: GraphBox) => box.taskIds.some((taskId) => critical?.has(taskId)), [critical]);
  const groupIds = useMemo(() => groups.map(({ groupId }) => groupId), [groups]);
  const groupOf = (key: string) => groupIds.find((groupId) => groupKey(groupId) === key);
  const openFrame = (key: string) => {
    const groupId = groupOf(key);
    if (groupId !== undefined) toggle(groupId);
  };
  return (
    <>
      {placed ? (
        <DagCanvas
          placed={placed}
          label={`Graph of ${plural(tasks.length, "task")}: arrow keys walk along its edges, Enter opens; the same as a list below`}
          isPhone={isPhone}
          lookOf={lookOf}
          isCritical={isCritical}
          onOpen={(box) => (box.kind === "group" ? openFrame(box.id) : onOpen(box.taskIds[0] ?? ""))}
          onFold={openFrame}
          bar={
            <>
              {bar}
              {groupIds.length > 0 && <FoldAll isFolded={folded.size > 0} onFold={() => fold(folded.size > 0 ? [] : groupIds)} />}
            </>
          }
        />
      ) : hasFailed ? (
        <div className="px-3.5 desk:px-4">
          <Notice tone="mute" glyph="unknown">
            This browser could not draw the graph. The list below says the same.
          </Notice>
        </div>
      ) : (
        <Ghosts rows={8} label="Drawing the graph" />
      )}
      <AsList count={tasks.length} isOpenAtFirst={hasFailed}>
        {() => <DagList tasks={tasks} stateOf={stateOf} onOpen={onOpen} critical={critical} />}
      </AsList>
    </>
  );
}

function FoldAll({ isFolded, onFold }: { isFolded: boolean; onFold: () => void }) {
  return (
    <button type="button" className="btn" onClick={onFold}>
      {isFolded ? "Open all groups" : "Fold all groups"}
    </button>
  );
}

function AsList({ count, isOpenAtFirst, children }: { count: number; isOpenAtFirst: boolean; children: () => React.ReactNode }) {
  const [isOpen, setOpen] = useState(isOpenAtFirst);
  return (
    <div className="border-t border-line">
      <button
        type="button"
        aria-expanded={isOpen}
        className="min-h-10 w-full px-3.5 text-left text-small text-ink-2 hover:text-ink desk:px-4"
        onClick={() => setOpen(!isOpen)}
      >
        {isOpen ? "Hide the list" : `The same as a list, ${plural(count, "task")}`}
      </button>
      {isOpen && children()}
    </div>
  );
}
