import "server-only";
import { z } from "zod";

/** Airflow's answers carry no time of change: each look reaches back over clock differences and transactions that committed late. */
export const overlapMs = 120_000;
/** No look at what changed reaches further back than this: what is older is read in the background. */
export const recentMs = 900_000;
/** History that is read before it is known how far it reaches. */
export const historyMs = 14 * 86_400_000;
/** A run that was cleared has begun later than its first tasks changed. */
const beforeOldestMs = 86_400_000;

const Stored = z.object({
  since: z.iso.datetime(),
  sweptAt: z.iso.datetime(),
  gaps: z.array(z.object({ from: z.iso.datetime(), to: z.iso.datetime() })),
  beginsAt: z.iso.datetime().nullable().default(null),
});

/** A time of change in Airflow whose changes the ledger may not have. */
export interface Gap {
  from: Date;
  to: Date;
}

export interface Cursor {
  /** Where the next look begins. */
  since: Date;
  /** History that was not read yet and spans that were missed; each commit shortens them. */
  gaps: Gap[];
  /** When it was last compared with what Airflow has. */
  sweptAt: Date;
  /** How far back it was or is to be read; null until Airflow said how old its oldest run is. */
  beginsAt: Date | null;
}

/**
 * The cursor as the ledger has it; on first contact all of history is a gap, and also when it lies ahead: it was moved by a clock that was wrong, and what
 * it passed over nobody knows.
 */
export function cursorOf(stored: unknown, now: Date): Cursor {
  const known = Stored.safeParse(stored);
  if (!known.success || Date.parse(known.data.since) > now.getTime()) {
    const recent = new Date(now.getTime() - recentMs);
    return { since: recent, gaps: [{ from: new Date(now.getTime() - historyMs), to: recent }], sweptAt: now, beginsAt: null };
  }
  return {
    since: new Date(known.data.since),
    sweptAt: new Date(known.data.sweptAt),
    beginsAt: known.data.beginsAt === null ? null : new Date(known.data.beginsAt),
    gaps: known.data.gaps.map(({ from, to }) => ({ from: new Date(from), to: new Date(to) })),
  };
}

/** After Airflow said when its oldest run began, null when it has none: what lies between is missing, and nothing before it. */
export function withBegin(cursor: Cursor, oldest: Date | null, now: Date): Cursor {
  const bottom = Math.min(now.getTime() - historyMs, ...cursor.gaps.map(({ from }) => from.getTime()));
  const begin = oldest === null ? bottom : oldest.getTime() - beforeOldestMs;
  const older = begin < bottom ? [{ from: new Date(begin), to: new Date(bottom) }] : [];
  const gaps = [...cursor.gaps, ...older]
    .map(({ from, to }) => ({ from: new Date(Math.max(from.getTime(), begin)), to }))
    .filter(({ from, to }) => from < to);
  return { ...cursor, gaps, beginsAt: new Date(begin) };
}

/** Where a look at `now` begins: what was missed for longer than that is left to the background, so that the newest is on screen first. */
export function beginOf({ since }: Cursor, now: Date): Date {
  return new Date(Math.max(since.getTime(), now.getTime() - recentMs));
}

/** After a look that began at `startedAt` and read everything since `beginOf`. */
export function looked(cursor: Cursor, startedAt: Date): Cursor {
  const begin = beginOf(cursor, startedAt);
  const missed = begin > cursor.since ? [{ from: cursor.since, to: begin }] : [];
  return { ...cursor, since: new Date(startedAt.getTime() - overlapMs), gaps: [...cursor.gaps, ...missed] };
}

/** The newest span that is missing, at most so long. */
export function nextSpan({ gaps }: Cursor, mostMs: number): Gap | null {
  const newest = gaps.reduce<Gap | null>((best, gap) => (best === null || gap.to > best.to ? gap : best), null);
  return newest && { from: new Date(Math.max(newest.from.getTime(), newest.to.getTime() - mostMs)), to: newest.to };
}

/** After a span of `nextSpan` was read. Gaps that end within it, older missed spans inside history, are shortened with it. */
export function filled(cursor: Cursor, span: Gap): Cursor {
  const gaps = cursor.gaps
    .map((gap) => (gap.to > span.from && gap.to <= span.to ? { from: gap.from, to: span.from } : gap))
    .filter((gap) => gap.from < gap.to);
  return { ...cursor, gaps };
}

const shortestSpanMs = 60_000;
const longestSpanMs = 8 * 86_400_000;
/** A span with more answers than this was too long, with fewer than a tenth too short. */
const spanAnswers = 400;
export const firstSpanMs = 3_600_000;

export const shorterSpanMs = (lastMs: number) => Math.max(shortestSpanMs, lastMs / 2);

/** The next span's length, by how much the last one held. */
export function nextSpanMs(lastMs: number, answers: number): number {
  if (answers > spanAnswers) return shorterSpanMs(lastMs);
  return answers < spanAnswers / 10 ? Math.min(longestSpanMs, lastMs * 2) : lastMs;
}
