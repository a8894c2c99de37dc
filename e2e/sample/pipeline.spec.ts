import { paths } from "@/lib/paths";
import { sampleEnvironment as sample } from "@/lib/schemas/sample";
import { expect, test } from "../fixtures";
import { wholeHistory } from "./history";

test.beforeAll(() => wholeHistory());

const at = (pipeline: string, tab: string) => `${paths.pipeline(sample, pipeline)}?tab=${tab}`;

test("an engineer walks the graph by keyboard, folds a group and opens a task", async ({ signInAs }) => {
  const page = await signInAs("operator");
  await page.goto(at("app_events_daily", "graph"));
  const graph = page.getByRole("region", { name: /^Graph of 3 tasks/ });
  const box = (name: RegExp) => graph.getByRole("button", { name });
  await box(/^wait_for_export/).focus();
  await expect(box(/^wait_for_export.*waits for none/)).toBeFocused();
  await page.keyboard.press("ArrowRight");
  await expect(box(/^transform_events.*waits for 1/)).toBeFocused();
  await page.keyboard.press("ArrowRight");
  await expect(box(/^publish_events/)).toBeFocused();
  await page.keyboard.press("Home");
  await expect(box(/^wait_for_export/)).toBeFocused();

  await box(/^Group events/).focus();
  await page.keyboard.press("Enter");
  await expect(box(/^Group events/)).toBeFocused();
  await expect(box(/^transform_events/)).toHaveCount(0);
  await page.getByRole("tab", { name: "Graph" }).press("ArrowRight");
  await page.getByRole("tab", { name: "Runs" }).press("ArrowLeft");
  await expect(box(/^Group events/)).toBeVisible();
  await box(/^wait_for_export/).focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await expect(box(/^transform_events/)).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/task=transform_events/);
});

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

test("a line of the code has an address, and its number can be typed", async ({ signInAs }) => {
  const page = await signInAs("viewer");
  await page.goto(at("fraud_scores", "code"));
  await page.getByLabel("Line", { exact: true }).fill("12");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/line=12/);
  const line = page.getByRole("list", { name: "File of fraud_scores" }).locator("[aria-current]");
  await expect(line).toBeInViewport();
  await expect(line.getByRole("button", { name: "Link to line 12" })).toBeVisible();
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
