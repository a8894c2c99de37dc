"use client";

import Link from "next/link";
import { Empty } from "@/components/ui/notice";
import { attentionRules } from "@/lib/attention";
import { useNow } from "@/lib/format/now";
import { moment } from "@/lib/format/time";
import { useZone } from "@/lib/format/zone";
import { listOf, paths } from "@/lib/paths";
import { type Asked, setFilters, shown } from "@/lib/run-asked";
import type { RunPage } from "@/lib/schemas/run";

type Props = { page: RunPage; asked: Asked; onAsk: (change: Partial<Asked>) => void };

/** Why there is nothing, and what there may be instead. */
export function NoRuns({ page, asked, onAsk }: Props) {
  const names = setFilters(asked);
  const clear = () => onAsk({ ...Object.fromEntries(names.map((name) => [name, null])), show: "all" });
  if (!page.hasRuns)
    return (
      <Empty title="No run has been seen yet.">
        A run appears here a few seconds after Airflow has made it. The DAGs that Airflow knows are under{" "}
        <Link href={listOf(paths.pipelines, asked.environment ?? undefined)} prefetch={false} className="go">
          Pipelines
        </Link>
      </Empty>
    );
  if (page.lookedBackTo) return <LookFurther page={page} onAsk={onAsk} />;
  if (names.length > 0)
    return (
      <Empty title="No run matches.">
        <button type="button" className="go" onClick={clear}>
          Clear the filter
        </button>
      </Empty>
    );
  if (shown(asked) === "attention")
    return (
      <Empty title="Nothing needs you.">
        No failure of the last {attentionRules.failureDays} days is left open, nothing runs longer than usual or waits too long.{" "}
        <button type="button" className="go" onClick={() => onAsk({ show: "all" })}>
          Show all runs
        </button>
      </Empty>
    );
  return <Empty title="No run is here.">It may be on a page before this one.</Empty>;
}

/** A rare filter says how far it has looked, rather than keep one waiting. */
export function LookFurther({ page, onAsk }: Omit<Props, "asked">) {
  const zone = useZone();
  const now = useNow(60_000);
  if (!page.lookedBackTo || page.nextCursor === null) return null;
  const cursor = page.nextCursor;
  return (
    <p role="status" className="flex flex-wrap items-center gap-2 px-4 py-3 text-ink-2">
      Looked at runs back to {moment(page.lookedBackTo, now, zone)}.
      <button type="button" className="go" onClick={() => onAsk({ cursor })}>
        Look at older ones
      </button>
    </p>
  );
}
