import { expect, it } from "vitest";
import { localTime } from "@/lib/calendar";
import { priceBook } from "./catalogue";
import { company, pipelineOf } from "./company";
import { containerFact } from "./container-facts";
import { factsBetween } from "./facts";
import { runsBetween, runsOfPipeline } from "./runs";
import type { SimulatedRun } from "./timeline";
import { dayMs, hourMs, World } from "./world";

const world = new World("penstock", "2026-07-25");
const later = world.instant(400);

const dayOf = (id: string) => {
  const event = company.events.find((each) => each.id === id);
  return (event && world.eventDay(event)) ?? 0;
};
const runsOf = (pipeline: string, fromDay: number, toDay: number) =>
  runsOfPipeline(world, pipelineOf(pipeline), world.instant(fromDay), world.instant(toDay));
const sorted = (values: number[]) => [...values].sort((a, b) => a - b);
const median = (values: number[]) => sorted(values)[Math.floor(values.length / 2)] ?? 0;
const triesOf = (runs: SimulatedRun[]) => runs.flatMap(({ tries }) => tries);

it("a usual day has its runs, and one pipeline owns two fifths of the attempts", () => {
  const runs = runsBetween(world, world.instant(100), world.instant(102));
  const tries = triesOf(runs);
  expect(runs.length / 2).toBeGreaterThan(370);
  expect(runs.length / 2).toBeLessThan(420);
  expect(tries.length / 2).toBeGreaterThan(1350);
  expect(tries.length / 2).toBeLessThan(1650);
  const own = tries.filter(({ key }) => key.startsWith("web_events_sessions|")).length;
  expect(own / tries.length).toBeGreaterThan(0.38);
  expect(own / tries.length).toBeLessThan(0.45);
});

it("any window alone is what it is within a longer one", () => {
  const from = world.instant(20, "05:00");
  const alone = runsBetween(new World("penstock", "2026-07-25"), from, from + 3 * hourMs);
  const within = runsBetween(world, from - dayMs, from + dayMs).filter(({ runAfter }) => runAfter >= from && runAfter < from + 3 * hourMs);
  expect(within).toEqual(alone);
});

it("another seed is another history", () => {
  const ends = (seed: string) =>
    runsOfPipeline(new World(seed, "2026-07-25"), pipelineOf("erp_orders"), world.instant(3), world.instant(5));
  expect(ends("a").map(({ endedAt }) => endedAt)).not.toEqual(ends("b").map(({ endedAt }) => endedAt));
});

it("the source outage fails twelve pipelines, and the marts are late", () => {
  const day = dayOf("source_outage");
  const failed = runsBetween(world, world.instant(day - 1, "22:00"), world.instant(day, "05:00")).filter(
    (run) => run.type === "scheduled" && run.tries.some((each) => each.class === "source_unreachable" && each.retriedAt === null),
  );
  const names = new Set(failed.map(({ pipeline }) => pipeline.id));
  expect([...names].filter((name) => name.startsWith("erp_"))).toHaveLength(12);
  const [mart] = runsOf("sales_mart", day, day + 1);
  const [usual] = runsOf("sales_mart", day - 7, day - 6);
  expect(mart && localTime(mart.endedAt, "Europe/Madrid") > "08:15").toBe(true);
  expect(usual && localTime(usual.endedAt, "Europe/Madrid") < "08:00").toBe(true);
});

it("memory grows for two weeks until it does not suffice, and the deploy ends it", () => {
  const day = dayOf("memory_growth");
  const use = (from: number, to: number) =>
    triesOf(runsOf("product_embeddings", from, to)).flatMap(({ container }) => container?.memoryUsedMib ?? []);
  expect(median(use(day + 5, day + 9))).toBeGreaterThan(median(use(day - 4, day)) + 2000);
  expect(triesOf(runsOf("product_embeddings", day + 12, day + 14)).map((each) => each.class)).toContain("out_of_memory");
  expect(triesOf(runsOf("product_embeddings", day + 15, day + 25)).filter((each) => each.class === "out_of_memory")).toEqual([]);
});

it("Spot capacity is taken back", () => {
  const day = dayOf("spot_storm");
  const stormy = triesOf(runsOf("cart_events", day, day + 1)).filter((each) => each.class === "spot_interruption");
  expect(stormy.length).toBeGreaterThan(6);
  const calm = triesOf(runsOf("cart_events", day - 2, day)).filter((each) => each.class === "spot_interruption");
  expect(calm.length).toBeLessThan(3);
});

it("the renamed column fails the CRM's extraction until the deploy", () => {
  const day = dayOf("schema_change");
  expect(runsOf("crm_contacts", day, day + 1)[0]?.hasFailed).toBe(true);
  expect(triesOf(runsOf("crm_contacts", day, day + 1))[0]?.class).toBe("python_exception");
  expect(runsOf("crm_contacts", day + 1, day + 2)[0]?.hasFailed).toBe(false);
});

