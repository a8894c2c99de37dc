import type { Page } from "@playwright/test";
import { paths } from "@/lib/paths";
import { sampleEnvironment as sample } from "@/lib/schemas/sample";
import { expect, test } from "../fixtures";
import { wholeHistory } from "./history";

test.beforeAll(() => wholeHistory());

const grid = (page: Page) => page.getByRole("grid");
const focused = (page: Page) => page.locator(":focus");

test("an engineer walks the grid by keyboard from a task to the log of its try", async ({ signInAs }) => {
  const page = await signInAs("operator");
  await page.goto(paths.pipeline(sample, "erp_orders"));
  await expect(grid(page)).toHaveAccessibleName(/4 tasks against 50 runs/);
  await page.locator("[data-at]").focus();
  await expect(focused(page)).toHaveRole("gridcell");
  await expect(focused(page)).toHaveAccessibleName(/^wait_for_erp, /);

  await page.keyboard.press("ArrowDown");
  await expect(focused(page)).toHaveAccessibleName(/^extract, /);
  await expect(page.getByRole("tooltip")).toContainText("extract");
  await page.keyboard.press("ArrowLeft");
  await expect(focused(page)).toHaveAttribute("aria-colindex", "50");
  await page.keyboard.press("Home");
  await expect(focused(page)).toHaveRole("rowheader");
  await page.keyboard.press("End");
  await expect(focused(page)).toHaveAttribute("aria-colindex", "51");
  await page.keyboard.press("PageDown");
  await expect(focused(page)).toHaveAccessibleName(/^check_rows, /);
  await page.keyboard.press("Control+Home");
  await expect(focused(page)).toHaveRole("columnheader");
  await page.keyboard.press("Control+End");
  await page.keyboard.type("load");
  await expect(focused(page)).toHaveAccessibleName(/^load, /);

  // One stop: the Tab before and the next leave the grid.
  await page.keyboard.press("Shift+Tab");
  await expect(grid(page).locator(":focus")).toHaveCount(0);
  await page.keyboard.press("Tab");
  await expect(focused(page)).toHaveAccessibleName(/^load, /);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/runs\/sample\/erp_orders\/.+task=load/);
});

test("the strip is one stop that arrows walk, and a run opens from it", async ({ signInAs }) => {
  const page = await signInAs("operator");
  await page.goto(paths.pipeline(sample, "erp_orders"));
  const strip = page.getByRole("navigation", { name: /^Durations of the last 30 runs/ });
  await strip.getByRole("link").last().focus();
  await page.keyboard.press("ArrowLeft");
  await expect(strip.getByRole("link").nth(28)).toBeFocused();
  await page.keyboard.press("Home");
  await expect(strip.getByRole("link").first()).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/runs\/sample\/erp_orders\/[^?]+$/);
});

test("older runs come by page and the newest come back", async ({ signInAs }) => {
  const page = await signInAs("viewer");
  await page.goto(paths.pipeline(sample, "erp_orders"));
  const newest = await page.getByRole("columnheader").nth(-4).getAttribute("aria-label");
  await page.getByRole("button", { name: "Older runs" }).click();
  await expect(page).toHaveURL(/before=/);
  await expect(page.getByRole("columnheader").nth(-4)).not.toHaveAttribute("aria-label", String(newest));
  await page.getByRole("button", { name: "Newest runs" }).click();
  await expect(page.getByRole("columnheader").nth(-4)).toHaveAttribute("aria-label", String(newest));
});

test("a day of the calendar leads to the runs of that day", async ({ signInAs }) => {
  const page = await signInAs("viewer");
  await page.goto(`${paths.pipeline(sample, "cart_events")}?tab=calendar`);
  const day = page.getByRole("button", { name: /partly failed/ }).first();
  const name = String(await day.getAttribute("aria-label")).split(":")[0] ?? "";
  await day.focus();
  await page.keyboard.press("Enter");
  await expect(day).toHaveAttribute("aria-pressed", "true");
  const runs = page.getByRole("region", { name }).getByRole("table", { name: "Its runs of this time" });
  await expect(runs.getByRole("link", { name: /Failed/ }).first()).toBeVisible();
  await runs
    .getByRole("link", { name: /Failed/ })
    .first()
    .click();
  await expect(page).toHaveURL(/\/runs\/sample\/cart_events\//);
});

test("one clock shows what ran and what is to come, in words for those who do not see it", async ({ signInAs }) => {
  const page = await signInAs("viewer");
  await page.goto(`/pipelines?environment=${sample}&view=clock`);
  const clock = page.getByRole("table", { name: "Pipelines on the clock" });
  await expect(clock.getByRole("img", { name: /^payments_authorisations: .+; (\d+ to come, )?next .*\d\d:\d\d/ })).toBeAttached();
  await page.getByRole("button", { name: "Week" }).click();
  await expect(page).toHaveURL(/span=week/);
  await clock.getByRole("link", { name: "erp_orders" }).click();
  await expect(page).toHaveURL(/\/pipelines\/sample\/erp_orders$/);
});
