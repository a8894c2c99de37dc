import { readTable } from "../api";
import { expect, test } from "../fixtures";

test("an analyst reads whether sales.orders can be used, through which day and since when", async ({ signInAs }) => {
  const page = await signInAs("analyst");
  await expect(page.getByRole("heading", { level: 1 })).toContainText(/can be used/);
  const row = page.getByRole("row", { name: /sales\.orders/ });
  await expect(row).toContainText("On time");
  await row.getByRole("link", { name: "sales.orders" }).click();

  await expect(page).toHaveURL(/\/tables\/local\/sales\.orders/);
  const { loadedAt, dataThrough } = (await readTable("sales.orders")).table;
  const [, month, day] = String(dataThrough).split("-").map(Number);
  const monthName = new Date(Date.UTC(2000, (month ?? 1) - 1)).toLocaleString("en-GB", { month: "short", timeZone: "UTC" });
  const answer = page.getByRole("heading", { level: 1 });
  await expect(answer).toContainText(/Yes\..*sales\.orders is on time/);
  await expect(answer).toContainText(new RegExp(`data through \\w+ ${day} ${monthName.slice(0, 3)}`));
  await expect(answer).toContainText(String(loadedAt).slice(11, 16));
  await expect(page.getByText(/Evidence:/)).toContainText("loaded_at");
  await expect(page.getByRole("link", { name: /sales_daily/ }).first()).toBeVisible();
});

test("an analyst is offered no way to trigger a pipeline", async ({ signInAs }) => {
  const page = await signInAs("analyst");
  await page.goto("/pipelines");
  await expect(page.getByRole("row", { name: /sales_daily/ })).toBeVisible();
  await expect(page.getByRole("button", { name: /trigger/i })).toHaveCount(0);
  await page.goto("/pipelines/local/sales_daily");
  await expect(page.getByRole("heading", { level: 1 })).toContainText("sales_daily");
  await expect(page.getByRole("button", { name: /trigger/i })).toHaveCount(0);
});
