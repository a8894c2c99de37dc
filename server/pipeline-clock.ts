import "server-only";
import { addDays, instantOf, localDate, weekdayOf, weekdays } from "@/lib/calendar";
import type { CalendarQuery, ClockBar, ClockPage, ClockQuery, ClockRow, PipelineCalendar } from "@/lib/schemas/clock";
import type { Honest, Sentence } from "@/lib/schemas/common";
import { RunState } from "@/lib/schemas/run";
import type { User } from "@/lib/schemas/user";
import { allow } from "./auth";
import { shownEnvironments } from "./env";
import { honest } from "./health";
import { type ClockRun, selectClockRuns, selectDays, selectNewestRuns } from "./ledger/read/clock";
import { type PipelineKey, selectPipelines } from "./ledger/read/pipelines";
import { findPipeline } from "./pipelines";
import { dueTimes, nextRunAt, plannedRuns } from "./planned";
import { usualOfPipelines } from "./usual";

/** Runs nearer to one another than this part of the window are one mark. */
const marks = 480;

const keyText = ({ environment, pipeline }: PipelineKey) => JSON.stringify([environment, pipeline]);

/** Past and planned runs of pipelines on one day or in one week. @throws AppError `not_found` for a pipeline that nobody knows */
export async function getClock(user: User, query: ClockQuery): Promise<ClockPage> {
  allow(user, "read");
  const environments = shownEnvironments(query.environment);
  const now = Date.now();
  const { from, until } = windowOf(query, now);
  const [found, honesty] = await Promise.all([
    query.pipeline === undefined
      ? selectPipelines({ environments, limit: query.limit, ...(query.cursor && { cursor: query.cursor }) })
      : findPipeline(environments[0] ?? "", query.pipeline).then((row) => ({ rows: [row], nextCursor: null })),
    honest(["airflow"], query.environment),
  ]);
  const [runs, newest, usualOf] = await Promise.all([
    selectClockRuns(found.rows, new Date(from), new Date(until)),
    selectNewestRuns(found.rows),
    usualOfPipelines(found.rows),
  ]);
  const runsOf = grouped(runs);
  const newestOf = new Map(newest.map((row) => [keyText(row), row]));
  const items = found.rows.map((row): ClockRow => {
    const own = runsOf.get(keyText(row)) ?? [];
    const last = newestOf.get(keyText(row));
    const times = last?.times ?? [];
    const { planned, more } = plannedRuns(row, times, { from, until }, now);
    return {
      environment: row.environment,
      pipeline: row.pipeline,
      owners: row.owners,
      schedule: row.schedule,
      isPaused: row.isPaused,
      nextRunAt: nextRunAt(row, times, now),
      lastRun: last?.run_id ? { runId: last.run_id, state: RunState.parse(last.state), at: iso(last.at) } : null,
      bars: barsOf(own, (until - from) / marks),
      planned,
      morePlanned: more,
      due: dueTimes(row, from, until),
      usual: usualOf(row),
      unknownSince: unknownSince(honesty, row.environment),
    };
  });
  const sentence = clockSentence(items, until);
  return {
    ...honesty,
    items,
    nextCursor: found.nextCursor,
    from: new Date(from).toISOString(),
    until: new Date(until).toISOString(),
    sentence,
  };
}

/** From midnight to midnight by the clock of the zone; a week begins on Monday. */
function windowOf({ span, day, zone }: ClockQuery, now: number): { from: number; until: number } {
  const date = day ?? localDate(now, zone);
  const first = span === "week" && day === undefined ? addDays(date, -((weekdays.indexOf(weekdayOf(date)) + 6) % 7)) : date;
  return { from: instantOf(first, "00:00", zone), until: instantOf(addDays(first, span === "week" ? 7 : 1), "00:00", zone) };
}

const iso = (at: string | null) => (at === null ? null : new Date(at).toISOString());

function grouped(runs: ClockRun[]): Map<string, ClockRun[]> {
  const found = new Map<string, ClockRun[]>();
  for (const run of runs) {
    const known = found.get(keyText(run));
    if (known) known.push(run);
    else found.set(keyText(run), [run]);
  }
  return found;
}

