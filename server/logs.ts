import "server-only";
import { isFinalState } from "@/lib/attempt-states";
import { type StreamCandidate, streamCandidates } from "@/lib/log-streams";
import type { LogPage, LogQuery, LogStreamInfo } from "@/lib/schemas/attempt";
import type { SourceHealth } from "@/lib/schemas/common";
import type { User } from "@/lib/schemas/user";
import { findAttempt } from "./attempts";
import { allow } from "./auth";
import { AppError } from "./errors";
import { honest } from "./health";
import { type JoinedAttempt, selectEnvironment } from "./ledger/read/attempts";
import { findStreams, type LogPlace, logPlaceNamed } from "./log-places";
import { decodePositions, encodePositions, type Merged, readMerged, type Stream } from "./log-reader";
import { readShared } from "./shared-reads";

/** MWAA sends task logs up to a minute late: so long after its end, an attempt's log is taken to be whole. */
const lateLogMs = 90_000;
const mostStreams = 30;

interface Found {
  candidate: StreamCandidate;
  streams: Stream[];
  error: string | null;
}

/**
 * The log of one attempt, its Airflow, container and Glue streams merged by time, onward from a cursor. Viewers share the reads. A stream that is absent or
 * unreadable is named with the reason; CloudWatch being away is an answer, not an error.
 * @throws AppError not_found for an unknown attempt, invalid for a foreign cursor
 */
export async function readAttemptLog(user: User, id: string, query: LogQuery): Promise<LogPage> {
  allow(user, "read");
  const joined = await findAttempt(id);
  const config = logPlaceNamed(joined.attempt.environment);
  const from = query.cursor === undefined ? {} : decodePositions(query.cursor);
  const isOver = hasSettled(joined);
  const candidates = await candidatesOf(joined);
  const found = await Promise.all(candidates.map((candidate) => find(config, candidate, isOver)));
  const streams = found.flatMap((each) => each.streams).slice(0, mostStreams);
  const [merged, honesty] = await Promise.all([readMerged(config, streams, from, query.limit), honest(["logs"], config.name)]);
  const infos = streamInfos(found, merged, joined);
  const isComplete = isOver && infos.every((info) => info.state !== "failed") && merged.readings.every((reading) => reading.isEnd);
  return {
    asOf: honesty.asOf,
    sources: withReading(honesty.sources, config.name, infos),
    lines: merged.lines,
    streams: infos,
    nextCursor: isComplete ? null : encodePositions(merged.positions),
    isComplete,
  };
}

function hasSettled({ attempt }: Pick<JoinedAttempt, "attempt">): boolean {
  const endedAt = attempt.endedAt ?? attempt.changedAt;
  return isFinalState(attempt.state) && Date.now() - endedAt.getTime() > lateLogMs;
}

async function candidatesOf({ attempt, ecsTask, glueRun }: JoinedAttempt): Promise<StreamCandidate[]> {
  const environment = await selectEnvironment(attempt.environment);
  return streamCandidates({ ...attempt, taskLogGroup: environment?.taskLogGroup ?? null, ecsTask, glueRun });
}

async function find(config: LogPlace, candidate: StreamCandidate, isOver: boolean): Promise<Found> {
  const { group, prefix, source } = candidate;
  try {
    const streams = await readShared(
      `streams ${config.name} ${group} ${prefix}`,
      () => findStreams(config, group, prefix),
      (found) => ({ freshMs: isOver && found.length > 0 ? 60_000 : 4_000, sizeBytes: 200 * found.length }),
    );
    const own = streams.filter(({ stream }) => candidate.owns(stream)).map(({ stream }) => ({ source, group, stream }));
    return { candidate, streams: own, error: null };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { candidate, streams: [], error: error.message };
  }
}

function streamInfos(found: Found[], merged: Merged, joined: JoinedAttempt): LogStreamInfo[] {
  return found.flatMap(({ candidate, streams, error }): LogStreamInfo[] => {
    const base = { source: candidate.source, group: candidate.group };
    if (error !== null) return [{ ...base, stream: candidate.prefix, state: "failed", lines: 0, reason: error }];
    if (streams.length === 0)
      return [{ ...base, stream: candidate.prefix, state: "absent", lines: 0, reason: whyAbsent(candidate, joined) }];
    return streams.map((stream): LogStreamInfo => {
      const reading = merged.readings.find((each) => each.of === stream);
      const info = { ...base, stream: stream.stream, lines: reading?.total ?? 0 };
      if (!reading) return { ...info, state: "failed", reason: `More than ${mostStreams} streams: this one is not read.` };
      return reading.error === null ? { ...info, state: "read" } : { ...info, state: "failed", reason: reading.error };
    });
  });
}

function whyAbsent({ source }: StreamCandidate, { attempt, ecsTask }: JoinedAttempt): string {
  if (["upstream_failed", "skipped", "removed"].includes(attempt.state)) return "The task did not run, so it wrote nothing.";
  if (!isFinalState(attempt.state)) return "Nothing was written yet.";
  if (source === "container" && ecsTask && ecsTask.startedAt === null) return "The container never started, so it wrote nothing.";
  if (!hasSettled({ attempt })) return "Nothing arrived yet: CloudWatch may be up to a minute behind.";
  return "CloudWatch holds no such stream: nothing was written, or its retention has passed.";
}

/** What this very reading learnt counts more than what the collector saw. */
function withReading(sources: SourceHealth[], environment: string, infos: LogStreamInfo[]): SourceHealth[] {
  const failed = infos.find((info) => info.state === "failed");
  const base = { name: "logs", environment };
  if (failed) {
    const asOf = sources.find((source) => source.name === "logs")?.asOf ?? null;
    return [{ ...base, state: "failed", asOf, ...(failed.reason === undefined ? {} : { reason: failed.reason }) }];
  }
  return infos.length === 0 ? sources : [{ ...base, state: "ok", asOf: new Date().toISOString() }];
}