it("three days of loads have no rows, and one reaches a week back", () => {
  const zero = dayOf("zero_rows");
  const rows = triesOf(runsOf("email_campaigns", zero - 1, zero + 4)).flatMap(({ loads }) =>
    loads.flatMap((load) => (load.table.name === "marketing.email_opens" ? load.rowsInserted : [])),
  );
  expect(rows.map((count) => count === 0)).toEqual([false, true, true, true, false]);
  const old = dayOf("old_data");
  const through = triesOf(runsOf("marketplace_orders_jp", old - 2, old + 1)).flatMap(({ loads }) => loads[0]?.dataThrough ?? []);
  expect(through).toEqual([old - 2, old - 8, old].map((day) => world.dateOf(day)));
});

it("a deploy doubles a duration until the next", () => {
  const day = dayOf("doubled_duration");
  const took = (from: number, to: number) =>
    median(
      triesOf(runsOf("fraud_scores", from, to)).flatMap(({ container, state }) =>
        state === "success" && container?.startedAt && container.executionStoppedAt
          ? container.executionStoppedAt - container.startedAt
          : [],
      ),
    );
  expect(took(day + 1, day + 9) / took(day - 20, day)).toBeGreaterThan(1.5);
  expect(took(day + 10, day + 30) / took(day - 20, day)).toBeLessThan(1.5);
});

it("the runaway job is ended at its limit", () => {
  const day = dayOf("runaway_glue");
  const [first] = triesOf(runsOf("recommendation_features", day, day + 1));
  expect(first?.class).toBe("glue_timeout");
  expect(first?.glue?.executionSeconds).toBe(480 * 60);
});

it("nothing begins while the queue stands still, and all that waited does after it", () => {
  const day = dayOf("stuck_queue");
  const [stuck] = world.effects("stuck_queue");
  const tries = triesOf(runsBetween(world, world.instant(day, "08:00"), world.instant(day, "13:00")));
  const begun = tries.flatMap(({ startedAt }) => startedAt ?? []);
  expect(begun.filter((at) => stuck && at >= stuck.from && at < stuck.to)).toEqual([]);
  expect(tries.filter(({ queuedAt, startedAt }) => (startedAt ?? 0) - (queuedAt ?? 0) > 30 * 60_000).length).toBeGreaterThan(20);
});

it("containers of the day without a collector are unknown, Glue runs are not", () => {
  const [away] = world.effects("collector_away");
  if (!away) throw new Error("no such day");
  const middle = away.from + 10 * hourMs;
  const facts = factsBetween(world, middle, middle + 2 * hourMs, later);
  expect(facts.attempts.some(({ operator }) => operator === "EcsRunTaskOperator")).toBe(true);
  expect(facts.containers).toEqual([]);
  expect(facts.glueRuns.length).toBeGreaterThan(0);
  const before = runsBetween(world, away.from - hourMs, away.from).flatMap((run) =>
    run.tries.map((each) => containerFact(world, run, each, later)),
  );
  for (const fact of before)
    if (fact?.missingSince) expect(fact).toMatchObject({ lastStatus: expect.not.stringMatching("STOPPED"), stoppedAt: null });
});

it("wall clocks keep their time when clocks are put back, hours keep their distance", () => {
  const [before, after] = [92, 94].map((day) => runsOf("erp_orders", day - 1, day)[0]?.runAfter ?? 0);
  const days = Math.round(((after ?? 0) - (before ?? 0)) / dayMs);
  expect((after ?? 0) - (before ?? 0) - days * dayMs).toBe(hourMs);
  const hourly = runsOf("orders_incremental", 90, 94).map(({ runAfter }) => runAfter);
  expect(new Set(hourly.slice(1).map((at, index) => at - (hourly[index] ?? 0)))).toEqual(new Set([hourMs]));
});

it("working-day pipelines rest on holidays", () => {
  const day = world.dayIndex("2026-10-12");
  expect(runsOf("hr_employees", day, day + 1)).toEqual([]);
  expect(runsOf("hr_employees", day + 1, day + 2)).toHaveLength(1);
});

it("pipelines begin, pause and end; a backfill loads ten days", () => {
  expect(runsOf("tiktok_ads_spend", 55, 62)).toEqual([]);
  expect(runsOf("tiktok_ads_spend", 62, 63)).toHaveLength(1);
  expect(runsOf("newsletter_subscribers", 70, 75)).toEqual([]);
  expect(runsOf("price_scrape", 69, 71)).toEqual([]);
  const backfills = runsOf("google_ads_spend", dayOf("backfill"), dayOf("backfill") + 1).filter(({ type }) => type === "backfill");
  expect(backfills).toHaveLength(10);
  expect(backfills[0]?.tries.at(-1)?.loads[0]?.dataThrough).toBe(world.dateOf(dayOf("backfill") - 15));
});

it("prices change once", () => {
  const book = priceBook(world);
  const change = world.instant(dayOf("price_change"));
  expect(book(change - 1).prices?.glue?.standardDpuHour).toBe("0.44");
  expect(book(change)).toMatchObject({ asOf: world.dateOf(98), prices: { glue: { standardDpuHour: "0.40" } } });
});
