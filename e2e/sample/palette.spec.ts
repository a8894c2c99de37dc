import { paths } from "@/lib/paths";
import { sampleEnvironment as sample } from "@/lib/schemas/sample";
import { expect, test } from "../fixtures";
import { explainedFailure } from "./failed-run";
import { wholeHistory } from "./history";

test.beforeAll(() => wholeHistory());

const home = `/?environment=${sample}`;

test("a table, a pipeline and a run are found by typing, from any page, without the mouse", async ({ signInAs }) => {
  const { run } = await explainedFailure();
  const page = await signInAs("viewer");
  const field = page.getByRole("combobox", { name: "Find" });
  const ready = () => expect(page.getByRole("button", { name: /Find a table/ })).toBeVisible();

  await page.goto(home);
  await ready();
  await page.keyboard.press("Control+k");
  await field.fill("sales.orders");
  await expect(page.getByRole("dialog", { name: "Find" }).getByRole("option").first()).toContainText("sales.orders");
  await expect(page.getByRole("group", { name: "Tables" }).getByRole("option").first()).toContainText(
    /On time|Due soon|Late|Failed|Unknown|Not expected/,
  );
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.pathname === paths.table(sample, "sales.orders"));

  await page.keyboard.press("/");
  await field.fill(run.runId);
  await expect(page.getByRole("group", { name: "Runs" }).getByRole("option").first()).toContainText(run.runId);
  await field.fill(`${run.pipeline}`);
  await page.getByRole("group", { name: "Pipelines" }).getByRole("option", { name: run.pipeline }).first().click();
  await page.waitForURL((url) => url.pathname === paths.pipeline(sample, run.pipeline));

  await page.keyboard.press("Control+k");
  await expect(page.getByRole("group", { name: "Opened lately" }).getByRole("option").first()).toContainText(run.pipeline);
  await expect(page.getByRole("group", { name: "Failed last" }).getByRole("option").first()).toContainText("Failed");
  await field.fill("no such thing anywhere");
  await expect(page.getByText(/^Nothing is called/)).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(field).toBeHidden();
});

test("keys lead from page to page, stay out of fields, and can be switched off for good", async ({ signInAs }) => {
  const page = await signInAs("viewer");
  await page.goto(home);
  await expect(page.getByRole("button", { name: /Find a table/ })).toBeVisible();
  await page.keyboard.press("g");
  await page.keyboard.press("p");
  await page.waitForURL((url) => url.pathname === "/pipelines" && url.searchParams.get("environment") === sample);
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("combobox", { name: "Find" })).toBeFocused();
  await page.keyboard.type("g r ?");
  await expect(page.getByRole("combobox", { name: "Find" })).toHaveValue("g r ?");
  await page.keyboard.press("Escape");

  await page.keyboard.press("Shift+?");
  const sheet = page.getByRole("dialog", { name: "Keys" });
  await expect(sheet).toContainText("Next error of the log");
  await sheet.getByRole("checkbox").press("Space");
  await page.keyboard.press("Escape");
  await page.reload();
  await expect(page.getByRole("button", { name: /Find a table/ })).toBeVisible();
  await page.keyboard.press("Shift+?");
  await page.keyboard.press("g");
  await page.keyboard.press("t");
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("combobox", { name: "Find" })).toBeVisible();
  await expect(sheet).toBeHidden();
  expect(new URL(page.url()).pathname).toBe("/pipelines");
});

test("the theme is switched from the palette, and the palette says when nothing answers", async ({ page, signInAs }) => {
  await signInAs("viewer");
  await page.goto(home);
  await expect(page.getByRole("button", { name: /Find a table/ })).toBeVisible();
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Find" }).fill("theme");
  await page.keyboard.press("Enter");
  await expect(page.locator("html")).toHaveAttribute("data-theme", /dark|light/);
  await page.route("**/api/search**", (route) =>
    route.fulfill({
      status: 503,
      contentType: "application/problem+json",
      body: JSON.stringify({ system: "ledger", detail: "It is away.", title: "x", status: 503 }),
    }),
  );
  await page.keyboard.press("Control+k");
  // A key that follows the word at once is about what is found by it.
  await page.getByRole("combobox", { name: "Find" }).fill("switch");
  await page.keyboard.press("ArrowDown");
  const found = page.getByRole("dialog", { name: "Find" }).getByRole("option");
  await expect(found.nth(1)).toHaveAttribute("aria-selected", "true");
  await expect(found.first()).toContainText("Switch between light and dark");
  await page.getByRole("combobox", { name: "Find" }).fill("tables");
  await expect(page.getByText(/does not answer, so only pages are found/)).toBeVisible();
  await expect(page.getByRole("option", { name: "Tables" })).toBeVisible();
});
