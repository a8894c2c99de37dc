import fc from "fast-check";
import { expect, it } from "vitest";
import {
  beginOf,
  type Cursor,
  cursorOf,
  filled,
  historyMs,
  looked,
  nextSpan,
  nextSpanMs,
  overlapMs,
  recentMs,
  withBegin,
} from "./airflow-cursor";

const minuteMs = 60_000;
const at = (minutes: number) => new Date(Date.UTC(2026, 10, 22) + minutes * minuteMs);
const stored = (cursor: Cursor) => JSON.parse(JSON.stringify(cursor)) as unknown;

it("begins with the newest, and has all of history still to read", () => {
  const cursor = cursorOf(null, at(0));
  expect(beginOf(cursor, at(0)).getTime()).toBe(at(0).getTime() - recentMs);
  expect(cursor.gaps).toEqual([{ from: new Date(at(0).getTime() - historyMs), to: new Date(at(0).getTime() - recentMs) }]);
});

it("asks next from this look's beginning less the overlap, and comes back from the ledger as it was", () => {
  const cursor = looked({ since: at(0), gaps: [], sweptAt: at(0), beginsAt: null }, at(5));
  expect(cursor).toEqual({ since: new Date(at(5).getTime() - overlapMs), gaps: [], sweptAt: at(0), beginsAt: null });
  expect(cursorOf(stored(cursor), at(9))).toEqual(cursor);
});

it("after a long outage reads the newest at once and leaves the rest as a gap", () => {
  const before: Cursor = { since: at(0), gaps: [], sweptAt: at(0), beginsAt: null };
  expect(beginOf(before, at(600))).toEqual(at(585));
  expect(looked(before, at(600)).gaps).toEqual([{ from: at(0), to: at(585) }]);
});

it("goes back to where Airflow's history begins, and not beyond", () => {
  const days = (count: number) => at(count * 24 * 60);
  const first = cursorOf(null, at(0));
  expect(withBegin(first, days(-100), at(0))).toEqual({
    ...first,
    gaps: [...first.gaps, { from: days(-101), to: days(-14) }],
    beginsAt: days(-101),
  });
  expect(withBegin(first, days(-3), at(0)).gaps).toEqual([{ from: days(-4), to: first.since }]);
  expect(withBegin(first, null, at(0))).toEqual({ ...first, beginsAt: days(-14) });
  // A ledger that has read fourteen days already.
  const filledUp = { ...first, gaps: [] };
  expect(withBegin(filledUp, days(-100), at(0)).gaps).toEqual([{ from: days(-101), to: days(-14) }]);
  expect(cursorOf(stored(withBegin(filledUp, days(-100), at(0))), at(1)).beginsAt).toEqual(days(-101));
});

it("fills gaps from the newest on, in pieces, until none is left, whatever is missed meanwhile", () => {
  const step = fc.record({
    spanMs: fc.integer({ min: minuteMs, max: 300 * minuteMs }),
    pauseMs: fc.integer({ min: 0, max: 90 * minuteMs }),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), (steps) => {
      const minutes = new Set<number>();
      const read = (from: Date, to: Date) => {
        for (let minute = Math.ceil(from.getTime() / minuteMs); minute <= to.getTime() / minuteMs; minute++) minutes.add(minute);
      };
      let now = at(0);
      let cursor: Cursor = { since: at(-1_000), gaps: [], sweptAt: at(0), beginsAt: null };
      const look = () => {
        read(beginOf(cursor, now), now);
        cursor = cursorOf(stored(looked(cursor, now)), now);
      };
      for (const { spanMs, pauseMs } of steps) {
        now = new Date(now.getTime() + pauseMs);
        look();
        const span = nextSpan(cursor, spanMs);
        if (!span) continue;
        expect(span.to.getTime() - span.from.getTime()).toBeLessThanOrEqual(spanMs);
        expect(cursor.gaps.every((gap) => gap.to <= span.to)).toBe(true);
        read(span.from, span.to);
        cursor = cursorOf(stored(filled(cursor, span)), now);
      }
      for (let span = nextSpan(cursor, 7 * minuteMs); span; span = nextSpan(cursor, 7 * minuteMs)) {
        read(span.from, span.to);
        cursor = filled(cursor, span);
      }
      for (let minute = at(-1_000).getTime() / minuteMs; minute <= now.getTime() / minuteMs; minute++)
        expect(minutes.has(minute)).toBe(true);
    }),
  );
});

it("takes shorter spans where there is much, and longer where there is little", () => {
  expect(nextSpanMs(3_600_000, 1_000)).toBe(1_800_000);
  expect(nextSpanMs(3_600_000, 10)).toBe(7_200_000);
  expect(nextSpanMs(3_600_000, 200)).toBe(3_600_000);
  expect(nextSpanMs(60_000, 1_000)).toBe(60_000);
});
