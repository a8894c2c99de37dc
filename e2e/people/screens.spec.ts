import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "@playwright/test";
import { call } from "../api";
import { expect, test } from "../fixtures";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Violation {
  id: string;
  nodes: { target: string[] }[];
}

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const found = (await page.evaluate(
    "axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })",
  )) as {
    violations: Violation[];
  };
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`);
}

async function newestRun(pipeline: string, state: string): Promise<string> {
  const answer = (await (await call("viewer", `/api/runs?pipeline=${pipeline}&state=${state}&limit=1`)).json()) as {
    items: { runId: string }[];
  };
  return `/runs/local/${pipeline}/${encodeURIComponent(answer.items[0]?.runId ?? "none")}`;
}

for (const colorScheme of ["light", "dark"] as const) {
  for (const viewport of [
    { width: 1440, height: 900 },
    { width: 360, height: 780 },
  ]) {
    test(`every screen is accessible and fits in ${colorScheme} at ${viewport.width} px`, async ({ page, signInAs }) => {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.setViewportSize(viewport);
      await page.goto("/login");
      expect(await violations(page), "/login").toEqual([]);
      await signInAs("admin");
      const screens = [
        "/",
        "/tables",
        "/tables/local/sales.orders",
        "/runs",
        await newestRun("sales_daily", "success"),
        await newestRun("orders_faults", "failed"),
        "/pipelines",
        "/pipelines/local/sales_daily",
        "/pipelines/local/orders_faults",
        "/pipelines/local/orders_faults?trigger=1",
        "/activity",
        "/admin",
        "/tables/local/nothing.here",
      ];
      for (const url of screens) {
        await page.goto(url);
        // An open dialog hides the page behind it, heading and all, from those who do not see.
        const ready = url.endsWith("?trigger=1") ? page.getByRole("dialog") : page.getByRole("heading", { level: 1 }).first();
        await expect(ready, url).toBeVisible();
        await expect(page.locator("[aria-busy=true]"), url).toHaveCount(0);
        expect(await violations(page), url).toEqual([]);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        expect(overflow, `${url} scrolls sideways`).toBeLessThanOrEqual(0);
      }
    });
  }
}
