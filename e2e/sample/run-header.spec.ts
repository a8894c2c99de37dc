import { paths } from "@/lib/paths";
import { expect, test } from "../fixtures";
import { addDays, dateOf, runsBetween, wholeHistory } from "./history";

let anchor: string;
test.beforeAll(async () => {
  test.setTimeout(660_000);
  anchor = await wholeHistory();
});

/** The newest failed run of the ERP's outage, which took many pipelines with it. */
async function failedInOutage() {
  const day = dateOf(anchor, "source_outage");
  const [run] = await runsBetween("erp_orders", `${addDays(day, -1)}T22:00:00.000Z`, `${day}T06:30:00.000Z`, "failed");
  if (!run) throw new Error("no run failed in the outage");
  return run;
}

test("a failed run says at once what broke, whether it was seen before, and what it took against usual", async ({ signInAs }) => {
  const page = await signInAs("operator");
  await page.goto(paths.run(await failedInOutage()));
  const card = page.getByRole("region", { name: "Why it failed" });
  await expect(card).toContainText("Source not reachable");
  await expect(card.getByRole("list", { name: "The lines that prove it" }).getByRole("listitem").first()).toBeVisible();
  await expect(card).toContainText(/before on this task in 90 days/);
  await expect(card).toContainText(/In all, \d+ runs of sample failed this way/);
  await expect(card).toContainText("Retry:");
  await expect(page.getByText(/^usual \d/)).toBeVisible();
  await expect(page.getByRole("link", { name: "Compare with last good" })).toBeVisible();
});
