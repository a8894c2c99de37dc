import type { Page } from "@playwright/test";
import { pollRun, readRun, runEnded, triggerOk } from "../api";
import { expect, test } from "../fixtures";
import { pressUntilFocused } from "../keyboard";

/** Where each task's row begins, by its name; from the top of the document. */
const rowTops = (page: Page): Promise<Record<string, number>> =>
  page.getByRole("region", { name: "Tasks" }).evaluate((panel) => {
    const tops: Record<string, number> = { panel: panel.getBoundingClientRect().top + scrollY };
    for (const link of panel.querySelectorAll<HTMLElement>("a[href*='task=']"))
      tops[new URL((link as HTMLAnchorElement).href).searchParams.get("task") ?? ""] = link.getBoundingClientRect().top + scrollY;
    return tops;
  });

test("an engineer watches a run fail without a reload and without a row moving, and leaves a note by keyboard", async ({ signInAs }) => {
  const page = await signInAs("operator");
  const runId = await triggerOk("orders_faults", { fault: "db_lock" });
  await page.goto(`/runs/local/orders_faults/${encodeURIComponent(runId)}`);
  await expect(page.getByText("Live: this page follows the run by itself")).toBeVisible({ timeout: 120_000 });
  await expect(page.getByRole("region", { name: "Tasks" })).toBeVisible();
  let reloads = 0;
  page.on("load", () => {
    reloads += 1;
  });

  const seen: Record<string, number>[] = [];
  await expect
    .poll(
      async () => {
        seen.push(await rowTops(page));
        return (await pollRun("orders_faults", runId))?.run.state;
      },
      { timeout: 240_000, intervals: [500] },
    )
    .toBe("failed");
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Failed");
  seen.push(await rowTops(page));
  expect(reloads, "the page is live: nobody reloaded it").toBe(0);
  for (const [index, tops] of seen.entries()) {
    const before = seen[index - 1] ?? {};
    // A row may come; one that is there stays where it is.
    const moved = Object.keys(before).filter((name) => name in tops && before[name] !== tops[name]);
    expect(moved, JSON.stringify([before, tops])).toEqual([]);
  }
  await expect(page.getByRole("status", { name: "State of the run" })).toContainText("Run of orders_faults: Failed");

  const show = page.getByRole("button", { name: "Show what proves it" });
  await expect(show).toBeVisible({ timeout: 60_000 });
  await pressUntilFocused(page, show);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("region", { name: "Why it failed" })).toContainText(/lock/i);

  const note = page.getByRole("button", { name: "Note", exact: true });
  await note.focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Note on this run" });
  await expect(dialog.getByRole("textbox")).toBeFocused();
  await page.keyboard.type("Another session held the table; it has let go.");
  await pressUntilFocused(page, dialog.getByRole("button", { name: "Write it" }));
  await page.keyboard.press("Enter");
  await expect(dialog).toBeHidden();
  await expect(note).toBeFocused();
  await expect(page.getByRole("region", { name: "Notes" })).toContainText("Another session held the table; it has let go.");
  expect((await readRun("orders_faults", runId))?.notes).toHaveLength(1);
});

test("a viewer reads the note and why one may not write one; the next failure of that kind shows it", async ({ signInAs }) => {
  const runId = await triggerOk("orders_faults", { fault: "db_lock" });
  await runEnded("orders_faults", runId, "failed");
  await expect
    .poll(async () => (await pollRun("orders_faults", runId))?.failureContext?.here.count, { timeout: 60_000, intervals: [1000] })
    .toBeGreaterThan(0);
  const page = await signInAs("viewer");
  await page.goto(`/runs/local/orders_faults/${encodeURIComponent(runId)}`);
  const card = page.getByRole("region", { name: "Why it failed" });
  await expect(card).toContainText(/Seen (once|in \d+ runs) before/);
  await expect(card).toContainText("Another session held the table; it has let go.");
  const note = page.getByRole("button", { name: /^Note/ });
  await expect(note).toHaveAttribute("aria-disabled", "true");
  await expect(note).toHaveAccessibleName(/Needs the role operator or higher/);
  await card.getByRole("link", { name: "That run" }).click();
  await expect(page.getByRole("region", { name: "Notes" })).toContainText("Another session held the table");
});
