"use client";

import { useQueries } from "@tanstack/react-query";
import { useMemo, useRef, useState } from "react";
import { LogBar } from "@/components/logs/log-bar";
import { type LogHandle, LogLines } from "@/components/logs/log-lines";
import { AsOf } from "@/components/ui/as-of";
import { Empty, Ghosts } from "@/components/ui/notice";
import { Panel } from "@/components/ui/panel";
import { plural } from "@/lib/format/count";
import { countLines, noView, positions, shownLines } from "@/lib/format/log-view";
import { attemptSaid } from "@/lib/format/states";
import { isPending } from "@/lib/format/task-timeline";
import { paths } from "@/lib/paths";
import { attemptQueries } from "@/lib/queries/attempts";
import { attemptsToRead, mergeRunLog } from "@/lib/run-log";
import type { TabProps } from "../run-tabs";

/** Each log is one poll of its own: so many are read at a time, and more when somebody asks. */
const logsAtOnce = 8;
const openMs = 3_000;
const moreMs = 200;

/** The logs of the run's tries as one, by time; those that failed or run are read first. */
export function LogTab({ detail }: TabProps) {
  const { run } = detail;
  const [most, setMost] = useState(logsAtOnce);
  const [view, setView] = useState(noView);
  const [hit, setHit] = useState<{ kind: "error" | "found"; nth: number }>({ kind: "error", nth: -1 });
  const handle = useRef<LogHandle>(null);
  const order = useMemo(() => attemptsToRead(detail.attempts), [detail.attempts]);
  const chosen = order.slice(0, most);
  const reads = useQueries({
    queries: chosen.map((attempt) => ({
      ...attemptQueries.log(attempt.id),
      refetchInterval: ({ state: { data } }: { state: { data: { isComplete: boolean; hasMore: boolean } | undefined } }) =>
        !data || data.isComplete ? false : data.hasMore ? moreMs : isPending(attempt) ? openMs : false,
    })),
  });
  const logs = reads.flatMap(({ data }, index) => {
    const attempt = chosen[index];
    return data && attempt ? [{ attempt, log: data }] : [];
  });
  const merged = mergeRunLog(logs);
  const shown = shownLines(merged.lines, view);
  const errors = positions(shown, "error");
  const found = positions(shown, "found");
  const unread = reads.filter(({ isError, data }) => isError && !data).length;
  const isReading = reads.some(({ data, isError }) => !data && !isError);
  const hrefOf = (lineId: string) => {
    const attempt = merged.attemptOf(lineId);
    return attempt
      ? paths.logLine(paths.attempt(run, attempt.taskId, attempt.tryNumber, attempt.mapIndex), merged.ownId(lineId))
      : paths.run(run);
  };
  const stepper = (kind: "error" | "found", at: number[]) => ({
    name: kind === "error" ? "error" : "match",
    total: at.length,
    at: hit.kind === kind ? hit.nth : -1,
    step(by: 1 | -1) {
      if (at.length === 0) return;
      const nth = ((hit.kind === kind ? hit.nth : by === 1 ? -1 : 0) + by + at.length) % at.length;
      setHit({ kind, nth });
      handle.current?.show(at[nth] ?? 0);
    },
  });
  const hitAt = (hit.kind === "error" ? errors : found)[hit.nth] ?? -1;
  const hitLine = shown[hitAt];
  const rest = order.length - chosen.length;
  const unsent = detail.folded.reduce((sum, { instances, sent }) => sum + instances - sent, 0);
  const note = [`${logs.length} of ${plural(order.length, "log")} read`, unread > 0 && `${unread} not readable`]
    .filter(Boolean)
    .join(" · ");
  const [firstLog] = logs;
  return (
    <Panel
      title="Log of the run"
      note={note}
      end={
        firstLog && <AsOf at={firstLog.log.asOf} sources={firstLog.log.sources.filter(({ name }) => name === "logs")} isOld={unread > 0} />
      }
    >
      {order.length === 0 ? (
        <Empty title="No task has begun.">Lines appear here as containers, Glue and Airflow write them.</Empty>
      ) : merged.lines.length === 0 ? (
        isReading ? (
          <Ghosts rows={10} label="Reading the logs" />
        ) : (
          <Empty title={unread > 0 ? "The logs cannot be read now." : "The logs that were read are empty."}>
            {unread > 0 ? "They are tried again by themselves." : "Each try says beside the tasks which of its streams are there."}
          </Empty>
        )
      ) : (
        <>
          <LogBar
            counts={countLines(merged.lines)}
            view={view}
            errors={stepper("error", errors)}
            found={stepper("found", found)}
            at={hitLine && { number: hitLine.number, href: hrefOf(hitLine.line.id) }}
            onChange={setView}
          />
          <LogLines
            ref={handle}
            shown={shown}
            search={view.search}
            hitAt={hitAt}
            firstAt={run.state === "failed" ? (errors[0] ?? null) : null}
            linkedAt={-1}
            hrefOf={(line) => hrefOf(line.id)}
            tagOf={(line) => merged.tagOf(line.id)}
            isLive={chosen.some(isPending)}
          />
        </>
      )}
      {rest > 0 && (
        <p className="flex flex-wrap items-center gap-3 border-t border-line px-3.5 py-2.5 text-small text-ink-2 desk:px-4">
          Not read yet: {restWords(order.slice(most))}.
          {unsent > 0 && ` Logs of ${plural(unsent, "further instance")} stand on their own pages.`}
          <button type="button" className="btn" onClick={() => setMost(most + logsAtOnce)}>
            Read {Math.min(rest, logsAtOnce)} more
          </button>
        </p>
      )}
    </Panel>
  );
}

function restWords(rest: ReturnType<typeof attemptsToRead>): string {
  const good = rest.filter(({ state }) => attemptSaid[state].tone === "ok").length;
  const others = rest.length - good;
  return [good > 0 && `${plural(good, "log")} of tries that went well`, others > 0 && `${plural(others, "other log")}`]
    .filter(Boolean)
    .join(", ");
}
