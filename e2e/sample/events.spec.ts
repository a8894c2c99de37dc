import type { Page } from "@playwright/test";
import { paths } from "@/lib/paths";
import type { Run } from "@/lib/schemas/run";
import { sampleEnvironment as sample } from "@/lib/schemas/sample";
import { expect, test } from "../fixtures";
import { addDays, attemptDetail, company, dateOf, loadsUntil, runDetail, runsBetween, wholeHistory } from "./history";

let anchor: string;
test.beforeAll(async () => {
  anchor = await wholeHistory();
});

/** docs/sample is renewed by PENSTOCK_PICTURES=1. */
async function keepPicture(page: Page, name: string): Promise<void> {
  if (process.env.PENSTOCK_PICTURES !== "1") return;
  await page.setViewportSize({ width: 1200, height: 760 });
  await page.screenshot({ path: `docs/sample/${name}.png` });
}

const at = (date: string, time = "00:00") => `${date}T${time}:00.000Z`;
const tableOn = (table: string, day: string) => `${paths.table(sample, table)}?day=${day}`;
const cause = (page: Page) => page.getByRole("region", { name: "Why it failed" });
const loads = (page: Page, table: string) => page.getByRole("table", { name: `Loads of ${table}` }).getByRole("row");

/** The run that was due first in that time. */
async function firstRun(pipeline: string, from: string, to: string, state?: string): Promise<Run> {
  const run = (await runsBetween(pipeline, from, to, state)).at(-1);
  if (!run) throw new Error(`${pipeline} had no ${state ?? ""} run from ${from} to ${to}`);
  return run;
}

test("the ERP's outage: twelve pipelines failed with one cause, and what they load was late that day", async ({ signInAs }) => {
  const day = dateOf(anchor, "source_outage");
  const failed = await runsBetween(undefined, at(addDays(day, -1), "22:00"), at(day, "06:30"), "failed");
  const readers = company.pipelines
    .filter(({ tasks }) => tasks.some(({ source, kind }) => source === "erp" && kind !== "sensor"))
    .map(({ id }) => id);
  expect(readers).toHaveLength(12);
  expect(new Set(failed.map(({ pipeline }) => pipeline).filter((each) => readers.includes(each)))).toEqual(new Set(readers));

  const page = await signInAs("analyst");
  await page.goto(paths.run(await firstRun("erp_orders", at(addDays(day, -1), "22:00"), at(day, "06:30"), "failed")));
  await expect(page.getByRole("complementary", { name: "Sample data" })).toBeVisible();
  await expect(cause(page)).toContainText("Source not reachable");
  await keepPicture(page, "source-outage");
  await page.goto(tableOn("sales.customers", day));
  await expect(loads(page, "sales.customers").nth(1)).toContainText(/\d+ (min|h).* late/);
});

test("memory that grew: a higher peak each week, until the limit ended it", async ({ signInAs }) => {
  const [start, end] = [dateOf(anchor, "memory_growth"), dateOf(anchor, "memory_growth", 15)];
  const run = await firstRun("product_embeddings", at(start), at(end), "failed");
  const page = await signInAs("operator");
  await page.goto(paths.run(run));
  await expect(cause(page)).toContainText("Out of memory");
  await expect(page.getByText(/^16,384 of 16,384 MB$/)).toBeVisible();
  await keepPicture(page, "memory-growth");
  const peaks = await Promise.all(
    [1, 7, 13].map(async (days) => {
      const { attempts } = await runDetail(await firstRun("product_embeddings", at(addDays(start, days)), at(addDays(start, days + 1))));
      const container = attempts.find(({ ecsTask }) => ecsTask !== null);
      const usage = container && (await attemptDetail(container.id)).container?.usage;
      return usage && "of" in usage ? (usage.memoryMaxMib ?? 0) : 0;
    }),
  );
  expect(peaks[0]).toBeLessThan(peaks[1] ?? 0);
  expect(peaks[1]).toBeLessThan(peaks[2] ?? 0);
});

