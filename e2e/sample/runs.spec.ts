import { readFileSync } from "node:fs";
import { paths } from "@/lib/paths";
import type { Run, RunPage } from "@/lib/schemas/run";
import { sampleEnvironment as sample } from "@/lib/schemas/sample";
import { everyLook, expectAccessible } from "../accessible";
import { expect, signIn, test } from "../fixtures";
import { wholeHistory } from "./history";
import { addFilter, at, labelOf, listed, rows, shownRuns } from "./run-list";

test.beforeAll(async () => {
  test.setTimeout(660_000);
  await wholeHistory();
});

/** A filter whose runs are over and stay so. */
const settled = "state=failed&errorClass=out_of_memory";

test("what needs attention comes first, in words and as a count; all runs are one key away", async ({ signInAs }) => {
  const page = await signInAs("viewer");
  await page.goto(`/runs?environment=${sample}`);
  const view = page.getByRole("button", { name: /^Needs attention \d/ });
  await expect(view).toHaveAttribute("aria-pressed", "true");
  await expect(page.getByRole("heading", { level: 2, name: "Needs attention" })).toBeVisible();
  const { items } = await listed("show=attention");
  if (items.length === 0) await expect(page.getByText("Nothing needs you.", { exact: true })).toBeVisible();
  else await expect(rows(page).first()).toBeVisible();
  await page.getByRole("button", { name: "All", exact: true }).focus();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/show=all/);
  await expect(rows(page)).toHaveCount(25);
});

test("filters are set and taken off by keyboard, and the address keeps them", async ({ signInAs }) => {
  const page = await signInAs("viewer");
  await page.goto(at("show=all"));
  await addFilter(page, "keyboard", { kind: "State", choice: "Failed" });
  await expect(page).toHaveURL(/state=failed/);
  await addFilter(page, "keyboard", { kind: "Error class", choice: "out of memory" });
  await expect(page).toHaveURL(/errorClass=out_of_memory/);
  const { items } = await listed(`${settled}&limit=25`);
  expect(items.length).toBeGreaterThan(0);
  await expect.poll(() => shownRuns(page)).toEqual(items.map(labelOf));
  const row = page.getByRole("row").filter({ has: page.getByRole("checkbox", { name: labelOf(items[0] as Run) }) });
  await expect(row).toContainText("Failed");
  await expect(row).toContainText(items[0]?.failure?.taskId ?? "no failed task");
  await expect(row).toContainText(/usually \d/);
  await expect(row).toContainText("schedule");

  await page.reload();
  await expect.poll(() => shownRuns(page)).toEqual(items.map(labelOf));
  const remove = page.getByRole("button", { name: /^Remove the filter Error out of memory/i });
  await remove.focus();
  await page.keyboard.press("Enter");
  await expect(page).not.toHaveURL(/errorClass/);
  await expect(page).toHaveURL(/state=failed/);

  await page.goto(at("pipeline=no_such_pipeline"));
  await expect(page.getByRole("heading", { level: 1 })).not.toBeEmpty();
  await expect(rows(page)).toHaveCount(0);
  await expect(page.getByRole("button", { name: /^Remove the filter Pipeline no_such_pipeline/ })).toBeVisible();
});

test("the failed task that a row names leads to its attempt", async ({ signInAs }) => {
  const page = await signInAs("viewer");
  const [run] = (await listed(`${settled}&limit=1`)).items;
  if (!run?.failure) throw new Error("no run failed of it");
  const { taskId, tryNumber, mapIndex } = run.failure;
  await page.goto(at(settled));
  const row = page.getByRole("row").filter({ has: page.getByRole("checkbox", { name: labelOf(run) }) });
  await row.getByRole("link", { name: taskId, exact: true }).click();
  await expect(page).toHaveURL(paths.attempt(run, taskId, tryNumber, mapIndex));
  await expect(page.getByRole("region", { name: new RegExp(taskId) }).first()).toBeVisible();
});

