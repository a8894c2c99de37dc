"use client";

import Link from "next/link";
import { useState } from "react";
import { State } from "@/components/ui/state";
import { durationText } from "@/lib/duration-text";
import { plural } from "@/lib/format/count";
import { tableSaid } from "@/lib/format/states";
import { clock } from "@/lib/format/time";
import { useZone } from "@/lib/format/zone";
import { paths } from "@/lib/paths";
import type { FedTable } from "@/lib/schemas/pipeline";

const shown = 8;

/** The tables that a pipeline writes, the worst first, each a link to why it is so. */
export function Feeds({ environment, tables }: { environment: string; tables: FedTable[] }) {
  const [isOpen, setOpen] = useState(false);
  if (tables.length === 0) return <span className="text-ink-3">no table seen</span>;
  const visible = isOpen ? tables : tables.slice(0, shown);
  return (
    <ul className="on-canvas flex flex-wrap gap-x-5 gap-y-1">
      {visible.map((table) => (
        <li key={table.table} className="min-w-0 max-w-full">
          <Link
            href={paths.table(environment, table.table)}
            prefetch={false}
            title={table.table}
            className="flex min-h-6 min-w-0 items-center"
          >
            <Fed table={table} />
          </Link>
        </li>
      ))}
      {tables.length > shown && (
        <li>
          <button type="button" className="go min-h-6" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
            {isOpen ? "Fewer" : `${plural(tables.length - shown, "more table")}`}
          </button>
        </li>
      )}
    </ul>
  );
}

function Fed({ table: { table, state, lateByMs, expectedBy } }: { table: FedTable }) {
  const zone = useZone();
  if (state === null) return <span className="truncate text-ink-2">{table}</span>;
  const { word, tone, glyph } = tableSaid[state];
  const isQuiet = state === "on_time" || state === "not_expected";
  const more =
    state === "late" && lateByMs !== null
      ? `${durationText(lateByMs)} late`
      : state === "due_soon" && expectedBy !== null
        ? `due ${clock(expectedBy, zone)}`
        : word.toLowerCase();
  return (
    <>
      <State tone={tone} glyph={glyph} word={word} isWordHidden />
      <span
        className={`ml-1.5 truncate ${tone === "late" || tone === "fail" ? (tone === "late" ? "text-late-ink" : "text-fail-ink") : ""}`}
      >
        {table}
        {isQuiet ? "" : ` ${more}`}
      </span>
    </>
  );
}