/** Good runs that touch or nearly touch are one mark; trouble always has its own, unless it is among trouble. */
export function barsOf(newestFirst: ClockRun[], nearMs: number): ClockBar[] {
  const bars: ClockBar[] = [];
  for (const run of newestFirst.toReversed()) {
    const from = Date.parse(String(new Date(run.started_at ?? run.sort_at).toISOString()));
    const state = RunState.parse(run.state);
    const last = bars.at(-1);
    const bar: ClockBar = {
      runId: run.run_id,
      state,
      from: new Date(from).toISOString(),
      to: iso(run.ended_at),
      runs: 1,
      failed: state === "failed" ? 1 : 0,
    };
    if (
      last?.to &&
      bar.to &&
      last.state === state &&
      from - Date.parse(last.to) < nearMs &&
      Date.parse(bar.to) - Date.parse(last.from) < nearMs * 40
    ) {
      if (bar.to > last.to) last.to = bar.to;
      last.runs += 1;
      last.failed += bar.failed;
      last.runId = bar.runId;
    } else bars.push(bar);
  }
  return bars;
}

function unknownSince({ sources }: Honest, environment: string): string | null {
  const behind = sources.filter((source) => source.environment === environment && source.state !== "ok");
  return behind.length === 0 ? null : (behind.map(({ asOf }) => asOf).sort()[0] ?? null);
}

function clockSentence(rows: ClockRow[], until: number): Sentence {
  const failed = rows.filter(({ lastRun }) => lastRun?.state === "failed").length;
  const planned = rows.reduce((sum, row) => sum + row.planned.length, 0);
  const hasMore = rows.some((row) => row.morePlanned);
  const trouble: Sentence[number] =
    failed > 0
      ? { text: `The last run of ${failed} of ${rows.length} ${rows.length === 1 ? "pipeline" : "pipelines"} failed.`, tone: "fail" }
      : { text: `None of ${rows.length} ${rows.length === 1 ? "pipeline" : "pipelines"} ended badly.` };
  if (until <= Date.now()) return [trouble];
  return [
    trouble,
    { text: ` ${hasMore ? "At least " : ""}${planned.toLocaleString("en")} ${planned === 1 ? "run is" : "runs are"} still to come.` },
  ];
}

/** Each day of some months: how its runs went, and what is planned. @throws AppError `not_found` with near names */
export async function getPipelineCalendar(user: User, environment: string, dag: string, query: CalendarQuery): Promise<PipelineCalendar> {
  allow(user, "read");
  const row = await findPipeline(environment, dag);
  const now = Date.now();
  const today = localDate(now, query.zone);
  const [from, until] = monthsOf(query.month ?? today.slice(0, 7), query.months);
  const [start, end] = [from, addDays(until, 1)].map((date) => instantOf(date, "00:00", query.zone));
  const [days, newest, honesty] = await Promise.all([
    selectDays({ environment, pipeline: dag }, query.zone, new Date(start ?? 0), new Date(end ?? 0)),
    selectNewestRuns([row]),
    honest(["airflow"], environment),
  ]);
  const found = new Map(days.map((day) => [day.date, { ...day, planned: 0 }]));
  const window = { from: start ?? 0, until: (end ?? 0) - 1 };
  for (const { at } of plannedRuns(row, newest[0]?.times ?? [], window, now).planned) {
    const date = localDate(Date.parse(at), query.zone);
    const day = found.get(date) ?? { date, succeeded: 0, failed: 0, fixed: 0, open: 0, planned: 0 };
    found.set(date, { ...day, planned: day.planned + 1 });
  }
  return { ...honesty, from, until, today, days: [...found.values()].sort((a, b) => (a.date < b.date ? -1 : 1)) };
}

function monthsOf(last: string, count: number): [string, string] {
  const [year = 0, month = 1] = last.split("-").map(Number);
  const first = new Date(Date.UTC(year, month - count, 1)).toISOString().slice(0, 10);
  return [first, new Date(Date.UTC(year, month, 0)).toISOString().slice(0, 10)];
}