test("a view is saved and shared by keyboard, opens for another person, and is the first that its owner sees", async ({
  browser,
  signInAs,
}) => {
  const page = await signInAs("operator");
  await page.goto(at(settled));
  await page.getByRole("button", { name: "Save this view" }).focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Save this view" });
  await expect(dialog.getByRole("textbox", { name: "Name" })).toBeFocused();
  await page.keyboard.type("Memory of the night");
  for (const name of [/Open it first/, /Share it/]) {
    await dialog.getByRole("checkbox", { name }).focus();
    await page.keyboard.press("Space");
    await expect(dialog.getByRole("checkbox", { name })).toBeChecked();
  }
  await expectAccessible(page, "the form of a view");
  await page.keyboard.press("Enter");
  await expect(dialog).toBeHidden();
  const chip = page.getByRole("button", { name: "Memory of the night" });
  await expect(chip).toHaveAttribute("aria-pressed", "true");
  const mine = await shownRuns(page);
  expect(mine.length).toBeGreaterThan(0);

  try {
    const context = await browser.newContext();
    const other = await context.newPage();
    await signIn(other, "viewer");
    await other.goto(at("show=all"));
    await other.getByRole("combobox", { name: "Saved views" }).selectOption({ label: "Memory of the night, by Oskar Lind" });
    await expect(other).toHaveURL(/errorClass=out_of_memory/);
    await expect.poll(() => shownRuns(other)).toEqual(mine);
    await other.goto(page.url());
    await expect.poll(() => shownRuns(other)).toEqual(mine);
    await context.close();

    await page.goto(`/runs?environment=${sample}`);
    await expect(page).toHaveURL(/errorClass=out_of_memory/);
    await expect.poll(() => shownRuns(page)).toEqual(mine);
  } finally {
    await page.goto(at(settled));
    await page.getByRole("button", { name: "Change this view" }).click();
    await page.getByRole("button", { name: "Delete it" }).click();
    await expect(chip).toBeHidden();
  }
});

test("pages go back in time and return to the same rows", async ({ signInAs }) => {
  const page = await signInAs("viewer");
  await page.goto(at("state=success&until=2030-01-01T00:00:00Z&pipeline=erp_orders"));
  await expect(rows(page)).toHaveCount(25);
  const first = await shownRuns(page);
  const older = page.getByRole("button", { name: "Older runs" });
  await older.focus();
  await page.keyboard.press("Enter");
  const isAnother = async (than: string[]) => {
    const shown = await shownRuns(page);
    return shown.length === 25 && !shown.some((label) => than.includes(label));
  };
  await expect.poll(() => isAnother(first)).toBe(true);
  const second = await shownRuns(page);
  await older.click();
  await expect.poll(() => isAnother(second)).toBe(true);
  await page.getByRole("button", { name: "Newer runs" }).click();
  await expect.poll(() => shownRuns(page)).toEqual(second);
  await page.getByRole("button", { name: "Newer runs" }).click();
  await expect.poll(() => shownRuns(page)).toEqual(first);
  await expect(page.getByRole("heading", { level: 2, name: "Runs" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Newer runs" })).toHaveCount(0);
});

test("what is shown can be taken along, all of it, as CSV and as JSON", async ({ signInAs }) => {
  const page = await signInAs("viewer");
  const whole: Run[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const { items, nextCursor }: RunPage = await listed(`${settled}&limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    whole.push(...items);
    cursor = nextCursor;
  }
  await page.goto(at(settled));
  const taken = async (format: string) => {
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: `Export these runs as ${format}` }).click();
    const file = await download;
    expect(file.suggestedFilename()).toMatch(new RegExp(`^runs-failed-\\d{4}-\\d\\d-\\d\\d\\.${format.toLowerCase()}$`));
    return readFileSync(await file.path(), "utf8");
  };
  const lines = (await taken("CSV")).trim().split(/\r?\n/);
  expect(lines[0]).toMatch(/^environment,pipeline,runId,state/);
  expect(lines.slice(1).map((line) => line.split(",").slice(0, 3).join(","))).toEqual(
    whole.map(({ pipeline, runId }) => [sample, pipeline, runId].join(",")),
  );
  const items = JSON.parse(await taken("JSON")) as Run[];
  expect(items.map(({ runId, costUsd }) => [runId, costUsd])).toEqual(whole.map(({ runId, costUsd }) => [runId, costUsd]));
});

test("two runs are chosen by keyboard and compared; on a phone too", async ({ signInAs }) => {
  const page = await signInAs("viewer");
  for (const width of [1440, 360]) {
    // So tall that the bar which follows the reader stands below the list, not on it.
    await page.setViewportSize({ width, height: 3_000 });
    await page.goto(at("pipeline=erp_orders&until=2030-01-01T00:00:00Z"));
    await rows(page).first().focus();
    await page.keyboard.press("Space");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Space");
    await expect(page.getByRole("status").filter({ hasText: "2 chosen" })).toBeVisible();
    await expectAccessible(page, `two chosen at ${width} px`);
    await page.getByRole("link", { name: "Compare" }).click();
    await page.waitForURL(/\/compare|tab=compare/);
    await expect(page.getByRole("heading", { level: 1 })).not.toBeEmpty();
  }
});

test("the list with its menus is accessible and fits, in light and dark, on a desk and on a phone", async ({ signInAs }) => {
  const page = await signInAs("viewer");
  await everyLook(page, async () => {
    await page.goto(at("show=all"));
    await expect(rows(page).first()).toBeVisible();
    await expectAccessible(page, "the list of runs");
    await page.getByRole("button", { name: "Add filter" }).click();
    await expect(page.getByPlaceholder("Which filter?")).toBeVisible();
  });
});
