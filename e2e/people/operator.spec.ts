import { readRun, readTable } from "../api";
import { expect, test } from "../fixtures";
import { advanceShop } from "../platform";

test("an operator triggers sales_daily, watches it succeed, reads its logs and costs, and sees the data move", async ({ signInAs }) => {
  const before = (await readTable("sales.orders")).table;
  await advanceShop(1);
  const page = await signInAs("operator");

  await page.getByRole("navigation", { name: "Main", exact: true }).getByRole("link", { name: "Runs" }).click();
  await page.getByRole("navigation", { name: "Runs or pipelines" }).getByRole("link", { name: "Pipelines" }).click();
  await page.getByRole("button", { name: "Trigger sales_daily" }).click();
  const form = page.getByRole("dialog", { name: "Trigger sales_daily" });
  await form.getByRole("textbox", { name: /Reason/ }).fill("The shop delivered more orders");
  await form.getByRole("button", { name: "Start the run" }).click();

  await expect(page).toHaveURL(/\/runs\/local\/sales_daily\/penstock__/);
  let reloads = 0;
  page.on("load", () => {
    reloads += 1;
  });
  await expect(page.getByRole("heading", { level: 1 })).toContainText(/Succeeded/, { timeout: 240_000 });
  expect(reloads, "the page is live: nobody reloaded it").toBe(0);
  const runId = decodeURIComponent(new URL(page.url()).pathname.split("/").at(-1) ?? "");
  expect((await readRun("sales_daily", runId))?.run.triggerReason).toBe("The shop delivered more orders");

  const attempt = page.locator("#attempt");
  await page
    .getByRole("region", { name: "Tasks" })
    .getByRole("link", { name: /extract_orders/ })
    .click();
  const log = page.getByRole("log", { name: "Log" });
  await expect(log).toContainText(/part written|manifest/i);
  await attempt.getByRole("button", { name: "How this was computed" }).click();
  await expect(page.getByText(/vCPU/).first()).toBeVisible();
  await expect(attempt.getByText(/\$\d/).first()).toBeVisible();
  await page.keyboard.press("Escape");

  await page
    .getByRole("region", { name: "Tasks" })
    .getByRole("link", { name: /\bload\b/ })
    .click();
  await expect(attempt.getByRole("heading", { name: "load", exact: true }).first()).toBeVisible();
  // Found as a reader finds it: what Spark says when it ends may stand below it.
  const search = page.getByRole("searchbox", { name: "Search the log" });
  await search.fill("merged");
  await expect(page.getByRole("button", { name: "Next match" })).toBeVisible({ timeout: 60_000 });
  await search.press("Enter");
  await expect(log).toContainText("merged");
  await attempt.getByRole("button", { name: "How this was computed" }).click();
  await expect(page.getByText(/DPU/).first()).toBeVisible();
  await page.keyboard.press("Escape");

  await page.getByRole("tab", { name: "Tables written" }).click();
  await page.getByRole("table", { name: "Tables written" }).getByRole("link", { name: "sales.orders" }).click();
  await expect(page).toHaveURL(/\/tables\/local\/sales\.orders/);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("sales.orders");
  await expect.poll(async () => (await readTable("sales.orders")).table.loadedAt, { timeout: 60_000 }).not.toBe(before.loadedAt);
  const after = (await readTable("sales.orders")).table;
  expect(Date.parse(after.loadedAt ?? "")).toBeGreaterThan(Date.parse(before.loadedAt ?? "1970-01-01"));
  expect(String(after.dataThrough) >= String(before.dataThrough)).toBe(true);
  await expect(page.getByRole("table", { name: "Loads of sales.orders" })).toContainText(/\d/);
});