test("the Spot storm: interrupted tries, and that running again helps", async ({ signInAs }) => {
  const day = dateOf(anchor, "spot_storm");
  const failed = await runsBetween(undefined, at(day, "02:00"), at(day, "14:00"), "failed");
  const run = failed.find(({ failure }) => failure?.class === "spot_interruption");
  if (!run) throw new Error("no run failed by an interruption");
  const page = await signInAs("operator");
  await page.goto(paths.run(run));
  await expect(cause(page)).toContainText("Spot capacity taken back");
  await expect(cause(page)).toContainText("Running it again may help.");
  await keepPicture(page, "spot-storm");
});

test("the renamed column: the line that names it, and the table's columns", async ({ signInAs }) => {
  const day = dateOf(anchor, "schema_change");
  const page = await signInAs("operator");
  await page.goto(paths.run(await firstRun("crm_contacts", at(day), at(addDays(day, 1)), "failed")));
  await expect(cause(page)).toContainText("marketing_opt_in");
  await keepPicture(page, "schema-change");
  await page.goto(paths.table(sample, "marketing.contacts"));
  await expect(page.getByRole("list", { name: "Changes of columns, newest first" })).toContainText(
    "consent_marketing added, marketing_opt_in removed",
  );
});

test("loads of no rows are marked where every run was green", async ({ signInAs }) => {
  const day = dateOf(anchor, "zero_rows", 2);
  const page = await signInAs("analyst");
  await page.goto(tableOn("marketing.email_opens", day));
  await expect(loads(page, "marketing.email_opens").filter({ hasText: "no rows" })).toHaveCount(3);
  await keepPicture(page, "zero-rows");
});

test("old data loaded again: older than before, and in time for no day", async ({ signInAs }) => {
  const day = dateOf(anchor, "old_data");
  const page = await signInAs("analyst");
  await page.goto(tableOn("sales.marketplace_orders_jp", day));
  await expect(loads(page, "sales.marketplace_orders_jp").filter({ hasText: "older than before" }).first()).toContainText("not judged");
  await keepPicture(page, "old-data");
});

test("the deploy that doubled a duration: what changed since the last success", async ({ signInAs }) => {
  const day = dateOf(anchor, "doubled_duration");
  const runs = await runsBetween("fraud_scores", at(day), at(addDays(day, 3)));
  const details = await Promise.all(runs.reverse().map(runDetail));
  const scored = details.flatMap(({ run, attempts }) =>
    attempts.filter(({ taskId }) => taskId === "score_orders").map((attempt) => ({ run, attempt })),
  );
  const first = scored.find(({ attempt }) => attempt.ecsTask?.taskDefinition.endsWith(":32"));
  if (!first) throw new Error("no attempt had revision 32");
  const page = await signInAs("operator");
  await page.goto(paths.attempt(first.run, "score_orders", first.attempt.tryNumber));
  await expect(page.getByText(/^Changed since/)).toBeVisible();
  await expect(page.getByText(/5\.0\.0/).first()).toBeVisible();
  await page.getByText(/^Changed since/).scrollIntoViewIfNeeded();
  await keepPicture(page, "doubled-duration");
});

test("the runaway Glue job: ended by its limit, with what eight hours cost", async ({ signInAs }) => {
  const day = dateOf(anchor, "runaway_glue");
  const run = await firstRun("recommendation_features", at(day), at(addDays(day, 1)));
  const page = await signInAs("operator");
  await page.goto(paths.attempt(run, "build_features", 1));
  const attempt = page.locator("#attempt");
  await expect(attempt).toContainText("8 h");
  await expect(attempt).toContainText(/\$[4-9]\d\.\d\d/);
  await keepPicture(page, "runaway-glue");
});

/** The days on which clocks in the zone change, of the days 5 to 115. */
function clockChanges(zone: string): string[] {
  const clock = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, timeStyle: "short" });
  const noonOf = (day: number) => clock.format(new Date(at(addDays(anchor, day), "12:00")));
  return Array.from({ length: 110 }, (_, index) => index + 5)
    .filter((day) => noonOf(day) !== noonOf(day - 1))
    .map((day) => addDays(anchor, day));
}

