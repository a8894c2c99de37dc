import type { Run } from "@/lib/schemas/run";
import { failureWord, pendingRuns, runSaid, type Said } from "./states";
import { clock, day, moment } from "./time";

/** Milliseconds that a run has taken so far, or in all; null before it has started. */
export function runningMs(run: Run, now: number): number | null {
  if (run.durationMs !== null && run.endedAt !== null) return run.durationMs;
  if (isLost(run)) return null;
  return run.startedAt ? Math.max(0, now - Date.parse(run.startedAt)) : null;
}

/** A run that takes longer than nineteen of twenty keeps its glyph and says so. */
export function isLong(run: Run, now: number): boolean {
  const ms = runningMs(run, now);
  return run.state === "running" && ms !== null && run.usual !== null && ms > run.usual.p95Ms;
}

/** Whether it will go on. */
export const isOpen = (run: Run): boolean => !run.isGone && pendingRuns.includes(run.state);

/** Whether it was deleted in Airflow before it had ended. */
export const isLost = (run: Run): boolean => run.isGone && run.endedAt === null;

export function runState(run: Run, now: number): Said {
  if (isLost(run)) return { tone: "mute", glyph: "skip", word: "Deleted in Airflow" };
  return isLong(run, now) ? { ...runSaid.running, word: "Running long" } : runSaid[run.state];
}

const dayMs = 86_400_000;

/** A day tells which run it is only where runs are of days. */
const dayOrMoment = (at: string, now: number, zone: string) =>
  clock(at, zone) === "00:00" || clock(at, "UTC") === "00:00" ? day(at, now, zone) : moment(at, now, zone);

/** Which data a run is about: `data of Sun 22 Nov`, `data of 07:00`; what is started by hand has no interval of its own. */
export function runData(run: Run, now: number, zone: string): string {
  const { dataIntervalStart: from, dataIntervalEnd: to, type } = run;
  const isInterval = from !== null && to !== null && from !== to;
  if (type === "scheduled" && isInterval) {
    return Date.parse(to) - Date.parse(from) >= dayMs ? `data of ${day(from, now, zone)}` : `data of ${moment(from, now, zone)}`;
  }
  if (type === "backfill") return run.logicalDate ? `backfill of ${dayOrMoment(run.logicalDate, now, zone)}` : "backfill";
  if (type === "asset_triggered") return "after its data arrived";
  if (type === "manual") return "started by hand";
  return run.logicalDate ? `data of ${dayOrMoment(run.logicalDate, now, zone)}` : "";
}

/** What one should know about a run, in two lines; of a failure, after the name of its task. */
export function runNews(run: Run): { text: string; more: string | null } {
  const { total, done, failed } = run.taskCounts;
  if (run.failure) {
    const help = { yes: "a rerun may help", no: "rerun as is will not help", unknown: "unknown whether a rerun helps" }[
      run.failure.doesRetryHelp
    ];
    return { text: failureWord[run.failure.class], more: help };
  }
  if (run.state === "failed") return { text: failed > 0 ? `${failed} of ${total} tasks failed` : "cause not read yet", more: null };
  if (total === 0) return { text: run.state === "queued" ? "waits to start" : "tasks not seen yet", more: null };
  if (run.state === "success")
    return {
      text: done === total ? (total === 1 ? "its one task" : `all ${total} tasks`) : `${done} of ${total} tasks`,
      more: null,
    };
  return { text: `${done} of ${total} tasks done`, more: null };
}

/** Who or what started a run. */
export function startedBy(run: Run): string {
  if (run.type === "scheduled") return "schedule";
  return run.triggeredBy ?? { manual: "by hand", backfill: "backfill", asset_triggered: "its data", unknown: "unknown" }[run.type];
}

const ownNote = "Started from Penstock by ";

/** Airflow's note on a run, unless it only repeats what Penstock wrote there when it started the run. */
export const foreignNote = ({ note }: Pick<Run, "note">): string | null => (note?.startsWith(ownNote) ? null : note);
