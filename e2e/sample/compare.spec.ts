import { paths } from "@/lib/paths";
import { expect, test } from "../fixtures";
import { explainedFailure } from "./failed-run";
import { runsBetween, wholeHistory } from "./history";

test.beforeAll(() => wholeHistory());

test("from a failed run an engineer learns what changed by one key, and reads both logs side by side", async ({ signInAs }) => {
  const { run, comparison } = await explainedFailure();
  const page = await signInAs("operator");
  await page.goto(paths.run(run));
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Failed");
  await expect(page.getByRole("button", { name: /Find a table/ })).toBeVisible();
  await page.keyboard.press("c");
  await page.waitForURL((url) => url.pathname === paths.compare(run));
  const first = comparison.things[0];
  await expect(page.getByRole("heading", { level: 1 })).toContainText(comparison.sentence[0]?.text ?? "none");
  const differences = page.getByRole("table", { name: "Differences" });
  await expect(differences.getByRole("row").nth(1)).toContainText(first?.title ?? "none");
  await expect(differences.getByRole("row").nth(1)).toContainText("Yes.");
  await expect(page.getByRole("table", { name: "Tasks of both runs" })).toContainText(run.failure?.taskId ?? "none");

  const logs = page.getByRole("region", { name: "Log, side by side" });
  await expect(logs.getByRole("list", { name: "Both logs" })).toBeVisible();
  const mask = logs.getByRole("button", { name: "Mask times, ids, counts" });
  await expect(mask).toHaveAttribute("aria-pressed", "true");
  const masked = await logs.getByRole("status").textContent();
  await mask.press("Enter");
  await expect(mask).toHaveAttribute("aria-pressed", "false");
  await expect(logs.getByRole("status")).not.toHaveText(masked ?? "");
});

test("two runs on either side of a deploy show what it changed in the DAG's file", async ({ signInAs }) => {
  const runs = await runsBetween("fraud_scores", "2000-01-01T00:00:00.000Z", "2100-01-01T00:00:00.000Z", "success");
  const place = runs.findIndex(({ dagVersion }, index) => dagVersion === "2" && runs[index + 1]?.dagVersion === "1");
  const [after, before] = runs.slice(place, place + 2);
  if (place < 0 || !after || !before) throw new Error("no deploy of fraud_scores stands between two good runs");
  const page = await signInAs("viewer");
  await page.goto(paths.compare(after, before.runId));
  const changed = page
    .getByRole("region", { name: "What changed in its file" })
    .getByRole("list", { name: "What changed from Version 1 to Version 2" });
  await expect(changed.locator(".was", { hasText: "fraud-scoring:31" })).toBeVisible();
  await expect(changed.locator(".is", { hasText: "fraud-scoring:32" })).toBeVisible();
});

test("any other run is chosen by keyboard, and both are swapped", async ({ signInAs }) => {
  const { run, comparison } = await explainedFailure();
  const page = await signInAs("viewer");
  await page.goto(paths.compare(run));
  const against = page.getByRole("button", { name: "Against last good run" });
  await against.press("Enter");
  const field = page.getByRole("combobox", { name: "Run to compare with" });
  await expect(field).toBeFocused();
  await expect(page.getByRole("listbox").getByRole("option").nth(3)).toBeVisible();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\?with=/);
  await expect(page.getByRole("button", { name: "Against chosen run" })).toBeVisible();
  await page.goto(paths.compare(run));
  await page.getByRole("link", { name: "Swap" }).press("Enter");
  await page.waitForURL((url) => url.searchParams.get("with") === run.runId);
  await expect(page.getByRole("region", { name: "The two runs" }).getByRole("link").nth(1)).toHaveAttribute(
    "title",
    comparison.with?.runId ?? "none",
  );
});
