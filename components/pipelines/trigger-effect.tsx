"use client";

import Link from "next/link";
import { State, type StateProps } from "@/components/ui/state";
import { Time } from "@/components/ui/time";
import { VersusBar } from "@/components/ui/versus-bar";
import { duration } from "@/lib/format/duration";
import { usd } from "@/lib/format/money";
import { isOpen } from "@/lib/format/run-words";
import { sourceLabel } from "@/lib/format/sources";
import { paths } from "@/lib/paths";
import type { PipelineDetail } from "@/lib/schemas/pipeline";

/** The cost of the newest good run: the best that is known of the next one. */
export const expectedCost = ({ runs }: PipelineDetail) =>
  runs.find(({ state, costUsd }) => state === "success" && costUsd !== null)?.costUsd ?? null;

function checksOf(detail: PipelineDetail): (StateProps & { key: string })[] {
  const { pipeline, runs, sources } = detail;
  const active = runs.filter(isOpen);
  const unclear = sources.filter(({ name, state }) => name === "airflow" && state !== "ok");
  return [
    active.length === 0
      ? { key: "active", tone: "ok", glyph: "ok", word: `No run of ${pipeline.pipeline} is active` }
      : {
          key: "active",
          tone: "late",
          glyph: "late",
          word: `${active.length} of its runs ${active.length === 1 ? "is" : "are"} active: this one may wait`,
        },
    ...(pipeline.isPaused
      ? [{ key: "paused", tone: "late" as const, glyph: "late" as const, word: "The pipeline is paused: the run waits until it is not" }]
      : []),
    ...(pipeline.hasImportErrors
      ? [{ key: "import", tone: "fail" as const, glyph: "fail" as const, word: "Airflow cannot import its file" }]
      : []),
    ...unclear.map((source) => ({
      key: source.name,
      tone: "mute" as const,
      glyph: "stale" as const,
      word: `${sourceLabel(source.name)} does not answer: an active run would not show`,
    })),
  ];
}

/** What starting this run means: time, money, tables, and what runs already. */
export function TriggerEffect({ detail }: { detail: PipelineDetail }) {
  const { pipeline } = detail;
  const cost = expectedCost(detail);
  const active = detail.runs.filter(isOpen);
  return (
    <section
      aria-label="What this will do"
      className="on-raised grid content-start gap-3 border-b border-line bg-[light-dark(#f7f9f8,#131d20)] px-4 py-3.5 desk:border-b-0 desk:border-l desk:px-[22px] desk:py-4"
    >
      <h3 className="font-strong">What this will do</h3>
      <div className="grid grid-cols-2 gap-3">
        <div>
          <p className="text-micro text-ink-3">Usual duration</p>
          <p className="text-figure font-[500] tracking-[-.02em]">
            {pipeline.medianDurationMs === null ? <span className="text-mute-ink">unknown</span> : duration(pipeline.medianDurationMs)}
          </p>
          <VersusBar ms={null} usual={pipeline.medianDurationMs === null ? null : { p50Ms: pipeline.medianDurationMs }} tone="ok" />
        </div>
        <div>
          <p className="text-micro text-ink-3">Cost, as the last good run</p>
          <p className="text-figure font-[500] tracking-[-.02em]">
            {cost === null ? <span className="text-mute-ink">unknown</span> : usd(cost)}
          </p>
        </div>
      </div>
      <div>
        <p className="mb-[3px] text-small font-[500]">It writes</p>
        {pipeline.tables.length === 0 ? (
          <p className="text-small text-mute-ink">unknown: no load of it is on record yet</p>
        ) : (
          <ul className="grid text-small/6">
            {pipeline.tables.map((table) => (
              <li key={table}>
                <Link href={paths.table(pipeline.environment, table)} prefetch={false}>
                  {table}
                </Link>
              </li>
            ))}
          </ul>
        )}
      </div>
      <div>
        <p className="mb-[3px] text-small font-[500]">Running now</p>
        <div className="grid gap-[5px] text-small">
          {checksOf(detail).map(({ key, ...check }) => (
            <State key={key} {...check} size={13} className="items-start! whitespace-normal! [&>svg]:mt-0.5" />
          ))}
          {active.map((run) => (
            <Link key={run.runId} href={paths.run(run)} prefetch={false} className="pl-[19px] text-ink-2">
              {run.state}, {run.startedAt ? <Time at={run.startedAt} /> : "not started"}
            </Link>
          ))}
        </div>
      </div>
    </section>
  );
}
