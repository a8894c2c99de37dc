"use client";

import Link from "next/link";
import { memo } from "react";
import { State } from "@/components/ui/state";
import { Ago, Time } from "@/components/ui/time";
import { VersusBar } from "@/components/ui/versus-bar";
import type { WithAttention } from "@/lib/attention";
import { duration } from "@/lib/format/duration";
import { usd } from "@/lib/format/money";
import { useNow } from "@/lib/format/now";
import { isLong, isLost, runData, runNews, runningMs, runState, startedBy } from "@/lib/format/run-words";
import { useZone } from "@/lib/format/zone";
import { paths } from "@/lib/paths";
import type { Run } from "@/lib/schemas/run";
import { RowBox, type Toggle } from "./selection";

type RunRowProps = {
  id: string;
  run: WithAttention;
  hasEnvironment: boolean;
  /** Undefined: rows of this list are not chosen. */
  isChosen?: boolean | undefined;
  onToggle?: Toggle | undefined;
  isNamedByData?: boolean;
};

/** A run that waits too long says how long. */
function said(run: WithAttention, now: number) {
  const state = runState(run, now);
  const since = run.queuedAt ?? run.runAfter;
  if (run.needs !== "queued_long" || run.state !== "queued" || !since) return state;
  return { ...state, tone: "late" as const, word: `Queued ${duration(Math.max(0, now - Date.parse(since)))}` };
}

/** One run on two lines; on a phone a block, its state at the right. */
export const RunRow = memo(function RunRow({ id, run, hasEnvironment, isChosen = false, onToggle, isNamedByData = false }: RunRowProps) {
  const zone = useZone();
  const now = useNow(run.endedAt ? 60_000 : 1_000);
  const ms = runningMs(run, now);
  const data = runData(run, now, zone) || run.runId;
  const news = runNews(run);
  const state = said(run, now);
  const startedAt = run.startedAt ?? run.queuedAt ?? run.runAfter;
  const reason = run.triggerReason ?? run.note;
  return (
    <tr className={isChosen ? "bg-selected" : undefined}>
      {onToggle && (
        <td className="max-desk:order-first max-desk:row-span-3 desk:w-8">
          <RowBox id={id} isChosen={isChosen} onToggle={onToggle} label={`Choose ${run.pipeline}, run ${run.runId}`} />
        </td>
      )}
      <td className="max-desk:order-2 max-desk:text-right desk:w-[158px]">
        <State {...state} />
        {run.isGone && !isLost(run) && <span className="two">no longer in Airflow</span>}
      </td>
      <td className="min-w-0 max-desk:order-1 max-desk:row-span-2">
        <Link
          href={paths.run(run)}
          prefetch={false}
          className="line-clamp-2 font-strong [overflow-wrap:anywhere]"
          title={run.pipeline.length > 60 ? run.pipeline : undefined}
        >
          {isNamedByData ? data : run.pipeline}
          <span className="sr-only">, run {run.runId}</span>
        </Link>
        <span className="two max-w-[34ch] truncate">
          {isNamedByData ? (
            <code aria-hidden="true">{run.runId}</code>
          ) : (
            [hasEnvironment && run.environment, data].filter(Boolean).join(" · ")
          )}
        </span>
      </td>
      <td className="num desk:w-[132px] max-desk:order-3 max-desk:text-small max-desk:text-ink-2">
        {startedAt ? (
          <>
            <Time at={startedAt} />
            <span className="two max-desk:hidden">
              <Ago at={startedAt} />
            </span>
          </>
        ) : (
          <span className="text-mute-ink">not started</span>
        )}
      </td>
      <td className="max-desk:hidden desk:w-[164px]">
        {ms === null ? <span className="text-ink-2">{isLost(run) ? "unknown" : "not started"}</span> : duration(ms)}
        {run.usual && (
          <span className="sr-only">
            , usually {duration(run.usual.p50Ms)} to {duration(run.usual.p90Ms)}
          </span>
        )}
        <VersusBar ms={ms} usual={run.usual} tone={isLong(run, now) ? "late" : state.tone} />
      </td>
      <td className="max-desk:order-4 max-desk:col-span-2 max-desk:text-small max-desk:text-ink-2">
        <span className={run.state === "failed" ? undefined : "text-ink-2"}>
          {run.failure && (
            <Link
              href={paths.attempt(run, run.failure.taskId, run.failure.tryNumber, run.failure.mapIndex)}
              prefetch={false}
              className="inline-block max-w-[34ch] truncate align-bottom max-desk:max-w-full min-[1400px]:max-w-full"
              title={run.failure.taskId}
            >
              <code>{run.failure.taskId}</code>
            </Link>
          )}{" "}
          {news.text}
          {ms !== null && <span className="desk:hidden"> · {duration(ms)}</span>}
        </span>
        {news.more && <span className="two">{news.more}</span>}
      </td>
      <td className="max-desk:hidden min-[1400px]:[overflow-wrap:anywhere]">
        <TableNames run={run} />
      </td>
      <td className="num desk:w-[104px] min-[1400px]:w-[120px] max-desk:order-5 max-desk:col-span-2 max-desk:hidden">
        <RunCost run={run} />
      </td>
      <td className="max-desk:hidden">
        <span className="[overflow-wrap:anywhere]">{startedBy(run)}</span>
        {reason && <span className="two max-w-[22ch] truncate">“{reason}”</span>}
      </td>
    </tr>
  );
});

function TableNames({ run }: { run: Run }) {
  const [first, second, ...others] = run.tables;
  if (!first) return <span className="text-ink-3">{run.state === "success" || run.state === "failed" ? "none written" : "none yet"}</span>;
  return (
    <>
      <Link href={paths.table(run.environment, first)} prefetch={false}>
        {first}
      </Link>
      {second && <span className="two">{others.length === 0 ? `and ${second}` : `and ${others.length + 1} more`}</span>}
    </>
  );
}

function RunCost({ run }: { run: Run }) {
  const { usd: known, isEstimate, unknownCount } = run.cost;
  const isOver = run.state === "success" || run.state === "failed";
  if (known === null && unknownCount === 0 && isOver && run.taskCounts.total > 0)
    return (
      <span className="text-ink-2" title="Its tasks ran on Airflow's own workers, which are billed by the environment's hour">
        no container
      </span>
    );
  if (known === null) return <span className="text-mute-ink">{isOver ? "price unknown" : "not yet"}</span>;
  const more = unknownCount > 0 ? `${unknownCount} price unknown` : !isOver ? "so far" : isEstimate ? "estimate" : null;
  return (
    <>
      {unknownCount > 0 && <span className="text-ink-3">at least </span>}
      {usd(known)}
      {more && <span className="two">{more}</span>}
    </>
  );
}
