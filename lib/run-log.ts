import { attemptSaid } from "./format/states";
import { isPending, taskName } from "./format/task-timeline";
import type { WholeLog } from "./queries/log-pages";
import type { Attempt, LogLine } from "./schemas/attempt";

const began = (attempt: Attempt) => attempt.startedAt ?? attempt.queuedAt;

/** Tries that have begun, in the order in which their logs are worth reading: failed, running, then the newest. */
export function attemptsToRead(attempts: Attempt[]): Attempt[] {
  const rank = (attempt: Attempt) => (attemptSaid[attempt.state].tone === "fail" ? 0 : isPending(attempt) ? 1 : 2);
  return attempts
    .filter(({ startedAt }) => startedAt !== null)
    .toSorted((a, b) => rank(a) - rank(b) || (began(b) ?? "").localeCompare(began(a) ?? "") || a.id.localeCompare(b.id));
}

export interface RunLog {
  lines: LogLine[];
  attemptOf: (lineId: string) => Attempt | undefined;
  /** The id of the line in the log of its own try. */
  ownId: (lineId: string) => string;
  tagOf: (lineId: string) => string | undefined;
}

const mark = " ";

/** One log of several: by time, a line without a time where it stood in its own log. Ids are of try and line together. */
export function mergeRunLog(logs: { attempt: Attempt; log: Pick<WholeLog, "lines"> }[]): RunLog {
  const attempts = new Map(logs.map(({ attempt }) => [attempt.id, attempt]));
  const lines = logs
    .flatMap(({ attempt, log }) => {
      let last = began(attempt) ?? "";
      return log.lines.map((line) => {
        last = line.at ?? last;
        return { at: last, line: { ...line, id: `${attempt.id}${mark}${line.id}` } };
      });
    })
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
    .map(({ line }) => line);
  const attemptOf = (lineId: string) => attempts.get(lineId.slice(0, lineId.indexOf(mark)));
  const hasTries = (attempt: Attempt) => !attempt.isLatest || attempt.tryNumber > 1;
  return {
    lines,
    attemptOf,
    ownId: (lineId) => lineId.slice(lineId.indexOf(mark) + 1),
    tagOf(lineId) {
      const attempt = attemptOf(lineId);
      return attempt && `${taskName(attempt)}${hasTries(attempt) ? `, try ${attempt.tryNumber}` : ""}`;
    },
  };
}
