import { addDays, type Days, expectedMsBetween, instantOf, isExpectedDay, localDate, localTime } from "./calendar";
import { durationText } from "./duration-text";
import type { RunState } from "./schemas/run";
import type { TableState } from "./schemas/table";

/** A table is due by a wall-clock time in a zone on certain days. */
export interface Expectation {
  by: string;
  zone: string;
  days: Days;
  graceMs: number;
  isHoliday: (date: string) => boolean;
}

export interface FreshnessRule {
  expect: Expectation | null;
  /** Ages; where days are named, only time on such days counts. */
  warnAfterMs: number | null;
  errorAfterMs: number | null;
}

export interface FreshnessFacts {
  loadedAt: string | null;
  /** ISO date or instant, as the column has it. */
  dataThrough: string | null;
  /** When the evidence was last read with success; null: never. */
  checkedAt: string | null;
  checkError: string | null;
  /** The newest run of the pipeline that produces the table. */
  lastRun: { state: RunState; endedAt: string | null } | null;
}

export interface Verdict {
  state: TableState;
  reason: string;
  lateByMs: number | null;
  expectedBy: string | null;
  nextExpectedBy: string | null;
}

const dueSoonMs = 60 * 60_000;
/** Evidence older than this proves nothing about now; the collector reads it every minute. */
const evidenceMaxAgeMs = 5 * 60_000;
const searchDays = 400;

interface Deadline {
  date: string;
  at: number;
  /** Loads from here on count for this deadline: half-way from the one before, so that a late load does not serve twice. */
  opensAt: number;
  /** The data must reach this day, the expected day before. */
  through: string;
}

/** The state of a table at `now`, from its evidence and what was expected of it. Pure. */
export function judgeFreshness(rule: FreshnessRule, facts: FreshnessFacts, now: Date): Verdict {
  const at = now.getTime();
  const zone = rule.expect?.zone ?? "UTC";
  const passed = rule.expect ? deadline(rule.expect, at, -1) : null;
  const coming = rule.expect ? deadline(rule.expect, at, 1) : null;
  const base = {
    lateByMs: null,
    expectedBy: iso(coming?.at),
    nextExpectedBy: iso(coming?.at),
  };
  const blind = whyBlind(facts, at, zone);
  if (blind) return { ...base, state: "unknown", reason: blind };

  const byDeadline = rule.expect ? judgeDeadline(rule.expect, passed, coming, facts, at) : null;
  const byAge = judgeAge(rule, facts, at);
  if (byDeadline && (byDeadline.state === "late" || byDeadline.state === "failed" || !byAge)) return { ...base, ...byDeadline };
  if (byAge && byAge.state !== "on_time") return { ...base, ...byAge };
  return {
    ...base,
    ...(byDeadline ?? byAge ?? { state: "not_expected" as const, reason: "No expectation is configured for this table." }),
  };
}

/** A load that ended, as far as its punctuality goes. */
export interface LoadFacts {
  finishedAt: string;
  dataThrough: string | null;
}

export interface Punctuality {
  expectedBy: string | null;
  /** 0: on time, also within the grace. Null: `whyNotJudged` says why. */
  lateByMs: number | null;
  whyNotJudged: string | null;
  /** Earlier deadlines that no load had met until this one came, newest first; of many the newest. */
  missed: string[];
}

const mostMissed = 5;

/** Loads of days that were due longer ago are not looked for. */
const servesBack = 40;

/** The deadline that a load can have been for: the latest whose time had come and whose day its data reach. Null when there is none within 40 expected days. */
function deadlineOf(expect: Expectation, load: LoadFacts): Deadline | null {
  const finishedAt = Date.parse(load.finishedAt);
  const coming = deadline(expect, finishedAt, 1);
  let due = coming && finishedAt > coming.opensAt ? coming : deadline(expect, finishedAt, -1);
  for (let step = 0; due && step < servesBack; step++) {
    if (reaches(load.dataThrough, due, expect.zone)) return due;
    due = deadline(expect, due.at - 1, -1);
  }
  return null;
}

/** From when on the other loads of the table are needed to judge this one. */
export function judgedFrom(expect: Expectation, load: LoadFacts): number {
  let due: Deadline | null = deadlineOf(expect, load);
  let from = Number.POSITIVE_INFINITY;
  for (let step = 0; due && step <= mostMissed + 1; step++) {
    from = due.opensAt;
    due = deadline(expect, due.at - 1, -1);
  }
  return from;
}

