"use client";

import Link from "next/link";
import type { ReactNode } from "react";
import { Glyph } from "@/components/ui/glyph";
import { type StateProps, toneClass } from "@/components/ui/state";
import { DataThrough, Time } from "@/components/ui/time";
import { cn } from "@/lib/cn";
import { count } from "@/lib/format/count";
import { asRunState } from "@/lib/format/run-state";
import { runSaid, tableSaid } from "@/lib/format/states";
import { paths } from "@/lib/paths";
import type { TableDetail } from "@/lib/schemas/table";

type Stop = { who: ReactNode; what: ReactNode; said: StateProps; pipe: "wet" | "dry" | "moving"; key: string };

const unknown: StateProps = { word: "Unknown", tone: "mute", glyph: "unknown" };

/** The way of the data: the run, the load, the table, its next deadline. Empty walls say that nothing came through. */
export function TableFlow({ detail }: { detail: TableDetail }) {
  const { table, loads } = detail;
  const [newest] = loads;
  const run = table.lastRun;
  const runState = run ? asRunState(run.state) : null;
  const said = runState ? runSaid[runState] : unknown;
  const hasLoaded = newest !== undefined && run !== null && newest.runId === run.runId;
  const stops: Stop[] = [
    {
      key: "run",
      who: table.producedBy ? (
        <Link
          href={
            run
              ? paths.run({ environment: table.environment, pipeline: table.producedBy.pipeline, runId: run.runId })
              : paths.pipeline(table.environment, table.producedBy.pipeline)
          }
          prefetch={false}
          className="inline-flex min-h-6 items-center"
        >
          {table.producedBy.pipeline}
        </Link>
      ) : (
        "Producer unknown"
      ),
      what: run ? `last run: ${said.word.toLowerCase()}` : "no run seen",
      said,
      pipe: runState === "success" || hasLoaded ? "wet" : runState === "running" ? "moving" : "dry",
    },
    {
      key: "load",
      who: table.producedBy?.taskId ?? "Load",
      what: newest ? (
        <>
          <Time at={newest.finishedAt} />
          {newest.rowsInserted !== null && ` · ${count((newest.rowsInserted ?? 0) + (newest.rowsUpdated ?? 0))} rows`}
        </>
      ) : (
        "no load on record"
      ),
      said: newest ? { word: "Loaded", tone: "ok", glyph: "ok" } : unknown,
      pipe: newest ? "wet" : "dry",
    },
    {
      key: "table",
      who: table.table,
      what: (
        <>
          through <DataThrough value={table.dataThrough} />
        </>
      ),
      said: tableSaid[table.state],
      pipe: "dry",
    },
    {
      key: "next",
      who: "Next deadline",
      what: table.nextExpectedBy ? <Time at={table.nextExpectedBy} /> : "none set",
      said: table.nextExpectedBy ? { word: "Coming", tone: "mute", glyph: "soon" } : { word: "None", tone: "mute", glyph: "calendar" },
      pipe: "dry",
    },
  ];
  return (
    <section
      aria-label="The way of the data"
      className="mb-4 rounded-[8px] bg-surface px-3.5 pt-3 pb-2.5 shadow-panel desk:rounded-panel desk:px-4"
    >
      <ol className="flow">
        {stops.map((stop) => (
          <li key={stop.key} className={cn(toneClass[stop.said.tone], stop.pipe)}>
            <Glyph name={stop.said.glyph} size={15} />
            <span className="-my-0.5 flex min-h-6 items-center truncate font-[500]">
              {stop.who}
              <span className="sr-only">, {stop.said.word}</span>
            </span>
            <span className="block truncate text-micro text-ink-3">{stop.what}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
