"use client";

import Link from "next/link";
import { useState } from "react";
import { Glyph } from "@/components/ui/glyph";
import { Scroller } from "@/components/ui/scroller";
import { toneClass } from "@/components/ui/state";
import { Time } from "@/components/ui/time";
import { cn } from "@/lib/cn";
import { plural } from "@/lib/format/count";
import { runSaid } from "@/lib/format/states";
import { versionName } from "@/lib/format/version";
import { paths } from "@/lib/paths";
import type { Run } from "@/lib/schemas/run";
import type { PipelineVersion } from "@/lib/schemas/structure";

const shown = 12;

type VersionRowsProps = {
  versions: PipelineVersion[];
  /** The newest runs of the pipeline. */
  runs: Run[];
  onCompare: (version: string, before: string) => void;
};

/** Every version, newest first, with which of the newest runs used it. */
export function VersionRows({ versions, runs, onCompare }: VersionRowsProps) {
  const [isAll, setAll] = useState(false);
  const visible = isAll ? versions : versions.slice(0, shown);
  return (
    <>
      <Scroller label="Versions, scrolls sideways">
        <table className="rows" aria-label="Versions">
          <thead>
            <tr>
              <th scope="col">Version</th>
              <th scope="col">First seen</th>
              <th scope="col">Of the last {plural(runs.length, "run")}</th>
              <th scope="col">
                <span className="sr-only">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {visible.map((each, index) => {
              const before = versions[index + 1];
              return (
                <tr key={each.version}>
                  <td className="max-w-[30ch]">
                    <span className="block truncate font-strong" title={each.version}>
                      {versionName(each.version)}
                    </span>
                    <span className="two truncate">{each.isCurrent ? "current" : (each.bundleVersion ?? "")}</span>
                  </td>
                  <td className="whitespace-nowrap">
                    <Time at={each.firstSeenAt} />
                  </td>
                  <td>
                    <RunsOf runs={runs.filter(({ dagVersion }) => dagVersion === each.version)} />
                  </td>
                  <td className="text-right">
                    {before && (
                      <button type="button" className="go min-h-6" onClick={() => onCompare(each.version, before.version)}>
                        What it changed
                      </button>
                    )}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </Scroller>
      {versions.length > visible.length && (
        <p className="px-3.5 py-2.5 desk:px-4">
          <button type="button" className="btn" onClick={() => setAll(true)}>
            {plural(versions.length - visible.length, "older version")}
          </button>
        </p>
      )}
    </>
  );
}

function RunsOf({ runs }: { runs: Run[] }) {
  if (runs.length === 0) return <span className="text-ink-3">none</span>;
  const failed = runs.filter(({ state }) => state === "failed");
  const newest = runs[0];
  return (
    <span className="flex flex-wrap items-center gap-x-3">
      {newest && (
        <Link href={paths.run(newest)} prefetch={false} className="min-h-6">
          {plural(runs.length, "run")}, the newest {runSaid[newest.state].word.toLowerCase()}
        </Link>
      )}
      {failed.map((run) => (
        <Link
          key={run.runId}
          href={paths.run(run)}
          prefetch={false}
          title={run.runId}
          className={cn(toneClass.fail, "inline-grid size-6 place-items-center")}
        >
          <Glyph name="fail" size={14} className="text-(--c)" />
          <span className="sr-only">Failed: {run.runId}</span>
        </Link>
      ))}
    </span>
  );
}