test("wall-clock deadlines hold whatever the clocks do", async ({ signInAs }) => {
  const page = await signInAs("analyst");
  for (const date of clockChanges("Europe/Madrid")) {
    await page.goto(tableOn("sales.customers", addDays(date, 1)));
    const dues = (await loadsUntil("sales.customers", addDays(date, 1))).flatMap(({ expectedBy }) => expectedBy?.slice(11, 16) ?? []);
    expect(new Set(dues).size).toBe(2);
    for (const due of new Set(dues)) await expect(loads(page, "sales.customers").filter({ hasText: due }).first()).toBeVisible();
    await keepPicture(page, "clock-change");
  }

  const loaded = [
    ...(await loadsUntil("sales.customers", addDays(anchor, 60))),
    ...(await loadsUntil("sales.customers", addDays(anchor, 110))),
  ];
  const clock = new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Madrid", timeStyle: "short" });
  const shown = loaded.flatMap(({ expectedBy }) => (expectedBy === null ? [] : [clock.format(new Date(expectedBy))]));
  expect(shown.length).toBeGreaterThan(20);
  expect(new Set(shown)).toEqual(new Set(["07:00"]));
});

test("a public holiday has neither a load nor a deadline", async ({ signInAs }) => {
  const holiday = company.holidays.JP?.find((date) => {
    const day = new Date(`${date}T00:00:00Z`).getUTCDay();
    return date > addDays(anchor, 10) && date < addDays(anchor, 115) && day > 0 && day < 6;
  });
  if (!holiday) throw new Error("Japan has no holiday in these months");
  const page = await signInAs("analyst");
  await page.goto(tableOn("logistics.freight_costs", holiday));
  await expect(loads(page, "logistics.freight_costs").nth(1)).toContainText("On time");
  await keepPicture(page, "holiday");
  const due = (await loadsUntil("logistics.freight_costs", addDays(holiday, 3))).flatMap(({ expectedBy }) => expectedBy ?? []);
  const day = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Tokyo", dateStyle: "short" });
  expect(due.length).toBeGreaterThan(5);
  expect(due.map((each) => day.format(new Date(each)))).not.toContain(holiday);
});

test("the price change: another list in the formula after it than before", async ({ signInAs }) => {
  const day = dateOf(anchor, "price_change");
  const page = await signInAs("operator");
  const ratesOf = async (date: string) => {
    const run = await firstRun("erp_orders", at(date), at(addDays(date, 1)), "success");
    await page.goto(paths.attempt(run, "extract", 1));
    const attempt = page.locator("#attempt");
    await attempt.getByRole("button", { name: "How this was computed" }).click();
    await expect(attempt.getByRole("note")).toContainText("List price of eu-west-1");
    return (await attempt.getByRole("note").textContent())?.match(/× \$[\d.]+/g);
  };
  const before = await ratesOf(addDays(day, -2));
  const after = await ratesOf(addDays(day, 1));
  await keepPicture(page, "price-change");
  expect(before).toHaveLength(2);
  expect(after).not.toEqual(before);
});

test("the day without a collector: a container that nobody saw has a price that nobody knows", async ({ signInAs }) => {
  const day = dateOf(anchor, "collector_away");
  const page = await signInAs("operator");
  const costOn = async (date: string) => {
    const run = await firstRun("erp_orders", at(date, "20:00"), at(addDays(date, 1), "12:00"));
    await page.goto(paths.attempt(run, "extract", 1));
    return page.locator("#attempt");
  };
  await expect(await costOn(addDays(day, -3))).toContainText("$");
  const attempt = await costOn(day);
  await expect(attempt).toContainText("price unknown");
  await expect(attempt).not.toContainText("$");
  await keepPicture(page, "collector-away");
});

test("the stuck queue: attempts that waited longer than they ran", async ({ signInAs }) => {
  const day = dateOf(anchor, "stuck_queue");
  const runs = await runsBetween("cart_events", at(day, "09:00"), at(day, "11:20"));
  const details = await Promise.all(runs.map(runDetail));
  const waited = details
    .flatMap(({ run, attempts }) => attempts.map((attempt) => ({ run, attempt })))
    .find(
      ({ attempt }) => attempt.queuedAt && attempt.startedAt && Date.parse(attempt.startedAt) - Date.parse(attempt.queuedAt) > 30 * 60_000,
    );
  if (!waited) throw new Error("nothing waited");
  const page = await signInAs("operator");
  await page.goto(paths.attempt(waited.run, waited.attempt.taskId, waited.attempt.tryNumber, waited.attempt.mapIndex));
  await expect(page.getByText("Queued", { exact: true }).first()).toBeVisible();
  await keepPicture(page, "stuck-queue");
});
