import "server-only";
import { createHash } from "node:crypto";
import { parseLogMessage } from "@/lib/log-lines";
import type { LogLine, LogSource } from "@/lib/schemas/attempt";
import { AppError } from "./errors";
import { type LogPlace, type LogStreamPage, readLogStream } from "./log-places";
import { readShared } from "./shared-reads";

export interface Stream {
  source: LogSource;
  group: string;
  stream: string;
}

/** How far one stream was read: page token, lines taken of that page, the last line's time and its number within that time, lines in all. */
export type Position = [token: string | null, taken: number, lastAt: number, sameTime: number, total: number];
export type Positions = Record<string, Position>;

const start: Position = [null, 0, 0, -1, 0];
/** Pages read for one request; the next request goes on. A page is up to 10,000 events. */
const pagesPerRead = 8;
const liveMs = 2_000;
const settledMs = 5 * 60_000;

/** A short name of a stream, for cursors and line ids. */
export const streamId = ({ group, stream }: Stream): string => createHash("sha256").update(`${group}\n${stream}`).digest("hex").slice(0, 8);

export function encodePositions(positions: Positions): string {
  return Buffer.from(JSON.stringify(positions)).toString("base64url");
}

/** @throws AppError `invalid` for what is not such a cursor */
export function decodePositions(cursor: string): Positions {
  let found: unknown;
  try {
    found = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    found = null;
  }
  const isPosition = (value: unknown) =>
    Array.isArray(value) &&
    value.length === 5 &&
    (value[0] === null || typeof value[0] === "string") &&
    value.slice(1).every((part) => Number.isSafeInteger(part));
  if (found === null || typeof found !== "object" || Array.isArray(found) || !Object.values(found).every(isPosition)) {
    throw new AppError("invalid", "This cursor is not one that Penstock gave out", {
      status: 400,
      remedy: "Start again without a cursor.",
    });
  }
  return found as Positions;
}

interface Reading {
  of: Stream;
  id: string;
  position: Position;
  page: LogStreamPage | null;
  isEnd: boolean;
  error: string | null;
}

export interface Merged {
  lines: LogLine[];
  positions: Positions;
  readings: { of: Stream; total: number; isEnd: boolean; error: string | null }[];
}

/** Reads the streams on from `from`, merged by time, up to `limit` lines. A stream that cannot be read says so and holds nothing up. */
export async function readMerged(environment: LogPlace, streams: Stream[], from: Positions, limit: number): Promise<Merged> {
  const readings = streams.map((of): Reading => {
    const id = streamId(of);
    return { of, id, position: [...(from[id] ?? start)] as Position, page: null, isEnd: false, error: null };
  });
  let pagesLeft = pagesPerRead * Math.max(1, readings.length);
  const lines: LogLine[] = [];
  while (lines.length < limit) {
    const hungry = readings.filter((reading) => !hasLine(reading) && !reading.isEnd && reading.error === null);
    if (hungry.length > 0) {
      if (pagesLeft < hungry.length) break;
      pagesLeft -= hungry.length;
      await Promise.all(hungry.map((reading) => advance(environment, reading)));
      continue;
    }
    const next = earliest(readings);
    if (!next) break;
    lines.push(take(next));
  }
  return {
    lines,
    positions: { ...from, ...Object.fromEntries(readings.map((reading) => [reading.id, reading.position])) },
    readings: readings.map(({ of, position, isEnd, error, ...reading }) => ({
      of,
      total: position[4],
      isEnd: isEnd && !hasLine({ ...reading, position }),
      error,
    })),
  };
}

const hasLine = ({ page, position }: Pick<Reading, "page" | "position">) => page !== null && position[1] < page.events.length;

/** The page at the reading's token, or the next one when that page is used up. */
async function advance(environment: LogPlace, reading: Reading): Promise<void> {
  const { page, position } = reading;
  if (page) {
    if (page.isEnd) {
      reading.isEnd = true;
      return;
    }
    position[0] = page.token;
    position[1] = 0;
  }
  try {
    reading.page = await readPage(environment, reading.of, position[0]);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    reading.error = error.message;
    return;
  }
  if (reading.page.isEnd && !hasLine(reading)) reading.isEnd = true;
}

function readPage(environment: LogPlace, { group, stream }: Stream, token: string | null): Promise<LogStreamPage> {
  const key = `log ${environment.name} ${group} ${stream} ${token ?? ""}`;
  return readShared(
    key,
    () => readLogStream(environment, group, stream, token),
    (page) => ({
      freshMs: page.isEnd || page.events.length === 0 ? liveMs : settledMs,
      sizeBytes: page.events.reduce((sum, event) => sum + event.message.length * 2 + 64, 256),
    }),
  );
}

/** The stream whose next line comes first, in the order that line ids have. */
function earliest(readings: Reading[]): Reading | null {
  let found: Reading | null = null;
  for (const reading of readings) {
    if (!hasLine(reading)) continue;
    if (found === null || timeOf(reading) < timeOf(found) || (timeOf(reading) === timeOf(found) && reading.id < found.id)) found = reading;
  }
  return found;
}

const timeOf = ({ page, position }: Reading) => page?.events[position[1]]?.timestamp ?? Number.POSITIVE_INFINITY;

/** Takes the next line. Its id sorts by time, then stream, then order in the stream, and is the same at every reading. */
function take(reading: Reading): LogLine {
  const { of, id, position, page } = reading;
  const event = page?.events[position[1]] ?? { timestamp: 0, message: "" };
  position[3] = event.timestamp === position[2] ? position[3] + 1 : 0;
  position[2] = event.timestamp;
  position[1] += 1;
  position[4] += 1;
  const parsed = parseLogMessage(of.source, event.message);
  return {
    id: `${String(event.timestamp).padStart(14, "0")}-${id}-${String(position[3]).padStart(6, "0")}`,
    at: new Date(event.timestamp).toISOString(),
    source: of.source,
    stream: of.stream,
    level: parsed.level,
    text: parsed.text,
    ...(parsed.fields === undefined ? {} : { fields: parsed.fields }),
  };
}
