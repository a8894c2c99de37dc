"use client";

import { Glyph } from "@/components/ui/glyph";
import { toneClass } from "@/components/ui/state";
import { cn } from "@/lib/cn";
import { count } from "@/lib/format/count";
import type { LogCounts, LogView } from "@/lib/format/log-view";
import { sourceWord } from "@/lib/format/states";
import type { LogLevel, LogSource } from "@/lib/schemas/attempt";
import { LineLink } from "./line-link";

type Hits = { name: string; total: number; at: number; step: (by: 1 | -1) => void };
type LogBarProps = {
  counts: LogCounts;
  view: LogView;
  errors: Hits;
  found: Hits;
  /** The line that was stepped to. */
  at: { number: number; href: string } | undefined;
  onChange: (view: LogView) => void;
};

const sources: LogSource[] = ["container", "glue", "airflow"];
const levels: { level: LogLevel; word: string; tone: "fail" | "late"; glyph: "fail" | "late" }[] = [
  { level: "error", word: "Error", tone: "fail", glyph: "fail" },
  { level: "warning", word: "Warn", tone: "late", glyph: "late" },
];

function toggled<T>(set: ReadonlySet<T>, value: T): Set<T> {
  const next = new Set(set);
  if (!next.delete(value)) next.add(value);
  return next;
}

/** Which sources and levels are shown, the way from error to error, and the search. */
export function LogBar({ counts: { bySource, byLevel }, view, errors, found, at, onChange }: LogBarProps) {
  return (
    <div className="border-t border-line px-3 py-2">
      <div className="mb-1.5 flex flex-wrap items-center gap-1.5">
        {sources
          .filter((source) => bySource.has(source))
          .map((source) => (
            <button
              key={source}
              type="button"
              className="chip"
              aria-pressed={!view.hidden.has(source)}
              onClick={() => onChange({ ...view, hidden: toggled(view.hidden, source) })}
            >
              {sourceWord[source]} <b>{count(bySource.get(source) ?? 0)}</b>
            </button>
          ))}
        {levels
          .filter(({ level }) => byLevel.has(level))
          .map(({ level, word, tone, glyph }) => (
            <button
              key={level}
              type="button"
              className="chip"
              aria-pressed={view.levels.has(level)}
              onClick={() => onChange({ ...view, levels: toggled(view.levels, level) })}
            >
              <Glyph name={glyph} size={12} className={cn(toneClass[tone], "text-(--c)")} />
              {word} <b>{count(byLevel.get(level) ?? 0)}</b>
            </button>
          ))}
      </div>
      <div className="flex flex-wrap items-center justify-between gap-1">
        {errors.total > 0 ? <Steps hits={errors} /> : <span className="px-1 text-small text-ink-3">no error line</span>}
        {at && (
          <span className="mr-auto px-1 text-small text-ink-3">
            line <LineLink {...at} className="underline decoration-1 underline-offset-3" />
          </span>
        )}
        <span className="flex min-w-0 items-center gap-1 max-desk:w-full">
          {view.search.trim() !== "" && <Steps hits={found} />}
          <label className="flex h-10 min-w-0 flex-1 items-center gap-1.5 rounded-control border border-control bg-surface pr-1 pl-2 text-ink-3 desk:h-[26px] desk:flex-none">
            <Glyph name="search" size={13} />
            <input
              type="search"
              aria-label="Search the log"
              placeholder="Search"
              value={view.search}
              onChange={(event) => onChange({ ...view, search: event.target.value })}
              onKeyDown={(event) => {
                if (event.key === "Enter") found.step(event.shiftKey ? -1 : 1);
              }}
              className="w-28 min-w-0 flex-1 bg-transparent text-small text-ink outline-offset-4 desk:flex-none"
            />
          </label>
        </span>
      </div>
    </div>
  );
}

function Steps({ hits }: { hits: Hits }) {
  return (
    <span className="inline-flex items-center">
      <span className="px-1 text-small whitespace-nowrap text-ink-3" role="status">
        {hits.total === 0 ? `no ${hits.name}` : `${hits.name} ${hits.at === -1 ? "" : `${hits.at + 1} of `}${count(hits.total)}`}
      </span>
      {hits.total > 0 && (
        <>
          <button type="button" className="icon" aria-label={`Previous ${hits.name}`} onClick={() => hits.step(-1)}>
            <Glyph name="up" size={14} />
          </button>
          <button type="button" className="icon" aria-label={`Next ${hits.name}`} onClick={() => hits.step(1)}>
            <Glyph name="arrow-down" size={14} />
          </button>
        </>
      )}
    </span>
  );
}
