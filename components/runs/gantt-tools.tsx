import { duration } from "@/lib/format/duration";

type GanttToolsProps = {
  isZoomed: boolean;
  idleMs: number;
  isIdleHidden: boolean;
  onIdle: (isHidden: boolean) => void;
  /** Null: all of it. */
  onZoom: (factor: number | null) => void;
  onMove: (by: number) => void;
  isTable: boolean;
  onTable: (isTable: boolean) => void;
};

/** Closer, farther, sideways; and idle time drawn together. */
export function GanttTools({ isZoomed, idleMs, isIdleHidden, onIdle, onZoom, onMove, isTable, onTable }: GanttToolsProps) {
  return (
    <div className="flex flex-wrap items-center justify-end gap-1.5 px-3.5 pt-1 desk:px-4">
      {(idleMs > 0 || isIdleHidden) && (
        <button type="button" className="chip" aria-pressed={isIdleHidden} onClick={() => onIdle(!isIdleHidden)}>
          Hide idle <b>{duration(idleMs)}</b>
        </button>
      )}
      <button type="button" className="chip" aria-pressed={isTable} onClick={() => onTable(!isTable)}>
        Table
      </button>
      <fieldset className="flex gap-1">
        <legend className="sr-only">Zoom of the timeline</legend>
        {isZoomed && (
          <>
            <button type="button" className="chip" onClick={() => onMove(-0.5)} aria-label="Earlier">
              ←
            </button>
            <button type="button" className="chip" onClick={() => onMove(0.5)} aria-label="Later">
              →
            </button>
            <button type="button" className="chip" onClick={() => onZoom(null)}>
              Fit
            </button>
          </>
        )}
        <button type="button" className="chip" onClick={() => onZoom(2)} aria-disabled={!isZoomed} aria-label="Zoom out">
          −
        </button>
        <button type="button" className="chip" onClick={() => onZoom(0.5)} aria-label="Zoom in">
          +
        </button>
      </fieldset>
    </div>
  );
}
