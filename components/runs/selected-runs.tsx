"use client";

import Link from "next/link";
import { CopyButton } from "@/components/ui/copy-button";
import { paths } from "@/lib/paths";
import type { Run } from "@/lib/schemas/run";

/** What can be done with the chosen runs. */
export function SelectedRuns({ runs, onClear }: { runs: Run[]; onClear: () => void }) {
  const [newer, older] = runs;
  const isPair = runs.length === 2 && newer?.pipeline === older?.pipeline && newer?.environment === older?.environment;
  const json = () => JSON.stringify(runs, null, 2);
  return (
    <div className="sticky bottom-0 z-10 flex flex-wrap items-center gap-2 border-t border-line bg-raised px-4 py-2 shadow-float">
      <span role="status" className="mr-2 font-strong">
        {runs.length} chosen
      </span>
      {isPair && newer && older ? (
        <Link href={paths.compare(newer, older.runId)} prefetch={false} className="btn">
          Compare
        </Link>
      ) : (
        <span className="text-small text-ink-2">Two runs of one pipeline can be compared.</span>
      )}
      <CopyButton text={() => runs.map(({ runId }) => runId).join("\n")} label="Copy run ids" />
      <CopyButton text={json} label="Copy as JSON" />
      <button type="button" className="btn bare ml-auto" onClick={onClear}>
        Clear
      </button>
    </div>
  );
}
