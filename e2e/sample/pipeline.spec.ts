import { paths } from "@/lib/paths";
import { sampleEnvironment as sample } from "@/lib/schemas/sample";
import { expect, test } from "../fixtures";

const at = (pipeline: string, tab: string) => `${paths.pipeline(sample, pipeline)}?tab=${tab}`;

test("the same tasks are there as a list", async ({ signInAs }) => {
  const page = await signInAs("viewer");
  await page.goto(at("app_events_daily", "graph"));
  await page.getByRole("button", { name: "The same as a list, 3 tasks" }).click();
  const rows = page.getByRole("table", { name: "Tasks of the graph" }).getByRole("row");
  await expect(rows).toHaveCount(4);
  await expect(rows.filter({ hasText: "publish_events" })).toContainText("transform_events");
});

test("the deploy that doubled a duration: what it changed in the file, line by line", async ({ signInAs }) => {
  const page = await signInAs("operator");
  await page.goto(at("fraud_scores", "code"));
  const version = page.getByRole("table", { name: "Versions" }).getByRole("row", { name: /^Version 2 / });
  await version.getByRole("button", { name: "What it changed" }).click();
  const changed = page.getByRole("list", { name: "What changed from Version 1 to Version 2" });
  await expect(changed.locator(".was", { hasText: "fraud-scoring:31" })).toBeVisible();
  await expect(changed.locator(".is", { hasText: "fraud-scoring:32" })).toBeVisible();
  await expect(changed.getByRole("button", { name: /lines alike$/ }).first()).toBeVisible();
  await expect(page).toHaveURL(/version=2&with=1/);
});

test("tabs are walked by arrow keys and named in the address", async ({ signInAs }) => {
  const page = await signInAs("viewer");
  await page.goto(at("fraud_scores", "code"));
  await page.getByRole("tab", { name: "Code" }).focus();
  await page.keyboard.press("ArrowRight");
  await expect(page.getByRole("tab", { name: "Runbook" })).toBeFocused();
  await expect(page).toHaveURL(/tab=runbook/);
  await expect(page.getByRole("heading", { name: /^Parameters/ })).toBeVisible();
});
