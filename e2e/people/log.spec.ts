import { readFileSync } from "node:fs";
import { runEnded, triggerOk } from "../api";
import { expect, test } from "../fixtures";

test("a line of a log has an address of its own, and the whole log can be taken along", async ({ signInAs }) => {
  const runId = await triggerOk("orders_faults", { fault: "image_not_found" });
  await runEnded("orders_faults", runId, "failed");
  const page = await signInAs("viewer");
  await page.goto(`/runs/local/orders_faults/${encodeURIComponent(runId)}?task=extract&try=1`);
  const log = page.getByRole("log", { name: "Log" });
  await expect(log).toContainText("CannotPullContainerError", { timeout: 60_000 });

  await log.evaluate((box) => box.scrollTo(0, 0));
  await log.locator("[data-line='2']").hover();
  await log.getByRole("link", { name: "Link to line 2", exact: true }).click();
  await expect(page).toHaveURL(/task=extract&try=1&line=/);
  const linked = log.locator("[aria-current=location]");
  const text = (await linked.locator(".m").textContent()) ?? "";
  expect(text.length).toBeGreaterThan(3);

  await page.reload();
  await expect(linked).toBeInViewport({ timeout: 60_000 });
  await expect(linked.locator(".m")).toHaveText(text);

  await page.getByRole("button", { name: "Next error" }).click();
  const before = page.url();
  await page
    .getByRole("link", { name: /Link to line/ })
    .first()
    .click();
  await expect(page).not.toHaveURL(before);
  await expect(linked).toHaveClass(/error/);

  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: /^Download/ }).click();
  const saved = readFileSync(await (await download).path(), "utf8");
  expect(saved).toContain("CannotPullContainerError");
  expect(saved.split("\n").length).toBeGreaterThan(5);
});

test("a table that is wider than the screen can be scrolled by keyboard", async ({ signInAs }) => {
  const page = await signInAs("viewer");
  await page.setViewportSize({ width: 880, height: 700 });
  await page.goto("/pipelines/local/orders_faults?tab=runs");
  const runs = page.getByRole("region", { name: "Runs of orders_faults, scrolls sideways" });
  await runs.focus();
  await page.keyboard.press("ArrowRight");
  await expect.poll(() => runs.evaluate((box) => box.scrollLeft)).toBeGreaterThan(0);
});
