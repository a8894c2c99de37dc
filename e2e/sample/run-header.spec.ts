import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "@playwright/test";
import { paths } from "@/lib/paths";
import { RunDetail, RunPage } from "@/lib/schemas/run";
import { sampleEnvironment as sample } from "@/lib/schemas/sample";
import { call } from "../api";
import { expect, test } from "../fixtures";
import { addDays, dateOf, runsBetween, wholeHistory } from "./history";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const found = (await page.evaluate(
    "axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })",
  )) as { violations: { id: string; nodes: { target: string[] }[] }[] };
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
}

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

/** A running run whose end can be told; one comes within minutes. */
async function estimatedRun(): Promise<RunDetail> {
  let found: RunDetail | undefined;
  await expect
    .poll(
      async () => {
        const { items } = RunPage.parse(await (await call("viewer", `/api/runs?environment=${sample}&state=running`)).json());
        for (const { pipeline, runId } of items) {
          const answer = await call("viewer", `/api/runs/${sample}/${encodeURIComponent(pipeline)}/${encodeURIComponent(runId)}`);
          const detail = RunDetail.parse(await answer.json());
          // One that ends within seconds is over before it is looked at.
          if (detail.eta?.eta && Date.parse(detail.eta.eta.p50At) - Date.now() > 15_000) found = detail;
        }
        return found !== undefined;
      },
      { message: "a run of the sample company runs", timeout: 1_200_000, intervals: [2_000] },
    )
    .toBe(true);
  return found as RunDetail;
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

test("a running run says when it ends, how that is known, and how often it held; by keyboard", async ({ signInAs }) => {
  test.setTimeout(1_500_000);
  const page = await signInAs("viewer");
  const { run, eta } = await estimatedRun();
  await page.goto(paths.run(run));
  const how = page.getByRole("button", { name: "How this is estimated" });
  await how.focus();
  const tip = page.getByRole("note").filter({ hasText: "From how its own good runs went on" });
  await expect(tip).toContainText(/\d+ runs that had (begun|ended)/);
  await expect(tip).toContainText(/Held \d+ % of [\d,]+ ends of \d+ pipelines here/);
  await page.keyboard.press("Escape");
  await expect(tip).toBeHidden();
  // The daily measure of this ledger, not a figure that came with the software.
  expect(eta?.trial?.ends).toBeGreaterThan(300);
  const share = (eta?.trial?.held ?? 0) / (eta?.trial?.ends ?? 1);
  expect(share).toBeGreaterThan(0.75);
  expect(share).toBeLessThan(0.85);
});

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of [1440, 360]) {
    test(`the header of a failed run is accessible and fits in ${colorScheme} at ${width} px`, async ({ page, signInAs }) => {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.setViewportSize({ width, height: 800 });
      await signInAs("operator");
      await page.goto(paths.run(await failedInOutage()));
      await expect(page.getByRole("region", { name: "Why it failed" })).toBeVisible();
      expect(await violations(page)).toEqual([]);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect(overflow, "scrolls sideways").toBeLessThanOrEqual(0);
      await page.getByRole("button", { name: "Note", exact: true }).click();
      await expect(page.getByRole("dialog", { name: "Note on this run" })).toBeVisible();
      expect(await violations(page), "the form of a note").toEqual([]);
    });
  }
}