/** Was this load in time for the day that it served? `others` are all loads of the table since `judgedFrom`. */
export function judgeLoad(expect: Expectation, load: LoadFacts, others: LoadFacts[]): Punctuality {
  const due = deadlineOf(expect, load);
  if (!due) return { ...notJudged, whyNotJudged: "Its data are of days that were due long before." };
  const finishedAt = Date.parse(load.finishedAt);
  const before = others.filter((other) => Date.parse(other.finishedAt) < finishedAt);
  if (isMet(expect, due, before)) return { ...notJudged, whyNotJudged: "An earlier load had brought that day's data already." };
  const lateByMs = finishedAt > due.at + expect.graceMs ? finishedAt - due.at : 0;
  return { expectedBy: new Date(due.at).toISOString(), lateByMs, whyNotJudged: null, missed: missedBefore(expect, due, before) };
}

const notJudged = { expectedBy: null, lateByMs: null, missed: [] };

const isMet = (expect: Expectation, due: Deadline, loads: LoadFacts[]) =>
  loads.some(({ finishedAt, dataThrough }) => Date.parse(finishedAt) > due.opensAt && reaches(dataThrough, due, expect.zone));

/** Deadlines before `due` that none of the loads met. Before the first of them the table may not have been there: then nobody can say. */
function missedBefore(expect: Expectation, due: Deadline, before: LoadFacts[]): string[] {
  const missed: string[] = [];
  for (let each = deadline(expect, due.at - 1, -1); each && missed.length < mostMissed; each = deadline(expect, each.at - 1, -1)) {
    const { opensAt } = each;
    if (isMet(expect, each, before) || !before.some(({ finishedAt }) => Date.parse(finishedAt) <= opensAt)) break;
    missed.push(new Date(each.at).toISOString());
  }
  return missed;
}

const reaches = (dataThrough: string | null, due: Pick<Deadline, "through">, zone: string) =>
  dataThrough === null || dateOf(dataThrough, zone) >= due.through;

type Judged = Pick<Verdict, "state" | "reason"> & Partial<Verdict>;

function whyBlind(facts: FreshnessFacts, at: number, zone: string): string | null {
  const lastSeen =
    facts.checkedAt === null ? "It was never read." : `Last read ${whenText(Date.parse(facts.checkedAt), at, zone)} (${zone}).`;
  const isCurrent = facts.checkedAt !== null && at - Date.parse(facts.checkedAt) <= evidenceMaxAgeMs;
  if (!isCurrent) return `Not judged: ${facts.checkError ?? "the check has not run lately"}. ${lastSeen}`;
  if (facts.loadedAt === null && facts.dataThrough === null) return "Not judged: the table has no rows and no load is recorded.";
  return null;
}

function judgeDeadline(expect: Expectation, passed: Deadline | null, coming: Deadline | null, facts: FreshnessFacts, at: number): Judged {
  const zone = expect.zone;
  if (passed && !hasArrived(passed, facts, zone)) {
    const due = `Due by ${dueText(passed.at, at, zone)}`;
    if (hasFailed(passed, facts)) return { state: "failed", reason: `${due}; the run that loads it failed.`, ...missed(passed, at) };
    if (at > passed.at + expect.graceMs)
      return { state: "late", reason: `${due}; ${durationText(at - passed.at)} late.`, ...missed(passed, at) };
    return { state: "due_soon", reason: `${due}; within the ${durationText(expect.graceMs)} of grace.`, expectedBy: iso(passed.at) };
  }
  if (coming && !hasArrived(coming, facts, zone)) {
    const due = `Due by ${dueText(coming.at, at, zone)}`;
    if (hasFailed(coming, facts)) return { state: "failed", reason: `${due}; the run that loads it failed.` };
    if (coming.at - at <= dueSoonMs) return { state: "due_soon", reason: `${due}; not here yet.` };
  }
  const today = localDate(at, zone);
  if (!isExpectedDay(today, expect.days, expect.isHoliday) && !(coming && hasArrived(coming, facts, zone))) {
    return { state: "not_expected", reason: "No load is expected today." };
  }
  return { state: "on_time", reason: arrivedText(passed, coming, facts, at, zone), expectedBy: iso(met(passed, coming, facts, zone)?.at) };
}

function met(passed: Deadline | null, coming: Deadline | null, facts: FreshnessFacts, zone: string): Deadline | null {
  return coming && hasArrived(coming, facts, zone) ? coming : passed;
}

function arrivedText(passed: Deadline | null, coming: Deadline | null, facts: FreshnessFacts, at: number, zone: string): string {
  const deadlineMet = met(passed, coming, facts, zone);
  if (!deadlineMet) return "Nothing was due yet.";
  if (facts.loadedAt === null) return `Here by ${dueText(deadlineMet.at, at, zone)}.`;
  const loadedAt = Date.parse(facts.loadedAt);
  const arrived = `Arrived ${whenText(loadedAt, at, zone)}`;
  const lateBy = loadedAt - deadlineMet.at;
  if (lateBy <= 0) return `${arrived}, due by ${dueText(deadlineMet.at, at, zone)}.`;
  return localDate(loadedAt, zone) === deadlineMet.date
    ? `${arrived}, ${durationText(lateBy)} after the deadline of ${dueText(deadlineMet.at, at, zone)}.`
    : `${arrived} (${zone}).`;
}

