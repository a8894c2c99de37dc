import { pollRun, triggerOk } from "../api";
import { expect, test } from "../fixtures";

test("a run that begins is told above the list; no row moves until the reader takes it in", async ({ signInAs }) => {
  const page = await signInAs("operator");
  await page.goto("/runs?environment=local&show=all");
  const rows = page.getByRole("table", { name: "Runs" }).getByRole("checkbox");
  await expect(rows.first()).toBeVisible();
  // What began a moment ago may still be coming in.
  await expect.poll(async () => (await page.getByRole("button", { name: "Running 0" }).count()) > 0, { timeout: 180_000 }).toBe(true);
  const shown = () => rows.evaluateAll((boxes) => boxes.map((box) => box.getAttribute("aria-label")));
  const before = await shown();

  const runId = await triggerOk("orders_faults", { fault: "none" });
  const told = page.getByRole("button", { name: /\d+ new/ });
  await expect(told).toBeVisible({ timeout: 60_000 });
  expect(await shown()).toEqual(before);
  await told.focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("checkbox", { name: `Choose orders_faults, run ${runId}` })).toBeVisible();
  await expect
    .poll(async () => (await pollRun("orders_faults", runId))?.run.state, { timeout: 180_000, intervals: [1_000] })
    .toBe("success");
});
