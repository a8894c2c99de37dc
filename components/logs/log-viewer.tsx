"use client";

import { useQuery } from "@tanstack/react-query";
import { parseAsString, useQueryState } from "nuqs";
import { type RefObject, useEffect, useEffectEvent, useMemo, useRef, useState } from "react";
import { AsOf } from "@/components/ui/as-of";
import { Glyph } from "@/components/ui/glyph";
import { Empty, Ghosts, Unreadable } from "@/components/ui/notice";
import { count, plural } from "@/lib/format/count";
import { countLines, logText, noView, positions, shownLines } from "@/lib/format/log-view";
import { sentences } from "@/lib/format/sentence";
import { sourceWord } from "@/lib/format/states";
import { paths } from "@/lib/paths";
import { attemptQueries } from "@/lib/queries/attempts";
import { brokenBy } from "@/lib/queries/live";
import type { WholeLog } from "@/lib/queries/log-pages";
import type { LogLine, LogOpening } from "@/lib/schemas/attempt";
import { useShortcut } from "@/lib/use-shortcut";
import { LogBar } from "./log-bar";
import { LogBox } from "./log-box";
import { LogEntry } from "./log-entry";
import { type LogHandle, LogLines } from "./log-lines";

const moreMs = 150;
const liveMs = 2_000;
const settleMs = 5_000;

type LogViewerProps = {
  attemptId: string;
  /** Where the attempt is shown. */
  href: string;
  isRunning: boolean;
  hasFailed: boolean;
  /** It is what the page is for: it takes the height of the window. */
  isTall?: boolean;
};

/** The merged log of one attempt: opens at the line that the address names, else at its first error, else at its end, and follows it while it grows. */
export function LogViewer({ attemptId, href, isRunning, hasFailed, isTall = false }: LogViewerProps) {
  const query = useQuery({
    ...attemptQueries.log(attemptId),
    refetchInterval: ({ state: { data } }) =>
      !data ? settleMs : data.isComplete ? false : data.hasMore ? moreMs : isRunning ? liveMs : settleMs,
  });
  const { data: opening } = useQuery(attemptQueries.opening(attemptId));
  const isErrorAsked = useRef(false);
  const broken = brokenBy(query);
  if (!query.data) {
    if (opening) return <Opening {...{ opening, href, isErrorAsked, isTall }} isOld={broken !== null} />;
    return broken ? (
      <div className="border-t border-line pt-2">
        <Unreadable what="The log" problem={broken} />
      </div>
    ) : (
      <Ghosts rows={10} label="Reading the log" className="min-h-[486px] content-start border-t border-line" />
    );
  }
  return <Viewer {...{ href, isRunning, hasFailed, isErrorAsked, isTall }} log={query.data} isOld={broken !== null} />;
}

/** Whether the key for the next error was pressed before the log was read. */
type ErrorAsked = RefObject<boolean>;

type OpeningProps = { opening: LogOpening; href: string; isErrorAsked: ErrorAsked; isOld: boolean; isTall: boolean };

const noHits = { total: 0, at: -1, step: () => undefined };

/** The lines that came with the page, where the log will stand when it is read. */
function Opening({ opening: { lines, bySource, byLevel }, href, isErrorAsked, isOld, isTall }: OpeningProps) {
  useShortcut("next-error", () => {
    isErrorAsked.current = true;
  });
  const counts = { bySource: new Map(bySource), byLevel: new Map(byLevel) };
  const errors = { ...noHits, name: "error", total: counts.byLevel.get("error") ?? 0 };
  return (
    <>
      <fieldset disabled className="contents">
        <LogBar counts={counts} view={noView} errors={errors} found={{ ...noHits, name: "match" }} at={undefined} onChange={noHits.step} />
      </fieldset>
      <LogBox label="Log" isTall={isTall}>
        {lines.map(({ line, number }) => (
          <LogEntry
            key={line.id}
            shown={{ line, number, isFound: false }}
            search=""
            isHit={false}
            isLinked={false}
            href={paths.logLine(href, line.id)}
          />
        ))}
      </LogBox>
      <p className="border-t border-line px-3.5 py-[7px] text-micro text-ink-3 desk:px-4">
        {isOld ? "The log cannot be read now; these lines are of when the page was opened." : "Reading the log"}
      </p>
    </>
  );
}

type ViewerProps = Omit<LogViewerProps, "attemptId"> & { log: WholeLog; isErrorAsked: ErrorAsked; isOld: boolean; isTall: boolean };

