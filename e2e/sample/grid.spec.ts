import type { Page } from "@playwright/test";
import { paths } from "@/lib/paths";
import { sampleEnvironment as sample } from "@/lib/schemas/sample";
import { expect, test } from "../fixtures";
import { wholeHistory } from "./history";

test.beforeAll(async () => {
  test.setTimeout(660_000);
  await wholeHistory();
});

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

  // One stop: the next Tab leaves the grid.
  await page.keyboard.press("Tab");
  await expect(grid(page).locator(":focus")).toHaveCount(0);
  await page.keyboard.press("Shift+Tab");
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
