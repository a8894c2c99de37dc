"use client";

import { Command } from "cmdk";
import type { ReactNode } from "react";
import { Glyph, type GlyphName } from "@/components/ui/glyph";
import { State } from "@/components/ui/state";
import { useNow } from "@/lib/format/now";
import { runSaid, tableSaid } from "@/lib/format/states";
import { moment } from "@/lib/format/time";
import { useZone } from "@/lib/format/zone";
import { paths } from "@/lib/paths";
import type { FoundRun, SearchResult } from "@/lib/schemas/search";
import { type RecentThing, readRecent } from "./recent";

type OnOpen = (thing: RecentThing) => void;

const glyphs: Record<RecentThing["kind"], GlyphName> = { table: "table", pipeline: "runs", run: "runs", page: "right" };

/** One thing that can be opened: what it is called, where it belongs, its state. */
function Thing({ thing, end, prefix, onOpen }: { thing: RecentThing; end?: ReactNode; prefix: string; onOpen: OnOpen }) {
  return (
    <Command.Item value={itemValue(prefix, thing.href)} onSelect={() => onOpen(thing)}>
      <Glyph name={glyphs[thing.kind]} size={14} className="text-ink-3" />
      <span className="min-w-0 flex-1">
        <span className="block truncate" title={thing.name}>
          {thing.name}
        </span>
        {thing.note && (
          <span className="two truncate" title={thing.note}>
            {thing.note}
          </span>
        )}
      </span>
      {end}
    </Command.Item>
  );
}

const itemValue = (prefix: string, href: string) => `${prefix} ${href}`;

/** The value of what stands first in the list; empty while only pages do. */
export function firstFound(asked: string, found: SearchResult | undefined): string {
  const [recent] = asked === "" ? readRecent() : [];
  if (recent) return itemValue("recent", recent.href);
  const { tables: [table] = [], pipelines: [pipeline] = [], runs: [run] = [] } = found ?? {};
  if (table) return itemValue("table", paths.table(table.environment, table.table));
  if (pipeline) return itemValue("pipeline", paths.pipeline(pipeline.environment, pipeline.pipeline));
  return run ? itemValue("run", paths.run(run)) : "";
}

export function PaletteRecent({ onOpen }: { onOpen: OnOpen }) {
  const recent = readRecent();
  if (recent.length === 0) return null;
  return (
    <Command.Group heading="Opened lately">
      {recent.map((thing) => (
        <Thing key={thing.href} thing={thing} prefix="recent" onOpen={onOpen} />
      ))}
    </Command.Group>
  );
}

export function PaletteFound({ found, asked, onOpen }: { found: SearchResult; asked: string; onOpen: OnOpen }) {
  const zone = useZone();
  const now = useNow(60_000);
  const nameOf = ({ startedAt, runAfter, runId }: FoundRun) => {
    const at = startedAt ?? runAfter;
    return at ? moment(at, now, zone) : runId;
  };
  return (
    <>
      {found.tables.length > 0 && (
        <Command.Group heading="Tables">
          {found.tables.map(({ environment, table, state }) => (
            <Thing
              key={`${environment} ${table}`}
              thing={{ kind: "table", name: table, note: environment, href: paths.table(environment, table) }}
              end={<State {...tableSaid[state]} />}
              prefix="table"
              onOpen={onOpen}
            />
          ))}
        </Command.Group>
      )}
      {found.pipelines.length > 0 && (
        <Command.Group heading="Pipelines">
          {found.pipelines.map(({ environment, pipeline, lastState, isPaused }) => (
            <Thing
              key={`${environment} ${pipeline}`}
              thing={{
                kind: "pipeline",
                name: pipeline,
                note: `${environment}${isPaused ? " · paused" : ""}`,
                href: paths.pipeline(environment, pipeline),
              }}
              end={lastState && <State {...runSaid[lastState]} />}
              prefix="pipeline"
              onOpen={onOpen}
            />
          ))}
        </Command.Group>
      )}
      {found.runs.length > 0 && (
        <Command.Group heading={asked === "" ? "Failed last" : "Runs"}>
          {found.runs.map((run) => (
            <Thing
              key={`${run.environment} ${run.pipeline} ${run.runId}`}
              thing={{ kind: "run", name: `${run.pipeline}, ${nameOf(run)}`, note: run.runId, href: paths.run(run) }}
              end={<State {...runSaid[run.state]} />}
              prefix="run"
              onOpen={onOpen}
            />
          ))}
        </Command.Group>
      )}
    </>
  );
}
