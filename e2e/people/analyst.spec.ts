import { readTable } from "../api";
import { expect, test } from "../fixtures";

test("an analyst reads whether sales.orders can be used, through which day and since when", async ({ signInAs }) => {
  const page = await signInAs("analyst");
  await expect(page.getByRole("heading", { level: 1 })).toContainText(/can be used/);
  const row = page.getByRole("row", { name: /sales\.orders/ });
  await expect(row).toContainText("On time");
  await row.getByRole("link", { name: "sales.orders" }).click();

  await expect(page).toHaveURL(/\/tables\/local\/sales\.orders/);
  const answer = page.getByRole("heading", { level: 1 });
  await expect(answer).toContainText(/Yes\..*sales\.orders is on time/);
  // Read again at each look: the table may be loaded anew meanwhile, and the page follows.
  await expect(async () => {
    const { loadedAt, dataThrough } = (await readTable("sales.orders")).table;
    const day = new Date(`${dataThrough}T00:00:00Z`).toLocaleString("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
    await expect(answer).toContainText(new RegExp(`data through \\w+ ${day}`), { timeout: 1_000 });
    await expect(answer).toContainText(String(loadedAt).slice(11, 16), { timeout: 1_000 });
  }).toPass({ timeout: 30_000 });
  await expect(page.getByText(/Evidence:/)).toContainText("loaded_at");
  await expect(page.getByRole("link", { name: /sales_daily/ }).first()).toBeVisible();
});

test("an analyst cannot trigger a pipeline, and reads why", async ({ signInAs }) => {
  const page = await signInAs("analyst");
  await page.goto("/pipelines");
  await expect(page.getByRole("row", { name: /sales_daily/ })).toBeVisible();
  await expect(page.getByRole("button", { name: /trigger/i })).toHaveCount(0);
  await page.goto("/pipelines/local/sales_daily");
  await expect(page.getByRole("heading", { level: 1 })).toContainText("sales_daily");
  const trigger = page.getByRole("button", { name: "Trigger sales_daily" });
  await expect(trigger).toHaveAccessibleDescription("Needs the role operator or higher.");
  await trigger.focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog")).toHaveCount(0);
});