function Viewer({ log, href, isRunning, hasFailed, isErrorAsked, isOld, isTall }: ViewerProps) {
  const [linked] = useQueryState("line", parseAsString);
  const [view, setView] = useState(noView);
  const [hit, setHit] = useState<{ kind: "error" | "found"; nth: number }>({ kind: "error", nth: -1 });
  const handle = useRef<LogHandle>(null);
  const shown = useMemo(() => shownLines(log.lines, view), [log.lines, view]);
  const errors = useMemo(() => positions(shown, "error"), [shown]);
  const found = useMemo(() => positions(shown, "found"), [shown]);
  const counts = useMemo(() => countLines(log.lines), [log.lines]);

  const stepper = (kind: "error" | "found", at: number[]) => ({
    name: kind === "error" ? "error" : "match",
    total: at.length,
    at: hit.kind === kind ? hit.nth : -1,
    step(by: 1 | -1) {
      if (at.length === 0) return;
      const before = hit.kind === kind ? hit.nth : by === 1 ? -1 : 0;
      const nth = (before + by + at.length) % at.length;
      setHit({ kind, nth });
      handle.current?.show(at[nth] ?? 0);
    },
  });
  const stepErrors = stepper("error", errors);
  const toFirstAsked = useEffectEvent(() => {
    if (isErrorAsked.current) stepErrors.step(1);
    isErrorAsked.current = false;
  });
  useEffect(() => toFirstAsked(), []);
  useShortcut("next-error", () => stepErrors.step(1));
  useShortcut("previous-error", () => stepErrors.step(-1));
  const linkedAt = useMemo(() => (linked === null ? -1 : shown.findIndex(({ line }) => line.id === linked)), [shown, linked]);
  const hitAt = (hit.kind === "error" ? errors : found)[hit.nth] ?? -1;

  const hitLine = shown[hitAt];
  const at = hitLine && { number: hitLine.number, href: paths.logLine(href, hitLine.line.id) };

  const hasUnread = log.streams.some(({ state }) => state === "failed");
  if (log.lines.length === 0) {
    return (
      <div className="border-t border-line pt-2">
        <Empty title={hasUnread ? "The log cannot be read now." : isRunning ? "No line yet." : "The log is empty."}>
          {emptyBecause(log, isRunning)}
        </Empty>
        <LogFoot log={log} shown={0} isRunning={isRunning} isOld={isOld} />
      </div>
    );
  }
  return (
    <>
      <LogBar counts={counts} view={view} errors={stepErrors} found={stepper("found", found)} at={at} onChange={setView} />
      <LogLines
        ref={handle}
        shown={shown}
        search={view.search}
        hitAt={hitAt}
        firstAt={hasFailed ? (errors[0] ?? null) : null}
        linkedAt={linkedAt}
        hrefOf={(line) => paths.logLine(href, line.id)}
        isLive={!log.isComplete}
        isTall={isTall}
      />
      <LogFoot log={log} shown={shown.length} isRunning={isRunning} isOld={isOld} />
    </>
  );
}

function emptyBecause(log: WholeLog, isRunning: boolean): string {
  const failed = log.streams.find(({ state }) => state === "failed");
  if (failed) return sentences(`${failed.group}: ${failed.reason ?? "no reason given"}`, "It is tried again by itself");
  if (isRunning) return "Lines appear here as the container, Glue or Airflow writes them.";
  if (log.streams.every(({ state }) => state === "absent")) {
    return "CloudWatch has none of its streams: it wrote nothing, or the group's retention has removed them. What Penstock knows of it stands below.";
  }
  return "Its streams are there and hold no line.";
}

function download(lines: LogLine[]) {
  const [first] = lines;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([logText(lines)], { type: "text/plain" }));
  link.download = `log-${first?.at?.replaceAll(":", "-") ?? "empty"}.txt`;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** Complete or not, first; then what is missing. */
function LogFoot({ log, shown, isRunning, isOld }: { log: WholeLog; shown: number; isRunning: boolean; isOld: boolean }) {
  const missing = new Map(
    log.streams
      .filter(({ state }) => state !== "read")
      .map(({ source, state, reason }) => [`${source} ${state}`, { source, state, reason }]),
  );
  const total = log.lines.length;
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-1 border-t border-line px-3.5 py-[7px] text-micro text-ink-3 desk:px-4">
      <span className="inline-flex items-center gap-1.5">
        {log.isComplete ? (
          <>
            <Glyph name="ok" size={12} className="text-ok-ink" />
            {plural(total, "event")} in CloudWatch, {shown === total ? "all" : count(shown)} shown
          </>
        ) : (
          <>
            <Glyph name={isRunning ? "run" : "partial"} size={12} className={isRunning ? "text-run-ink" : "text-late-ink"} />
            {isRunning ? `${plural(total, "event")} so far, following` : `${plural(total, "event")} read, the end is not sure yet`}
          </>
        )}
      </span>
      {[...missing].map(([key, { source, state, reason }]) => (
        <span key={key} className={state === "failed" ? "text-fail-ink" : undefined}>
          {sourceWord[source]}: {state === "absent" ? "no stream" : `not readable${reason ? `, ${reason}` : ""}`}
        </span>
      ))}
      <span className="max-desk:hidden">C container · G Glue · A Airflow</span>
      <button type="button" className="underline decoration-1 underline-offset-3 max-desk:min-h-6" onClick={() => download(log.lines)}>
        Download{log.hasMore ? " what is read" : ""}
      </button>
      <span className="ml-auto">
        <AsOf at={log.asOf} sources={log.sources.filter(({ name }) => name === "logs")} isOld={isOld} />
      </span>
    </div>
  );
}
