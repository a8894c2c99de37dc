"use client";

import { useQuery } from "@tanstack/react-query";
import { Popover } from "radix-ui";
import type { RefObject } from "react";
import { State } from "@/components/ui/state";
import { duration } from "@/lib/format/duration";
import { useNow } from "@/lib/format/now";
import { attemptSaid, failureWord } from "@/lib/format/states";
import { useZone } from "@/lib/format/zone";
import type { Cell } from "@/lib/grid-codec";
import type { ShownRow } from "@/lib/grid-model";
import { gridQueries } from "@/lib/queries/grid";
import type { GridRun } from "@/lib/schemas/grid";
import { cellSaid } from "./cell-words";
import { runName } from "./grid-head";
import { nameOf } from "./grid-row";

export type Shown = { row: ShownRow; run: GridRun; cell: Cell | null };

type CardProps = {
  place: { environment: string; pipeline: string };
  shown: Shown;
  anchor: RefObject<{ getBoundingClientRect(): DOMRect }>;
};

/** Task, run, state, duration, try and cause of the cell under the pointer or the focus. */
export function CellCard({ place: { environment, pipeline }, shown: { row, run, cell }, anchor }: CardProps) {
  const zone = useZone();
  const now = useNow(60_000);
  const task = row.kind === "instance" ? row.task.id : row.kind === "task" ? row.row.id : null;
  const map = row.kind === "instance" ? Number(row.row.id) : undefined;
  const { data } = useQuery({
    ...gridQueries.cell(environment, pipeline, { run: run.runId, task: task ?? "", ...(map !== undefined && { map }) }),
    enabled: task !== null && cell !== null,
    staleTime: 30_000,
  });
  const length = data?.durationMs ?? (data?.startedAt && cell?.state === "running" ? Math.max(0, now - Date.parse(data.startedAt)) : null);
  return (
    <Popover.Root open>
      <Popover.Anchor virtualRef={anchor} />
      <Popover.Portal>
        <Popover.Content
          role="tooltip"
          side="top"
          sideOffset={6}
          collisionPadding={8}
          onOpenAutoFocus={(event) => event.preventDefault()}
          onCloseAutoFocus={(event) => event.preventDefault()}
          className="on-raised pointer-events-none z-50 max-w-80 rounded-control bg-raised px-3 py-2 text-small shadow-float"
        >
          <p className="line-clamp-2 font-strong [overflow-wrap:anywhere]">{nameOf(row)}</p>
          <p className="text-ink-3">{runName(run, now, zone)}</p>
          <p className="mt-1 flex items-center gap-1.5">
            {cell ? <State {...attemptSaid[cell.state]} word={cellSaid(cell, row.kind)} /> : cellSaid(null)}
          </p>
          {data?.failureClass && <p className="text-fail-ink">{failureWord[data.failureClass]}</p>}
          {length !== null && (
            <p className="text-ink-2">
              {duration(length)}
              {data?.usual && <span className="text-ink-3"> usually {duration(data.usual.p50Ms)}</span>}
              {cell && cell.instances !== null && data && data.mapIndex >= 0 && (
                <span className="text-ink-3"> of instance {data.mapIndex}</span>
              )}
            </p>
          )}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
