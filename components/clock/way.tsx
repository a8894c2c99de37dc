"use client";

import { cn } from "@/lib/cn";
import { isLong, rowSaid } from "@/lib/format/clock-words";
import { duration } from "@/lib/format/duration";
import { useNow } from "@/lib/format/now";
import { runSaid } from "@/lib/format/states";
import { clock, day } from "@/lib/format/time";
import { useZone } from "@/lib/format/zone";
import { paths } from "@/lib/paths";
import type { ClockBar, ClockRow } from "@/lib/schemas/clock";

type Window = { from: string; until: string };

const share = (at: number, { from, until }: Window) => {
  const [start, end] = [Date.parse(from), Date.parse(until)];
  return Math.min(1, Math.max(0, (at - start) / (end - start)));
};
const percent = (value: number) => `${(value * 100).toFixed(3)}%`;

/** Where something lies in the window. */
function place(from: number, to: number, window: Window) {
  const start = share(from, window);
  return { "--x": percent(start), "--w0": percent(share(to, window) - start) };
}

/** A pipeline's runs of the window on one line. */
export function Way({ row, window }: { row: ClockRow; window: Window }) {
  const zone = useZone();
  const now = useNow(30_000);
  const known = row.unknownSince ? Math.min(now, Date.parse(row.unknownSince)) : now;
  const isNow = now > Date.parse(window.from) && now < Date.parse(window.until);
  return (
    <>
      <span role="img" className="sr-only" aria-label={rowSaid(row, now, zone)} />
      <span className="way-day" aria-hidden="true">
        {row.planned.map(({ at, isLikely }) => (
          <i
            key={at}
            className={cn("plan", isLikely && "likely")}
            title={`${isLikely ? "likely" : "planned"} ${clock(at, zone)}`}
            style={place(Date.parse(at), Date.parse(at) + (row.usual?.p50Ms ?? 0), window)}
          />
        ))}
        {row.bars.map((bar) => (
          <Bar key={`${bar.from} ${bar.runId}`} row={row} bar={bar} window={window} now={now} known={known} />
        ))}
        {row.due.map(({ table, at }) => (
          <i key={`${table} ${at}`} className="due" title={`${table} due ${clock(at, zone)}`} style={place(Date.parse(at), 0, window)} />
        ))}
        {isNow && <i className="now" style={place(now, 0, window)} />}
      </span>
    </>
  );
}

type BarProps = { row: ClockRow; bar: ClockBar; window: Window; now: number; known: number };

function Bar({ row, bar, window, now, known }: BarProps) {
  const from = Date.parse(bar.from);
  const isUnknown = bar.to === null && row.unknownSince !== null;
  const to = bar.to === null ? Math.max(from, known) : Date.parse(bar.to);
  const tone = {
    success: "tone-ok ok",
    failed: "tone-fail",
    running: isLong(row, bar, now) ? "tone-late" : "tone-run",
    queued: "tone-run wait",
  }[bar.state];
  const many = bar.runs > 1 ? `${bar.runs} runs, ` : "";
  const likelyEnd = row.usual && bar.state === "running" ? Math.max(now, from + row.usual.p50Ms) : now;
  return (
    <>
      {/* biome-ignore lint/a11y/useAnchorContent: for pointers; the same runs are links in the table of the pipeline */}
      <a
        href={paths.run({ environment: row.environment, pipeline: row.pipeline, runId: bar.runId })}
        tabIndex={-1}
        aria-hidden="true"
        className={tone}
        title={`${many}${runSaid[bar.state].word}${bar.to ? ` after ${duration(to - from)}` : ""}`}
        style={place(from, to, window)}
      ></a>
      {isUnknown && <i className="void" title="not known" style={place(to, now, window)} />}
      {bar.to === null && !isUnknown && likelyEnd > now && (
        <i className="rest" title="likely until then" style={place(now, likelyEnd, window)} />
      )}
    </>
  );
}

/** Times of a day, or days of a week, above the rows. */
export function Hours({ window }: { window: Window }) {
  const zone = useZone();
  const now = useNow(60_000);
  const [from, until] = [Date.parse(window.from), Date.parse(window.until)];
  const isWeek = until - from > 48 * 3_600_000;
  const count = isWeek ? 7 : 6;
  return (
    <span className="hours" aria-hidden="true">
      {Array.from({ length: count }, (_, index) => {
        const at = from + ((until - from) * index) / count;
        return (
          <span key={at} style={{ "--x": percent(index / count) }}>
            {isWeek
              ? day(at + 3_600_000, now, zone)
                  .split(" ")
                  .slice(0, 2)
                  .join(" ")
              : clock(at, zone)}
          </span>
        );
      })}
    </span>
  );
}

const meanings: [string, string][] = [
  ["tone-ok ok", "ran"],
  ["tone-fail", "failed"],
  ["tone-run", "running"],
  ["rest", "likely rest"],
  ["plan", "planned"],
  ["plan likely", "likely"],
  ["void", "unknown"],
  ["due", "due"],
];

export function ClockKey() {
  return (
    <span className="flex flex-wrap gap-x-3 gap-y-1 text-small text-ink-3">
      {meanings.map(([kind, word]) => (
        <span key={word} className="inline-flex items-center gap-1">
          <span className="way-day w-3 before:hidden" aria-hidden="true">
            <i className={kind} style={{ "--x": "0", "--w0": "100%" }} />
          </span>
          {word}
        </span>
      ))}
    </span>
  );
}
