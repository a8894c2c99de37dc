import type { Page } from "@playwright/test";
import { paths } from "@/lib/paths";
import { sampleEnvironment as sample } from "@/lib/schemas/sample";
import { expect, test } from "../fixtures";
import { endGivenRun, givenRuns, removeGivenRuns } from "./given-runs";
import { wholeHistory } from "./history";

const minute = 60;
const hour = 60 * minute;
const fast = "payments_authorisations";

test.beforeAll(async () => {
  await wholeHistory();
  await removeGivenRuns();
});
test.afterEach(removeGivenRuns);

const runs = (query = "") => `${paths.runs}?environment=${sample}${query && `&${query}`}`;
const rows = (page: Page) => page.getByRole("table", { name: "Runs", exact: true }).getByRole("checkbox", { name: /^Choose / });

/** The run ids on screen, in their order. */
const shownIds = (page: Page) =>
  rows(page).evaluateAll((boxes) => boxes.map((box) => box.getAttribute("aria-label")?.split(", run ")[1] ?? ""));

const troubles = () =>
  givenRuns([
    { runId: "broken", pipeline: fast, state: "failed", queuedAgo: hour, startedAgo: hour, endedAgo: 50 * minute, hasInterval: true },
    { runId: "slow", pipeline: fast, state: "running", queuedAgo: 9 * hour, startedAgo: 9 * hour },
    { runId: "waits", pipeline: fast, state: "queued", queuedAgo: 25 * minute },
    {
      runId: "gone",
      pipeline: fast,
      state: "failed",
      queuedAgo: 2 * hour,
      startedAgo: 2 * hour,
      endedAgo: hour,
      hasInterval: true,
      isGone: true,
    },
  ]);

test("first comes what needs somebody: what failed and is not fixed, what runs too long, what waits too long", async ({ signInAs }) => {
  await troubles();
  const page = await signInAs("operator");
  await page.goto(runs());
  await expect(page.getByRole("heading", { name: "Needs attention" })).toBeVisible();
  await expect.poll(() => shownIds(page)).toEqual(expect.arrayContaining(["story-broken", "story-slow", "story-waits"]));
  const row = (id: string) => page.getByRole("row").filter({ hasText: `run story-${id}` });
  await expect(row("broken")).toContainText("Failed");
  await expect(row("slow")).toContainText(/Running long.*9 h \d\d m, usually \d/);
  await expect(row("waits")).toContainText("Queued 25 m");
  await expect(row("waits")).toContainText("not started");
  await expect(row("gone")).toHaveCount(0);
  await expect(page.getByRole("button", { name: /^Needs attention \d/, pressed: true })).toBeVisible();
  await page.goto(runs("show=all&state=failed&type=scheduled&last=24h"));
  await expect(row("gone")).toContainText("no longer in Airflow");
});

const sold = () =>
  givenRuns([
    {
      runId: "sale",
      pipeline: fast,
      state: "success",
      queuedAgo: hour,
      startedAgo: hour,
      endedAgo: 59 * minute,
      conf: { campaign: "Spring-Sale" },
    },
  ]);

test("what is new waits to be taken in, and no row moves before", async ({ signInAs }) => {
  const page = await signInAs("viewer");
  const query = `pipeline=${fast}&type=manual`;
  await sold();
  await page.goto(runs(query));
  await expect(rows(page)).toHaveCount(1);
  await givenRuns([{ runId: "later", pipeline: fast, state: "success", queuedAgo: 2, startedAgo: 2, endedAgo: 1 }]);
  const take = page.getByRole("button", { name: "1 new" });
  await expect(take).toBeVisible({ timeout: 45_000 });
  expect(await shownIds(page)).toEqual(["story-sale"]);
  await take.press("Enter");
  await expect.poll(() => shownIds(page)).toEqual(["story-later", "story-sale"]);
  await expect(take).toBeHidden();
});

test("a run that ends under the reader's filter says so where it stands, until what has moved is taken in", async ({ signInAs }) => {
  const page = await signInAs("viewer");
  await givenRuns([
    { runId: "ends", pipeline: fast, state: "running", queuedAgo: 40, startedAgo: 30 },
    { runId: "goes-on", pipeline: fast, state: "running", queuedAgo: 60, startedAgo: 50 },
  ]);
  await page.goto(runs(`pipeline=${fast}&state=running`));
  const row = (id: string) => page.getByRole("row").filter({ hasText: `run story-${id}` });
  await expect(row("ends")).toContainText("Running");
  const before = await shownIds(page);
  await endGivenRun("ends");
  await expect(row("ends")).toContainText("Succeeded", { timeout: 45_000 });
  expect(await shownIds(page)).toEqual(before);
  await expect(row("goes-on")).toContainText("Running");
  await page.getByRole("button", { name: "1 moved" }).press("Enter");
  await expect.poll(() => shownIds(page)).toEqual(before.filter((id) => id !== "story-ends"));
});
