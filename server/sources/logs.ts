import "server-only";
import { CloudWatchLogsClient, DescribeLogStreamsCommand, GetLogEventsCommand, type OutputLogEvent } from "@aws-sdk/client-cloudwatch-logs";
import type { EnvironmentConfig } from "@/server/env";
import { findAppError } from "@/server/errors";
import { clientFor, clientSettings } from "./aws";
import { perSecond } from "./budgets";
import { type Budget, call } from "./call";
import { PageTrail } from "./paging";

export interface LogEvent {
  /** Milliseconds since 1970. */
  timestamp: number;
  message: string;
}

export interface LogStreamPage {
  events: LogEvent[];
  /** Where to read on; equal to the token that was given at the stream's present end. */
  token: string;
  isEnd: boolean;
}

/** GetLogEvents is limited to 10 a second in some regions, for everybody: 60 % of that. */
export const budget = (environment: EnvironmentConfig): Budget => ({
  environment: environment.name,
  source: "logs",
  purpose: "log",
  perSecond: perSecond.logs,
  burst: 12,
});

const mostTailPages = 100;

const client = (environment: EnvironmentConfig) =>
  clientFor("logs", environment, "read", () => new CloudWatchLogsClient(clientSettings(environment, "read")));

/** What programs write may hold NUL and half characters, which PostgreSQL keeps in no text. */
const toLogEvent = ({ timestamp = 0, message = "" }: OutputLogEvent): LogEvent => ({
  timestamp,
  message: message.replaceAll("\0", "\uFFFD").replace(/\p{Surrogate}/gu, "\uFFFD"),
});

/** Streams of `group` whose names begin with `prefix`, by name; none when the group is absent. */
export async function findStreams(
  environment: EnvironmentConfig,
  group: string,
  prefix: string,
): Promise<{ stream: string; lastEventAt: Date | null }[]> {
  const streams: { stream: string; lastEventAt: Date | null }[] = [];
  const trail = new PageTrail(budget(environment));
  let nextToken: string | undefined;
  try {
    do {
      const answer = await call(
        budget(environment),
        (abortSignal) =>
          client(environment).send(new DescribeLogStreamsCommand({ logGroupName: group, logStreamNamePrefix: prefix, nextToken }), {
            abortSignal,
          }),
        { operation: "logs:DescribeLogStreams" },
      );
      for (const found of answer.logStreams ?? []) {
        if (!found.logStreamName) continue;
        streams.push({
          stream: found.logStreamName,
          lastEventAt: found.lastEventTimestamp === undefined ? null : new Date(found.lastEventTimestamp),
        });
      }
      nextToken = trail.next(answer.nextToken);
    } while (nextToken);
  } catch (error) {
    if (findAppError(error)?.code === "not_found") return [];
    throw error;
  }
  return streams;
}

/**
 * One page of a stream, oldest first; a page may be empty while more follows.
 * @param token null for the head
 * @throws AppError not_found when the group or stream is absent
 */
export async function readLogStream(
  environment: EnvironmentConfig,
  group: string,
  stream: string,
  token: string | null,
): Promise<LogStreamPage> {
  const answer = await call(
    budget(environment),
    (abortSignal) =>
      client(environment).send(
        new GetLogEventsCommand({
          logGroupName: group,
          logStreamName: stream,
          startFromHead: true,
          ...(token === null ? {} : { nextToken: token }),
        }),
        { abortSignal },
      ),
    { operation: "logs:GetLogEvents" },
  );
  const events = (answer.events ?? []).map(toLogEvent);
  const next = answer.nextForwardToken ?? token ?? "";
  return { events, token: next, isEnd: next === token };
}

/** The last events of a stream, oldest first: at most `limit` (10,000 is the service's own most). */
export async function readLogTail(environment: EnvironmentConfig, group: string, stream: string, limit: number): Promise<LogEvent[]> {
  const pages: LogEvent[][] = [];
  let count = 0;
  let nextToken: string | undefined;
  // A stream may answer empty pages; one that answers nothing else is not read for ever.
  for (let page = 0; page < mostTailPages; page++) {
    const answer = await call(
      budget(environment),
      (abortSignal) =>
        client(environment).send(
          new GetLogEventsCommand({
            logGroupName: group,
            logStreamName: stream,
            startFromHead: false,
            limit: Math.min(limit, 10_000),
            nextToken,
          }),
          {
            abortSignal,
          },
        ),
      { operation: "logs:GetLogEvents" },
    );
    pages.unshift((answer.events ?? []).map(toLogEvent));
    count += answer.events?.length ?? 0;
    if (count >= limit || answer.nextBackwardToken === undefined || answer.nextBackwardToken === nextToken) break;
    nextToken = answer.nextBackwardToken;
  }
  return pages.flat().slice(-limit);
}
