"use client";

import Link from "next/link";
import { type KeyboardEvent, useRef, useState } from "react";
import { Glyph } from "@/components/ui/glyph";
import { cn } from "@/lib/cn";
import { plural } from "@/lib/format/count";
import { duration } from "@/lib/format/duration";
import { useNow } from "@/lib/format/now";
import { runSaid } from "@/lib/format/states";
import { moment } from "@/lib/format/time";
import { useZone } from "@/lib/format/zone";
import { paths } from "@/lib/paths";
import type { Pipeline } from "@/lib/schemas/pipeline";
import type { Usual } from "@/lib/schemas/usual";

const toneOf = { success: "tone-ok ok", failed: "tone-fail fail", running: "tone-run run", queued: "tone-run run" };

/** Durations of the last runs, oldest at the left, before what is usual. One tab stop; arrows move along it. */
export function RunStrip({ pipeline, usual }: { pipeline: Pipeline; usual: Usual | null }) {
  const zone = useZone();
  const now = useNow(10_000);
  const runs = pipeline.recentRuns.toReversed();
  const [asked, setActive] = useState<number | null>(null);
  const box = useRef<HTMLElement>(null);
  if (runs.length === 0) return null;
  const active = Math.min(asked ?? runs.length - 1, runs.length - 1);
  const lengthOf = (run: (typeof runs)[number]) =>
    run.durationMs ?? (run.state === "running" && run.startedAt ? Math.max(0, now - Date.parse(run.startedAt)) : null);
  const longest = Math.max(1, usual?.p90Ms ?? 0, ...runs.map((run) => lengthOf(run) ?? 0)) * 1.2;
  const move = (event: KeyboardEvent) => {
    const last = runs.length - 1;
    const to = { ArrowLeft: active - 1, ArrowRight: active + 1, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = Math.min(Math.max(to, 0), last);
    setActive(next);
    box.current?.querySelectorAll("a")[next]?.focus();
  };
  const failed = runs.filter(({ state }) => state === "failed").length;
  const band = usual && `half of its good runs take up to ${duration(usual.p50Ms)}, nine of ten up to ${duration(usual.p90Ms)}`;
  return (
    <div className="px-3.5 pb-2 desk:px-4">
      <nav
        ref={box}
        aria-label={`Durations of the last ${plural(runs.length, "run")}: ${failed === 0 ? "none failed" : `${failed} failed`}${band ? `; ${band}` : ""}`}
        className="strip"
        style={{ "--n": Math.max(runs.length, 12) }}
        onKeyDown={move}
      >
        {usual && (
          <span className="usual" style={{ "--lo": `${(100 * usual.p50Ms) / longest}%`, "--hi": `${(100 * usual.p90Ms) / longest}%` }} />
        )}
        {runs.map((run, index) => {
          const ms = lengthOf(run);
          const when = run.startedAt ? `${moment(run.startedAt, now, zone)}: ` : "";
          const said = `${when}${runSaid[run.state].word}${ms === null ? "" : ` after ${duration(ms)}`}`;
          return (
            <Link
              key={run.runId}
              href={paths.run({ environment: pipeline.environment, pipeline: pipeline.pipeline, runId: run.runId })}
              prefetch={false}
              aria-label={said}
              title={said}
              tabIndex={index === active ? 0 : -1}
              className={cn(toneOf[run.state], ms === null && "unknown")}
              style={{ "--h": `${(100 * (ms ?? 0)) / longest}%` }}
              onFocus={() => setActive(index)}
            >
              <i />
              {run.state === "failed" && <Glyph name="fail" size={13} />}
            </Link>
          );
        })}
      </nav>
      <p className="mt-1 flex flex-wrap justify-between gap-x-4 text-micro text-ink-3">
        <span>Duration of the last {plural(runs.length, "run")}, newest on the right</span>
        <span>{band ? `grey: usual, ${duration(usual.p50Ms)} to ${duration(usual.p90Ms)}` : "too few good runs to say what is usual"}</span>
      </p>
    </div>
  );
}