function missed(due: Deadline, at: number) {
  return { lateByMs: at - due.at, expectedBy: iso(due.at) };
}

/** Both count where both are known: a backfill of old data loads rows without moving `dataThrough`. */
function hasArrived(due: Deadline, facts: FreshnessFacts, zone: string): boolean {
  if (!reaches(facts.dataThrough, due, zone)) return false;
  if (facts.loadedAt !== null) return Date.parse(facts.loadedAt) > due.opensAt;
  return facts.dataThrough !== null;
}

function hasFailed(due: Deadline, facts: FreshnessFacts): boolean {
  const { lastRun, loadedAt } = facts;
  if (lastRun?.state !== "failed" || lastRun.endedAt === null) return false;
  const endedAt = Date.parse(lastRun.endedAt);
  return endedAt > due.opensAt && (loadedAt === null || endedAt > Date.parse(loadedAt));
}

function judgeAge(rule: FreshnessRule, facts: FreshnessFacts, at: number): Judged | null {
  const { warnAfterMs, errorAfterMs, expect } = rule;
  if (warnAfterMs === null && errorAfterMs === null) return null;
  const zone = expect?.zone ?? "UTC";
  const known = [
    facts.loadedAt === null ? null : Date.parse(facts.loadedAt),
    facts.dataThrough === null ? null : endOf(facts.dataThrough, zone),
  ];
  const since = Math.min(...known.filter((value) => value !== null));
  const age = expectedMsBetween(since, at, zone, expect?.days ?? "all", expect?.isHoliday ?? (() => false));
  const expectedBy = iso(since + (warnAfterMs ?? errorAfterMs ?? 0));
  const own = expect ? {} : { expectedBy, nextExpectedBy: expectedBy };
  const limit = errorAfterMs !== null && age > errorAfterMs ? errorAfterMs : warnAfterMs !== null && age > warnAfterMs ? warnAfterMs : null;
  if (limit === null)
    return { ...own, state: "on_time", reason: `${durationText(age)} old, allowed ${durationText(warnAfterMs ?? errorAfterMs ?? 0)}.` };
  const reason = `${durationText(age)} old, allowed ${durationText(limit)}`;
  const isFailed = facts.lastRun?.state === "failed" && facts.lastRun.endedAt !== null && Date.parse(facts.lastRun.endedAt) > since;
  if (isFailed) return { ...own, state: "failed", reason: `${reason}; the run that loads it failed.`, lateByMs: age - limit };
  return limit === errorAfterMs
    ? { ...own, state: "late", reason: `${reason}.`, lateByMs: age - limit }
    : { ...own, state: "due_soon", reason: `${reason} before it is called old.` };
}

/** The nearest deadline that has passed (-1) or is to come (1), with what counts for it. */
function deadline(expect: Expectation, at: number, direction: 1 | -1): Deadline | null {
  const today = localDate(at, expect.zone);
  for (let step = 0; step <= searchDays; step++) {
    const date = addDays(today, step * direction);
    const due = instantOf(date, expect.by, expect.zone);
    if (direction === 1 ? due <= at : due > at) continue;
    if (!isExpectedDay(date, expect.days, expect.isHoliday)) continue;
    const before = dayBefore(expect, date);
    return { date, at: due, opensAt: (instantOf(before, expect.by, expect.zone) + due) / 2, through: before };
  }
  return null;
}

function dayBefore(expect: Expectation, date: string): string {
  for (let step = 1; step <= searchDays; step++) {
    const candidate = addDays(date, -step);
    if (isExpectedDay(candidate, expect.days, expect.isHoliday)) return candidate;
  }
  return addDays(date, -1);
}

const isDate = (text: string) => /^\d{4}-\d{2}-\d{2}$/.test(text);
const dateOf = (through: string, zone: string) => (isDate(through) ? through : localDate(Date.parse(through), zone));
const endOf = (through: string, zone: string) => (isDate(through) ? instantOf(addDays(through, 1), "00:00", zone) : Date.parse(through));
const iso = (at: number | undefined) => (at === undefined ? null : new Date(at).toISOString());

function dueText(due: number, at: number, zone: string): string {
  return `${whenText(due, at, zone)}${zone === "UTC" ? " UTC" : ` (${zone})`}`;
}

/** `08:00`, with the date when it is not today's. */
function whenText(when: number, at: number, zone: string): string {
  const date = localDate(when, zone);
  return date === localDate(at, zone) ? localTime(when, zone) : `${date} ${localTime(when, zone)}`;
}
