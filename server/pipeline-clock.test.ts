import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { dayOutcome } from "@/lib/day-outcome";
import { CalendarQuery, ClockPage, ClockQuery, PipelineCalendar } from "@/lib/schemas/clock";
import { PipelineFilter } from "@/lib/schemas/pipeline";
import { ledger } from "./ledger/db";
import { getClock, getPipelineCalendar } from "./pipeline-clock";
import { listPipelines } from "./pipelines";
import { configure } from "./testing/configuration";
import { givenPipeline, givenRun, people } from "./testing/facts";
import { startTestLedger, type TestLedger } from "./testing/postgres";

let server: TestLedger;
const { viewer } = people;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const midnight = Math.floor(Date.now() / dayMs) * dayMs;
const dateAt = (at: number) => new Date(at).toISOString().slice(0, 10);

beforeAll(async () => {
  configure();
  server = await startTestLedger();
});
beforeEach(async () => {
  configure();
  await ledger().execute("truncate run, attempt, pipeline, source_health");
});
afterAll(() => server.remove());

async function givenAt(runId: string, at: number, minutes: number | null, more: Parameters<typeof givenRun>[0] = {}) {
  const start = new Date(at);
  const endedAt = minutes === null ? null : new Date(at + minutes * 60_000);
  await givenRun({
    runId,
    sortAt: start,
    runAfter: start,
    startedAt: start,
    endedAt,
    state: minutes === null ? "running" : "success",
    ...more,
  });
}
const clock = async (query: Record<string, string> = {}) => ClockPage.parse(await getClock(viewer, ClockQuery.parse(query)));
const calendar = async () =>
  PipelineCalendar.parse(await getPipelineCalendar(viewer, "local", "sales_daily", CalendarQuery.parse({ months: 2 })));

describe("the clock", () => {
  test("tells what ran in the window and what is to come, by the schedule that explains it", async () => {
    const next = new Date(midnight + dayMs + 6.25 * hourMs);
    await givenPipeline({ schedule: "15 6 * * *", nextRunAt: next });
    const yesterday = midnight - dayMs;
    await givenAt("a", yesterday + 6.25 * hourMs, 30);
    await givenAt("b", yesterday + 20 * hourMs, 10, { state: "failed" });
    await givenAt("old", yesterday - 2 * hourMs, 10);
    const past = await clock({ day: dateAt(yesterday) });
    expect(past.items[0]?.bars.map(({ runId, state, failed }) => [runId, state, failed])).toEqual([
      ["a", "success", 0],
      ["b", "failed", 1],
    ]);
    expect(past.items[0]?.planned).toEqual([]);
    const coming = await clock({ day: dateAt(midnight + dayMs), span: "week" });
    expect(coming.items[0]?.planned.map(({ at, isLikely }) => [at, isLikely])).toEqual(
      Array.from({ length: 7 }, (_, index) => [new Date(next.getTime() + index * dayMs).toISOString(), false]),
    );
  });

  test("takes a schedule that it cannot read to go on as it did, and calls that likely", async () => {
    const next = new Date(midnight + dayMs + hourMs);
    await givenPipeline({ schedule: "0 1 1W * *", nextRunAt: next });
    for (let index = 1; index <= 6; index++) await givenAt(`r${index}`, next.getTime() - index * 6 * hourMs, 5);
    const { items } = await clock({ day: dateAt(midnight + dayMs) });
    expect(items[0]?.planned.map(({ isLikely }) => isLikely)).toEqual([false, true, true, true]);
  });

  test("plans nothing for a paused pipeline or one that is gone", async () => {
    const nextRunAt = new Date(midnight + dayMs + hourMs);
    await givenPipeline({ isPaused: true, nextRunAt, schedule: "0 1 * * *" });
    await givenPipeline({ pipeline: "gone", isGone: true, nextRunAt, schedule: "0 1 * * *" });
    const day = dateAt(midnight + dayMs);
    expect((await clock({ day })).items.map(({ planned }) => planned)).toEqual([[]]);
    expect((await clock({ day, environment: "local", pipeline: "gone" })).items[0]?.planned).toEqual([]);
  });

  test("counts a run as due until it has been seen, and so does the list of pipelines", async () => {
    const due = new Date(Math.floor(Date.now() / 60_000) * 60_000);
    await givenPipeline({ nextRunAt: due, schedule: `${due.getUTCMinutes()} * * * *` });
    const next = async () => {
      const [{ items }, pipelines] = await Promise.all([clock(), listPipelines(viewer, PipelineFilter.parse({}))]);
      return [items[0]?.nextRunAt, items[0]?.planned[0]?.at === due.toISOString(), pipelines.items[0]?.nextRunAt];
    };
    expect(await next()).toEqual([due.toISOString(), true, due.toISOString()]);
    await givenRun({ sortAt: due, runAfter: due, state: "queued" });
    const following = new Date(due.getTime() + hourMs).toISOString();
    expect(await next()).toEqual([following, false, following]);
  });

  test("draws good runs that nearly touch as one mark, trouble by itself", async () => {
    await givenPipeline({ schedule: "* * * * *" });
    const start = midnight - dayMs;
    for (let minute = 0; minute < 60; minute++)
      await givenAt(`r${String(minute).padStart(2, "0")}`, start + minute * 60_000, 0.5, minute === 30 ? { state: "failed" } : {});
    const { items } = await clock({ day: dateAt(start), span: "week" });
    expect(items[0]?.bars.map(({ state, runs }) => [state, runs])).toEqual([
      ["success", 30],
      ["failed", 1],
      ["success", 29],
    ]);
  });

  test("does not know what became of an open run while Airflow is silent", async () => {
    await givenPipeline();
    await givenAt("open", Date.now() - 60_000, null);
    await ledger().execute(`insert into source_health (environment, source, succeeded_at, attempted_at, failed_since, error, calls, stale_after_ms)
      values ('local', 'airflow', now() - interval '2 hours', now(), now() - interval '2 hours', 'refused', 0, 60000)`);
    const { items } = await clock();
    expect(items[0]?.bars[0]?.to).toBeNull();
    expect(items[0]?.unknownSince).not.toBeNull();
  });
});

describe("the calendar", () => {
  test("says of each day what became of it: failed, fixed later, partly failed", async () => {
    await givenPipeline();
    const day = (number: number) => midnight - number * dayMs + 6 * hourMs;
    const interval = (number: number) => ({
      type: "scheduled",
      dataIntervalStart: new Date(day(number + 1)),
      dataIntervalEnd: new Date(day(number)),
    });
    await givenAt("good", day(6), 5, interval(6));
    await givenAt("mended", day(5), 5, { ...interval(5), state: "failed" });
    await givenAt("again", day(4) - 3 * hourMs, 5, interval(5));
    await givenAt("bad", day(3), 5, { ...interval(3), state: "failed" });
    await givenAt("half", day(2), 5, { ...interval(2), state: "failed" });
    await givenAt("other half", day(2) + hourMs, 5, interval(9));
    const { days, today } = await calendar();
    expect(days.map((each) => [each.date, dayOutcome(each)])).toEqual([
      [dateAt(day(6)), "succeeded"],
      [dateAt(day(5)), "fixed"],
      [dateAt(day(4)), "succeeded"],
      [dateAt(day(3)), "failed"],
      [dateAt(day(2)), "partial"],
    ]);
    expect(today).toBe(dateAt(Date.now()));
  });

  test("of a pipeline that nobody knows is not found", async () => {
    await expect(calendar()).rejects.toThrow("sales_daily");
  });
});
